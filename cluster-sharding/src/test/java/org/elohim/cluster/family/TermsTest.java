package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.Optional;

class TermsTest {
    private static final long NOW = 5_000;
    private static final long RESTED = NOW + 1_000;

    private final NodeId self = NodeKey.generate().id();
    private final NodeId other = NodeKey.generate().id();
    private final Terms terms = new Terms(self, Optional.of(new Term(4, other)));

    @Test
    void nobodyActsBeforeTheTermIsOnTheDisk() {
        terms.toLead(Optional.of(self), NOW);
        Term own = new Term(5, self);
        assertEquals(Optional.of(own), terms.toWrite(NOW));
        assertEquals(Optional.empty(), terms.toWrite(NOW), "it is being written");
        assertEquals(Optional.empty(), terms.acting());
        terms.written(own);
        assertEquals(Optional.empty(), terms.toWrite(NOW));
        assertEquals(Optional.of(own), terms.acting());
        assertEquals(Optional.of(own), terms.highest());
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenAgain() {
        terms.toLead(Optional.of(self), NOW);
        Optional<Term> own = terms.toWrite(NOW);
        terms.failed();
        assertEquals(own, terms.toWrite(NOW));
        assertEquals(Optional.empty(), terms.acting());
    }

    @Test
    void aHigherTermEndsTheOwnOnceItIsOnTheDiskAndIsTopped() {
        lead();
        Term heard = new Term(9, other);
        terms.hear(heard);
        assertEquals(Optional.of(heard), terms.toWrite(NOW));
        assertEquals(Optional.of(new Term(5, self)), terms.acting());
        terms.written(heard);
        terms.toLead(Optional.of(self), NOW);
        assertEquals(Optional.empty(), terms.toWrite(NOW));
        assertEquals(Optional.empty(), terms.acting());
        terms.toLead(Optional.of(self), RESTED);
        assertEquals(Optional.of(new Term(10, self)), terms.toWrite(RESTED));
        terms.written(new Term(10, self));
        terms.toWrite(RESTED);
        assertEquals(Optional.of(new Term(10, self)), terms.acting());
    }

    @Test
    void aHigherTermThatComesWhileTheOwnIsWrittenIsToppedTooBeforeAnythingIsDone() {
        terms.toLead(Optional.of(self), NOW);
        assertEquals(Optional.of(new Term(5, self)), terms.toWrite(NOW));
        terms.hear(new Term(7, other));
        terms.written(new Term(5, self));
        assertEquals(Optional.of(new Term(7, other)), terms.toWrite(NOW));
        terms.written(new Term(7, other));
        assertEquals(Optional.empty(), terms.toWrite(NOW));
        assertEquals(Optional.empty(), terms.acting());
        terms.toLead(Optional.of(self), RESTED);
        assertEquals(Optional.of(new Term(8, self)), terms.toWrite(RESTED));
    }

    @Test
    void whatIsWrittenNeverGoesDown() {
        lead();
        terms.hear(new Term(3, other));
        assertEquals(Optional.empty(), terms.toWrite(NOW));
        terms.merged();
        assertEquals(Optional.empty(), terms.acting());
        assertEquals(Optional.of(new Term(6, self)), terms.toWrite(NOW));
    }

    private void lead() {
        terms.toLead(Optional.of(self), NOW);
        terms.written(terms.toWrite(NOW).orElseThrow());
        terms.toWrite(NOW);
        assertEquals(Optional.of(new Term(5, self)), terms.acting());
    }
}
