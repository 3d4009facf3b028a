package org.elohim.node.blob;

import org.elohim.protocol.blob.ByteBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The thread in which the scrub goes on, never faster than its budget.
final class ScrubThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScrubThread.class);
    // Between two looks at whether something is due: a clock may be put right meanwhile.
    private static final long REST_SECONDS_MAX = 600;
    // After the state could not be written, and at least between two passes.
    private static final long REST_SECONDS_MIN = 10;

    private final Scrubber scrubber;
    private final ByteBudget budget;
    // Not an interruption: that closes the file that is read from.
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    ScrubThread(Scrubber scrubber, long bytesPerSecond) {
        this.scrubber = scrubber;
        this.budget = new ByteBudget(bytesPerSecond, System.nanoTime());
        this.thread = Thread.ofPlatform().name("blob-scrub").daemon().start(this::run);
    }

    private void run() {
        do {
            try {
                scrubber.run(this::allows);
            } catch (IOException failed) {
                LOG.warn(
                        "how far the scrub of blobs has come could not be written reason={}",
                        failed.toString());
            } catch (RuntimeException | Error bug) {
                LOG.error("the scrub of blobs was cut off", bug);
            }
        } while (!isStoppingWithin(rest()));
    }

    private long rest() {
        long due = Math.clamp(scrubber.rest(), REST_SECONDS_MIN, REST_SECONDS_MAX);
        return TimeUnit.SECONDS.toNanos(due);
    }

    private boolean allows(long bytes) {
        return !isStoppingWithin(budget.take(bytes, System.nanoTime()));
    }

    private boolean isStoppingWithin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (true) {
            try {
                return stopping.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException notOurs) {
                LOG.debug("interrupted without a reason", notOurs);
            }
        }
    }

    /// Waits until what is being read is read, and how far it came is written down.
    @Override
    public void close() {
        stopping.countDown();
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException hurried) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
