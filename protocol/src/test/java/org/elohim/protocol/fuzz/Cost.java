package org.elohim.protocol.fuzz;

import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;

/// What may be allocated for an input: a multiple of its size and a constant.
public record Cost(long perByte, long constantBytes) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// Does the work, and throws where it allocates more than it may.
    public void check(int inputBytes, Runnable work) {
        long max = constantBytes + perByte * inputBytes;
        long allocated = allocated(work);
        // The first time something is done it loads classes; the second time it must be cheap.
        if (allocated > max) {
            allocated = allocated(work);
        }
        if (allocated > max) {
            throw new AssertionError(
                    "allocated=" + allocated + " for input bytes=" + inputBytes + ", max=" + max);
        }
    }

    private static long allocated(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
