package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

import java.util.Random;

class ByteBudgetProperties {
    private static final long SECOND = 1_000_000_000L;

    @Property(tries = 300)
    void withinNoSpanIsMoreBegunThanTheRateAllows(
            @ForAll @LongRange(min = 1_000, max = 2_000_000_000L) long rate,
            @ForAll @IntRange(min = 1, max = 1 << 20) int pieceMax,
            @ForAll long begin,
            @ForAll long seed) {
        var random = new Random(seed);
        var budget = new ByteBudget(rate, begin);
        int count = 60;
        long[] at = new long[count];
        long[] bytes = new long[count];
        long now = 0;
        for (int i = 0; i < count; i++) {
            // Some come late, most as soon as they may.
            now += random.nextInt(4) == 0 ? random.nextLong(SECOND) : 0;
            bytes[i] = random.nextLong(pieceMax + 1L);
            now += budget.take(bytes[i], begin + now);
            at[i] = now;
        }

        for (int first = 0; first < count; first++) {
            long sum = 0;
            for (int last = first; last < count; last++) {
                long span = at[last] - at[first];
                double allowed = (double) rate * (span + ByteBudget.SAVED_NANOS) / SECOND;
                // All but the last one, which was begun while something was left.
                assertTrue(sum <= allowed + 1, "sum=" + sum + " allowed=" + allowed);
                sum += bytes[last];
            }
        }
    }

    @Property(tries = 300)
    void whoIsNeverLateGetsTheRate(
            @ForAll @LongRange(min = 1_000, max = 2_000_000_000L) long rate,
            @ForAll @IntRange(min = 1, max = 1 << 20) int piece) {
        var budget = new ByteBudget(rate, 0);
        long now = 0;
        int count = 100;
        for (int i = 0; i <= count; i++) {
            now += budget.take(piece, now);
        }

        double wanted = (double) count * piece * SECOND / rate;
        // Each is rounded up to a nanosecond.
        assertTrue(now <= wanted + count + 1, "now=" + now + " wanted=" + wanted);
    }

    @Example
    void theFirstPieceWaitsForNothing() {
        assertEquals(0, new ByteBudget(1, Long.MAX_VALUE).take(1 << 20, Long.MAX_VALUE));
    }
}
