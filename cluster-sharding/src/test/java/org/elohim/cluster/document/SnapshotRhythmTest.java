package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.util.List;

class SnapshotRhythmTest {
    private static final int LARGE_BYTES = 2 << 20;

    private final SealedHistory history = new SealedHistory(DocumentId.ofRandom(new byte[16]), 1);
    private final ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);
    private final SnapshotRhythm rhythm = new SnapshotRhythm();
    private long events;

    @Test
    void largeChangesAreDueByTheirBytes() {
        for (int round = 0; round < 3; round++) {
            long behind = 0;
            do {
                behind += add(LARGE_BYTES);
            } while (!rhythm.isDue(graph));
            assertTrue(behind < SnapshotRhythm.BYTES_MIN + 2 * LARGE_BYTES, "bytes=" + behind);
        }
    }

    @Test
    void smallChangesAreDueByTheirNumber() {
        int behind = 0;
        do {
            add(10);
            behind++;
        } while (!rhythm.isDue(graph));
        assertEquals(SnapshotRhythm.CHANGES_MIN, behind);
    }

    @Test
    void whatASnapshotHoldsIsNotDueAgain() {
        for (int i = 0; i < SnapshotRhythm.CHANGES_MIN; i++) {
            add(10);
        }
        rhythm.taken(graph);
        assertFalse(rhythm.isDue(graph));
    }

    private int add(int sizeBytes) {
        Change change = history.next(List.of(), sizeBytes);
        graph.apply(++events, List.of(change));
        return change.sizeBytes();
    }
}
