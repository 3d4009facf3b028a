package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.OptionalLong;

class PaceTest {
    private final Pace pace = new Pace();

    @Test
    void whatIsLeftTakesAsLongAsItWentSoFar() {
        pace.left(1_000, 0);
        pace.left(900, 1_000);
        assertEquals(OptionalLong.of(9_000), pace.etaMillis());
        pace.left(500, 2_000);
        assertEquals(OptionalLong.of(2_000), pace.etaMillis());
    }

    @Test
    void whereNothingGetsDoneNothingIsPromised() {
        assertTrue(pace.etaMillis().isEmpty());
        pace.left(10, 0);
        assertTrue(pace.etaMillis().isEmpty());
        pace.left(12, 1_000);
        assertTrue(pace.etaMillis().isEmpty());
        pace.left(0, 2_000);
        assertTrue(pace.etaMillis().isEmpty());
    }

    @Test
    void onlyTheLastSecondsCount() {
        for (long second = 0; second < 100; second++) {
            pace.left(
                    1_000_000 - (second < 80 ? second : 80 + 100 * (second - 80)), second * 1_000);
        }
        long left = 1_000_000 - (80 + 1_900);
        assertEquals(OptionalLong.of(left * 10), pace.etaMillis());
    }
}
