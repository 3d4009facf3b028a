package org.elohim.tests.lab;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How bytes fare on their way in one direction.
///
/// @param latency what each of them takes
/// @param jitter what they take more, at most, by chance
/// @param lossPercent how many of a hundred segments get lost, and so come later by a
///   retransmission
/// @param flowing false where nothing comes through, and nobody is told
public record Weather(Duration latency, Duration jitter, int lossPercent, boolean flowing) {
    public static final Weather CLEAR = new Weather(Duration.ZERO, Duration.ZERO, 0, true);

    // What TCP waits at least before it sends a segment again.
    private static final Duration RETRANSMISSION = Duration.ofMillis(200);

    public Weather {
        if (latency.isNegative() || jitter.isNegative()) {
            throw new IllegalArgumentException("latency=" + latency + " jitter=" + jitter);
        }
        if (lossPercent < 0 || lossPercent > 99) {
            throw new IllegalArgumentException("lossPercent=" + lossPercent);
        }
    }

    public Weather latency(Duration of, Duration jitterOf) {
        return new Weather(of, jitterOf, lossPercent, flowing);
    }

    public Weather loss(int percent) {
        return new Weather(latency, jitter, percent, flowing);
    }

    public Weather flowing(boolean whether) {
        return new Weather(latency, jitter, lossPercent, whether);
    }

    /// How long a segment is under way.
    long nanos(RandomGenerator random) {
        long nanos = latency.toNanos();
        if (jitter.isPositive()) {
            nanos += random.nextLong(jitter.toNanos());
        }
        for (long again = RETRANSMISSION.toNanos();
                lossPercent > 0 && random.nextInt(100) < lossPercent;
                again *= 2) {
            nanos += again;
        }
        return nanos;
    }
}
