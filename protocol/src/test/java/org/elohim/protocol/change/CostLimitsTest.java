package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CostLimitsTest {
    @Test
    void documentsThatMayBeLargeAreGivenRoomForTwiceTheirSize() {
        assertEquals(2_000_000_000, CostLimits.allowing(1_000_000_000).bytesMax());
        assertEquals(
                CostLimits.DEFAULT.changesMax(), CostLimits.allowing(1_000_000_000).changesMax());
    }

    @Test
    void smallDocumentsLeaveTheNodesGuardAsItIs() {
        assertEquals(CostLimits.DEFAULT, CostLimits.allowing(10_000));
        assertEquals(CostLimits.DEFAULT, CostLimits.allowing(CostLimits.DEFAULT.bytesMax() / 2));
        assertEquals(
                CostLimits.DEFAULT.bytesMax() + 2,
                CostLimits.allowing(CostLimits.DEFAULT.bytesMax() / 2 + 1).bytesMax());
    }

    @Test
    void aSizeThatCannotBeDoubledIsABug() {
        assertThrows(ArithmeticException.class, () -> CostLimits.allowing(Long.MAX_VALUE));
    }
}
