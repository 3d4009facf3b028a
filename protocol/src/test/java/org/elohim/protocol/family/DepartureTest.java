package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.Departure.Other;
import org.elohim.protocol.family.Departure.Step;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.util.List;

class DepartureTest {
    private static final NodeId ATTIC = id(1);
    private static final NodeId CELLAR = id(2);
    private static final NodeId SHED = id(3);
    private static final long MARK = 100;

    private final Departure departure = new Departure(1);

    private static NodeId id(int number) {
        return new NodeId(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    private static Other there(NodeId node, long holds) {
        return new Other(node, true, holds, "catches up");
    }

    private static Other away(NodeId node, long holds) {
        return new Other(node, false, holds, "is not connected");
    }

    @Test
    void whoIsAloneCannotLeave() {
        assertFalse(Departure.isPossible(List.of()));
        assertFalse(Departure.isPossible(List.of(away(ATTIC, MARK))));
        assertTrue(Departure.isPossible(List.of(away(ATTIC, MARK), there(CELLAR, 0))));
    }

    @Test
    void itLeavesOnceTheOtherHoldsEverythingAndHasWrittenDownThatItIsGone() {
        List<Other> before = List.of(there(ATTIC, MARK - 1));
        assertEquals(new Step.Settle(), departure.next(before, 0));
        departure.settled(MARK);
        assertEquals(
                new Step.Wait(1, List.of(), List.of("node " + ATTIC + " catches up")),
                departure.next(before, 1));
        assertTrue(departure.canStay());

        List<Other> all = List.of(there(ATTIC, MARK));
        assertEquals(new Step.TakeLeave(), departure.next(all, 2));
        assertFalse(departure.canStay());
        assertEquals(new Step.Listen(), departure.next(all, 3));
        departure.forgotten();
        assertEquals(new Step.GiveUpKey(), departure.next(all, 4));
        assertEquals(new Step.GiveUpKey(), departure.next(all, 5), "until it is on the disk");
        departure.keyGivenUp();
        assertEquals(new Step.Nothing(), departure.next(all, 6));
        assertFalse(departure.canStay());
    }

    @Test
    void afterwardsItIsAsSafeAsBeforeWhereThereAreSoManyOthers() {
        departure.settled(MARK);
        assertEquals(
                new Step.Wait(2, List.of(ATTIC), List.of("node " + CELLAR + " catches up")),
                departure.next(List.of(there(ATTIC, MARK), there(CELLAR, 0)), 1));
        // Of three others one may be dead.
        assertEquals(
                new Step.TakeLeave(),
                departure.next(List.of(there(ATTIC, MARK), there(CELLAR, MARK), away(SHED, 0)), 2));
    }

    @Test
    void aDeadBladeHoldsItUpUntilItIsRemoved() {
        departure.settled(MARK);
        assertEquals(
                new Step.Wait(2, List.of(ATTIC), List.of("node " + SHED + " is not connected")),
                departure.next(List.of(there(ATTIC, MARK), away(SHED, 0)), 1));
        assertEquals(new Step.TakeLeave(), departure.next(List.of(there(ATTIC, MARK)), 2));
    }

    @Test
    void somebodyWhoHoldsEverythingHasToBeThereToHearTheFarewell() {
        departure.settled(MARK);
        assertInstanceOf(Step.Wait.class, departure.next(List.of(away(ATTIC, MARK)), 1));
        assertInstanceOf(Step.Wait.class, departure.next(List.of(), 2));
        assertEquals(
                new Step.TakeLeave(),
                departure.next(List.of(away(ATTIC, MARK), there(CELLAR, MARK)), 3));
    }

    @Test
    void aFarewellThatNobodyHearsLeavesItAMember() {
        departure.settled(MARK);
        List<Other> all = List.of(there(ATTIC, MARK));
        departure.next(all, 0);
        assertEquals(new Step.Listen(), departure.next(all, Departure.FAREWELL_MILLIS - 1));
        assertEquals(new Step.Return(), departure.next(all, Departure.FAREWELL_MILLIS));
        assertTrue(departure.canStay());
        departure.forgotten();
        assertTrue(departure.canStay(), "a late word of a farewell that is over");
        assertEquals(new Step.TakeLeave(), departure.next(all, Departure.FAREWELL_MILLIS + 1));
    }
}
