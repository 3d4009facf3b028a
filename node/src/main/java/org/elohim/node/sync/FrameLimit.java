package org.elohim.node.sync;

import java.time.Duration;

/// How one message may come in: not too large, not in too many parts, not too slowly.
public final class FrameLimit {
    /// Far more than packets of a slow line make of the largest frame.
    public static final int PARTS_MAX = 1 << 16;

    /// A line slower than that is of no use to anybody; the largest change takes a quarter of an
    /// hour over it.
    public static final int BYTES_PER_SECOND_MIN = 8 << 10;

    /// Lines stall, and begin slowly.
    public static final Duration GRACE = Duration.ofSeconds(30);

    private final int bytesMax;
    private final long begunNanos;
    private int parts;
    private long bytes;

    public FrameLimit(int bytesMax, long nowNanos) {
        this.bytesMax = bytesMax;
        this.begunNanos = nowNanos;
    }

    /// The next part of the message has come.
    ///
    /// @throws IllegalArgumentException where this is no message of an honest device
    public void part(int sizeBytes, long nowNanos) {
        parts++;
        bytes += sizeBytes;
        if (parts > PARTS_MAX || bytes > bytesMax) {
            throw new IllegalArgumentException("a frame that is too large");
        }
        long seconds = Duration.ofNanos(nowNanos - begunNanos).minus(GRACE).toSeconds();
        if (seconds * BYTES_PER_SECOND_MIN > bytes) {
            throw new IllegalArgumentException("a frame that is too slow");
        }
    }
}
