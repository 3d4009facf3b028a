package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.TokenBucket;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/// Makes whoever sends wait, so that what this node sends of blobs stays below a rate.
final class Throttle {
    private final TokenBucket bucket;
    private final LongAdder sentBytes = new LongAdder();

    /// @param bytesPerSecond 0 where there is no limit
    Throttle(long bytesPerSecond) {
        bucket = new TokenBucket(bytesPerSecond);
    }

    /// How much was let go.
    long sentBytes() {
        return sentBytes.sum();
    }

    /// Returns when so many bytes may go. Not on a thread that others wait for.
    void take(long bytes) {
        sentBytes.add(bytes);
        long waitNanos;
        synchronized (bucket) {
            waitNanos = bucket.take(bytes, System.nanoTime());
        }
        if (waitNanos > 0) {
            try {
                Thread.sleep(Duration.ofNanos(waitNanos));
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
