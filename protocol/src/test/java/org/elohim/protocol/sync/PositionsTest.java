package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.List;

class PositionsTest {
    private static final long EPOCH = 7;

    private final Positions positions = new Positions(Positions.Saved.initial(EPOCH));

    @AfterEach
    void invariantsHold() {
        positions.checkInvariants();
    }

    private static StreamEntry entry(long ordering, Lane lane) {
        return StreamEntry.ofChanges(
                ordering, lane, Messages.document(1), List.of(Messages.hash(1)), null, List.of());
    }

    @Test
    void numbersAreDenseInTheOrderOfSendingWhateverTheLane() {
        assertEquals(1, positions.give(entry(90, Lane.LOCAL)));
        assertEquals(2, positions.give(entry(5, Lane.BACKFILL)));
        assertEquals(3, positions.give(entry(91, Lane.LOCAL)));
    }

    @Test
    void aCursorWaitsForTheAcknowledgement() {
        positions.give(entry(5, Lane.NEW));
        positions.skip(Lane.NEW, 9);
        assertEquals(0, positions.cursor(Lane.NEW));
        positions.acknowledge(1);
        assertEquals(9, positions.cursor(Lane.NEW));
    }

    @Test
    @DisplayName("R-30: a position beyond the end or backwards resumes from the last acknowledged")
    void strangePositionsResumeFromTheLastAcknowledged() {
        positions.give(entry(5, Lane.NEW));
        positions.give(entry(6, Lane.NEW));
        positions.acknowledge(1);
        positions.resume(EPOCH, true, SyncMessage.POSITION_MAX);
        assertEquals(1, positions.acknowledged());
        positions.give(entry(6, Lane.NEW));
        positions.resume(EPOCH, true, 0);
        assertEquals(1, positions.acknowledged());
        assertEquals(5, positions.cursor(Lane.NEW));
        assertEquals(2, positions.give(entry(6, Lane.NEW)));
    }

    @Test
    void whatThePeerHoldsAfterACutIsAcknowledged() {
        positions.give(entry(5, Lane.NEW));
        positions.give(entry(6, Lane.NEW));
        assertEquals(1, positions.resume(EPOCH, true, 1).size());
        assertEquals(0, positions.inFlight());
    }

    /// After a crash of ours the same numbers are given to other entries.
    @Test
    void numbersOfAnEarlierRunAcknowledgeNothing() {
        positions.give(entry(5, Lane.NEW));
        assertEquals(List.of(), positions.resume(EPOCH, false, 1));
        assertEquals(0, positions.acknowledged());
    }

    @Test
    void aPeerThatKnowsNothingOfThisNumberingGetsEverything() {
        positions.give(entry(5, Lane.NEW));
        positions.acknowledge(1);
        positions.resume(0, false, 0);
        assertEquals(0, positions.cursor(Lane.NEW));
        assertEquals(1, positions.give(entry(5, Lane.NEW)));
    }
}
