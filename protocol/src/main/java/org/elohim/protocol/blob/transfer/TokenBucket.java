package org.elohim.protocol.blob.transfer;

/// How long to wait before so many bytes may go, so that no more than a rate goes on the whole.
///
/// Invariants: what was granted in any stretch of time is at most the rate times that, one second's
/// worth, and one grant more; who asks in turn is served in turn, however much he asks for.
public final class TokenBucket {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final long bytesPerSecond;
    // When all that was granted so far has had its time.
    private long paidNanos;
    private boolean begun;

    /// @param bytesPerSecond 0 where there is no limit
    public TokenBucket(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("bytes per second=" + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
    }

    /// Grants so many bytes, and tells after how many nanoseconds they may go.
    public long take(long bytes, long nowNanos) {
        if (bytesPerSecond == 0) {
            return 0;
        }
        // What was not used is good for one second.
        if (!begun || paidNanos - nowNanos < -SECOND_NANOS) {
            paidNanos = nowNanos - SECOND_NANOS;
            begun = true;
        }
        long wait = Math.max(0, paidNanos - nowNanos);
        paidNanos += Math.round((double) bytes / bytesPerSecond * SECOND_NANOS);
        return wait;
    }
}
