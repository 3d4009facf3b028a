package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.TokenBucket;

import java.time.Duration;

/// Makes whoever sends wait, so that what this node sends of blobs stays below a rate.
final class Throttle {
    private final TokenBucket bucket;

    /// @param bytesPerSecond 0 where there is no limit
    Throttle(long bytesPerSecond) {
        bucket = new TokenBucket(bytesPerSecond);
    }

    /// Returns when so many bytes may go. Not on a thread that others wait for.
    void take(long bytes) {
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
