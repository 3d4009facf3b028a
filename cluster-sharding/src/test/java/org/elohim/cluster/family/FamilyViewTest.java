package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FamilyViewTest {
    @Test
    void aNodeAloneIsWell() {
        assertEquals(FamilyView.Status.ALONE, FamilyView.of(1, 0).status());
        assertTrue(FamilyView.of(1, 0).isWell());
    }

    @Test
    void aFamilyWithinReachIsWhole() {
        assertEquals(FamilyView.Status.WHOLE, FamilyView.of(3, 0).status());
        assertTrue(FamilyView.of(3, 0).isWell());
    }

    @Test
    void oneOutOfReachDegradesIt() {
        assertEquals(FamilyView.Status.DEGRADED, FamilyView.of(3, 1).status());
        assertFalse(FamilyView.of(3, 1).isWell());
    }
}
