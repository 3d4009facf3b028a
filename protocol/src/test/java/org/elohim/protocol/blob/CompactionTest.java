package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.blob.Compaction.Candidate;
import org.junit.jupiter.api.Test;

import java.util.List;

class CompactionTest {
    private static final int SEGMENT_BYTES = SegmentHeader.SIZE_BYTES + 1000;
    private static final int FULL = SEGMENT_BYTES;

    private static Candidate candidate(
            int number, long created, long live, long gone, long newest) {
        return new Candidate(number, created, FULL, new SegmentUse(live, gone, newest));
    }

    private static Compaction.Choice choose(long oldest, Candidate... candidates) {
        return Compaction.choose(List.of(candidates), oldest, 40, SEGMENT_BYTES);
    }

    @Test
    void whatIsAliveIsLeftAlone() {
        assertTrue(choose(9, candidate(1, 1, 601, 0, 0), candidate(2, 2, 1000, 0, 0)).isNothing());
    }

    @Test
    void theEmptiestThatFitTogetherAreCopied() {
        assertEquals(
                List.of(3, 1),
                choose(
                                9,
                                candidate(1, 1, 500, 0, 0),
                                candidate(2, 2, 600, 0, 0),
                                candidate(3, 3, 100, 0, 0))
                        .sources());
    }

    @Test
    void whatSaysThatABlobIsGoneIsWantedAsLongAsAnOlderSegmentMayTellOfIt() {
        assertTrue(choose(10, candidate(1, 1, 900, 0, 0), candidate(2, 2, 0, 900, 50)).isNothing());
        var choice = choose(10, candidate(1, 1, 900, 0, 0), candidate(2, 2, 0, 500, 50));
        assertEquals(List.of(2), choice.sources());
        assertTrue(choice.keepsGone());
    }

    @Test
    void itIsForgottenOnceNoOlderSegmentIsLeft() {
        var choice = choose(60, candidate(2, 2, 0, 900, 50), candidate(3, 51, 900, 0, 0));

        assertEquals(List.of(2), choice.sources());
        assertFalse(choice.keepsGone());
    }

    @Test
    void theCheckpointMayTellOfItToo() {
        assertTrue(choose(50, candidate(2, 2, 0, 900, 50)).isNothing());
    }
}
