package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Set;

class DumbConnectionsTest {
    private final NodeId other = NodeKey.generate().id();
    private final Runnable first = new Line("first");
    private final Runnable second = new Line("second");
    private final DumbConnections dumb = new DumbConnections();

    private record Line(String name) implements Runnable {
        @Override
        public void run() {}
    }

    @Test
    void whoWasLostAndAnswersIsHungUpOnce() {
        dumb.within(Set.of(other), 1);
        dumb.met(other, first, 2);
        assertEquals(Optional.empty(), dumb.answered(other, 3), "it is seen");
        dumb.within(Set.of(), 4);
        assertEquals(Optional.of(first), dumb.answered(other, 5));
        assertEquals(Optional.empty(), dumb.answered(other, 6));
    }

    @Test
    void aConnectionThatWasOpenedSinceIsLeftAlone() {
        dumb.within(Set.of(other), 1);
        dumb.met(other, first, 2);
        dumb.within(Set.of(), 3);
        dumb.left(other);
        dumb.met(other, second, 4);
        dumb.within(Set.of(), 5);
        assertEquals(Optional.empty(), dumb.answered(other, 6));
        dumb.within(Set.of(other), 7);
        dumb.within(Set.of(), 8);
        assertEquals(Optional.of(second), dumb.answered(other, 9), "lost once more");
    }

    @Test
    void whoWasNeverOfOurClusterIsLeftAlone() {
        dumb.met(other, first, 1);
        dumb.within(Set.of(), 2);
        assertEquals(Optional.empty(), dumb.answered(other, 3));
    }

    @Test
    void whoIsSeenAgainIsNotHungUp() {
        dumb.within(Set.of(other), 1);
        dumb.met(other, first, 2);
        dumb.within(Set.of(), 3);
        dumb.within(Set.of(other), 4);
        assertEquals(Optional.empty(), dumb.answered(other, 5));
    }
}
