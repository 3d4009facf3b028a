package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

class HoldingsTest {
    private static final NodeId ATTIC = Messages.node(1);
    private static final NodeId CELLAR = Messages.node(2);

    private final Holdings holdings = new Holdings();

    @Test
    void aNodeAloneHasNothingThatIsSafe() {
        assertEquals(0, holdings.heldBy(1));
        assertEquals(0, holdings.holders(1));
        assertThrows(IllegalArgumentException.class, () -> holdings.heldBy(0));
    }

    @Test
    void asManyAsAreWantedMustHoldIt() {
        holdings.holds(ATTIC, 10);
        holdings.holds(CELLAR, 7);

        assertEquals(10, holdings.heldBy(1));
        assertEquals(7, holdings.heldBy(2));
        assertEquals(0, holdings.heldBy(3));
        assertEquals(1, holdings.holders(8));
        assertEquals(2, holdings.holders(7));
    }

    @Test
    void aNodeThatWentBackCountsForWhatItHasAcknowledgedSince() {
        assertTrue(holdings.holds(ATTIC, 10));
        assertFalse(holdings.holds(ATTIC, 10));
        assertTrue(holdings.holds(ATTIC, 0));
        assertEquals(0, holdings.heldBy(1));
        holdings.holds(ATTIC, 4);
        assertEquals(4, holdings.heldBy(1));
    }

    @Test
    void whoIsRemovedCountsNoMore() {
        holdings.holds(ATTIC, 10);
        holdings.holds(CELLAR, 7);
        holdings.remove(ATTIC);

        assertEquals(7, holdings.heldBy(1));
        assertEquals(0, holdings.heldBy(2));
    }
}
