package org.elohim.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Asks other processes over and over until something is so.
final class Waiting {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private Waiting() {}

    /// What is asked for.
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /// Fails where it is not so within ten minutes.
    ///
    /// @param every how long to wait between two questions, which cost the other process something
    static void until(String what, Duration every, Condition condition)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain for " + what);
            }
            TimeUnit.MILLISECONDS.sleep(every.toMillis());
        }
    }
}
