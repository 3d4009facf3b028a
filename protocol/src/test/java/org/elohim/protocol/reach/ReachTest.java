package org.elohim.protocol.reach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

class ReachTest {
    /// Journals and lines have these.
    @Test
    void itsNumbersAreThoseThatWereGiven() {
        assertEquals(
                List.of("private", "intimate", "invited", "local", "neighborhood", "commons"),
                List.of(0, 1, 2, 3, 4, 5).stream()
                        .map(Reach::ofCode)
                        .map(Reach::toString)
                        .toList());
        Arrays.stream(Reach.values())
                .forEach(reach -> assertEquals(reach, Reach.ofCode(reach.code())));
        assertThrows(IllegalArgumentException.class, () -> Reach.ofCode(6));
        assertThrows(IllegalArgumentException.class, () -> Reach.ofCode(-1));
    }

    @Test
    void theWidestIsTheSameFromBothSides() {
        for (Reach one : Reach.values()) {
            for (Reach other : Reach.values()) {
                Reach widest = one.compareTo(other) > 0 ? one : other;
                assertEquals(widest, Reach.widest(one, other));
                assertEquals(widest, Reach.widest(other, one));
            }
        }
    }
}
