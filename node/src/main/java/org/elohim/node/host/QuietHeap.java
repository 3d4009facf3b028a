package org.elohim.node.host;

import java.time.Duration;

/// Gives the machine back what a load has made the heap grow by, once that load is over: the
/// collector of a small node does so only when it looks at everything, and without load it never
/// does.
///
/// Invariants: it collects only what is worth it, once for each growth, and while nobody works.
public final class QuietHeap implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    private static final long WORTH_BYTES = 24 << 20;
    private static final double QUIET_CORES = 0.1;

    private final Thread thread;

    /// Whether it is time, from what is seen now and then.
    static final class Watch {
        private long keptBytes;
        private Duration cpu = Duration.ZERO;

        /// @param heapBytes of the machine's memory that the heap holds, used or not
        /// @param cpuNow what the process has used since it began
        boolean isTime(long heapBytes, Duration cpuNow) {
            Duration used = cpuNow.minus(cpu);
            cpu = cpuNow;
            boolean quiet = used.toMillis() <= LOOK_EVERY.toMillis() * QUIET_CORES;
            return quiet && heapBytes - keptBytes >= WORTH_BYTES;
        }

        void collected(long heapBytes) {
            keptBytes = heapBytes;
        }
    }

    private QuietHeap(Thread thread) {
        this.thread = thread;
    }

    public static QuietHeap start() {
        return new QuietHeap(Thread.ofVirtual().name("quiet-heap").start(QuietHeap::watch));
    }

    private static void watch() {
        var watch = new Watch();
        try {
            while (true) {
                Thread.sleep(LOOK_EVERY);
                if (watch.isTime(Runtime.getRuntime().totalMemory(), cpu())) {
                    System.gc();
                    watch.collected(Runtime.getRuntime().totalMemory());
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
