package org.elohim.client.link;

import java.util.function.DoubleSupplier;

/// How long to wait before the next try: longer after each failure, and never in step with others
/// that failed at the same moment.
final class Backoff {
    private static final long FIRST_MILLIS = 250;
    private static final long LONGEST_MILLIS = 30_000;

    private final DoubleSupplier random;
    private int failures;

    /// @param random evenly from 0 up to 1
    Backoff(DoubleSupplier random) {
        this.random = random;
    }

    /// After another failure.
    long nextMillis() {
        long full = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures, 20));
        failures++;
        return full / 2 + (long) (random.getAsDouble() * full / 2);
    }

    void reset() {
        failures = 0;
    }
}
