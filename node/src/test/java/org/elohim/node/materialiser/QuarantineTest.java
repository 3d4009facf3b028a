package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Chunks;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;
import java.util.Set;

class QuarantineTest {
    private static final DocumentId ONE = DocumentId.ofRandom(new byte[16]);
    private static final Bytes ACTOR = Bytes.parseHex("01");

    @Test
    void onlyTheFirstOfThoseThatBuildOnEachOtherIsNotedWhenever() {
        ChangeChunk bad = Chunks.change(List.of(), ACTOR, 1, Bytes.EMPTY);
        ChangeChunk behind = Chunks.change(List.of(bad.hash()), ACTOR, 2, Bytes.EMPTY);
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        graph.apply(1, List.of(bad, behind));
        var early = new Quarantine();
        early.add(ONE, graph, Set.of(bad.hash()), Set.of());
        var late = new Quarantine();
        late.add(ONE, graph, Set.of(behind.hash()), Set.of(bad.hash()));

        assertEquals(Set.of(bad.hash()), early.of(ONE));
        assertEquals(Set.of(bad.hash()), late.of(ONE));
        late.add(ONE, graph, Set.of(), Set.of());
        assertEquals(Set.of(bad.hash()), late.of(ONE));
    }

    @Test
    void anActorThatMayHaveWrittenIsNeverUsedAgain() {
        var authors = new Authors(new Random(1));
        Bytes first = authors.of(ONE);
        assertEquals(first, authors.of(ONE));

        authors.renew(ONE);

        assertNotEquals(first, authors.of(ONE));
    }
}
