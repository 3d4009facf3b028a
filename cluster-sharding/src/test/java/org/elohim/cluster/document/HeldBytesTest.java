package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HeldBytesTest {
    private final HeldBytes held = new HeldBytes(100);

    @Test
    void whatAllHoldTogetherIsBounded() {
        assertTrue(held.change(0, 60));
        assertTrue(held.change(0, 40));
        assertFalse(held.change(60, 61));
        // Whoever is refused lets go of what it has.
        assertTrue(held.change(61, 0));
        assertTrue(held.change(0, 60));
        assertEquals(100, held.held());
    }

    @Test
    void oneMayHoldMoreThanAllTogetherWhereNobodyElseHoldsAnything() {
        assertTrue(held.change(0, 30));
        assertFalse(held.change(0, 300));
        assertTrue(held.change(300, 0));
        assertTrue(held.change(30, 0));
        assertTrue(held.change(0, 300));
        assertFalse(held.change(0, 1));
    }

    @Test
    void whoHoldsNoMoreThanBeforeIsNotRefusedForWhatOthersHold() {
        assertTrue(held.change(0, 100));
        assertFalse(held.change(0, 50));
        assertTrue(held.change(100, 90));
        assertTrue(held.change(90, 90));
    }
}
