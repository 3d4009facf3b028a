package org.elohim.protocol.blob;

import java.time.Duration;

/// How soon so many bytes may be moved, where only so many may be in a second. Not for several
/// threads.
///
/// Invariants: what is begun within any span of time is no more than the rate allows for the span
/// and for what a pause may save up, and one piece more, which was begun while something was left.
public final class ByteBudget {
    /// What a pause saves up at the most.
    public static final long SAVED_NANOS = Duration.ofMillis(100).toNanos();

    /// Longer pieces are to be asked for in parts.
    public static final long PIECE_BYTES_MAX = 1L << 30;

    private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

    private final long bytesPerSecond;
    private long paidUntil;

    public ByteBudget(long bytesPerSecond, long nowNanos) {
        if (bytesPerSecond <= 0) {
            throw new IllegalArgumentException("bytes per second=" + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
        this.paidUntil = nowNanos;
    }

    /// Counts these bytes, and says how many nanoseconds from now on they may be moved.
    public long take(long bytes, long nowNanos) {
        if (bytes < 0 || bytes > PIECE_BYTES_MAX) {
            throw new IllegalArgumentException("bytes=" + bytes);
        }
        // By their difference: such a clock begins anywhere, and may pass its highest number.
        if (nowNanos - paidUntil > SAVED_NANOS) {
            paidUntil = nowNanos - SAVED_NANOS;
        }
        long wait = Math.max(0, paidUntil - nowNanos);
        paidUntil += Math.ceilDiv(bytes * SECOND_NANOS, bytesPerSecond);
        return wait;
    }
}
