package org.elohim.bench;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Waits until a load runs as fast as it ever will.
///
/// A young Java process spends more on compiling itself than on its work: on two slow cores for a
/// minute. What is measured before that is the compiler.
final class Steady {
    private static final Duration WINDOW = Duration.ofSeconds(5);
    private static final int WINDOWS_MAX = 30;
    // So many windows in a row have brought nothing worth naming.
    private static final int WINDOWS_LEVEL = 3;
    private static final double WORTH_NAMING = 1.03;

    private Steady() {}

    /// @param done how much has been done since whenever
    static void await(LongSupplier done) throws InterruptedException {
        double best = 0;
        int level = 0;
        for (int i = 0; i < WINDOWS_MAX && level < WINDOWS_LEVEL; i++) {
            double rate = perSecond(done, WINDOW);
            level = rate > best * WORTH_NAMING ? 0 : level + 1;
            best = Math.max(best, rate);
        }
    }

    /// How much is done in a second.
    static double perSecond(LongSupplier done, Duration window) throws InterruptedException {
        long before = done.getAsLong();
        long from = System.nanoTime();
        Thread.sleep(window);
        return (done.getAsLong() - before) / ((System.nanoTime() - from) / 1e9);
    }
}
