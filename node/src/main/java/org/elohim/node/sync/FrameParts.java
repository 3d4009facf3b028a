package org.elohim.node.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.sync.SyncCodec;

import java.io.ByteArrayOutputStream;
import java.time.Duration;

/// One message of a device, as its parts come in.
///
/// Invariants: it holds the message's bytes and nothing beside them, however small the parts are;
/// it is never larger than a frame may be.
final class FrameParts {
    /// Far more than packets of a slow line make of the largest frame.
    static final int PARTS_MAX = 1 << 16;

    /// A line slower than that is of no use to anybody; the largest change takes a quarter of an
    /// hour over it.
    static final int BYTES_PER_SECOND_MIN = 8 << 10;

    /// Lines stall, and begin slowly.
    static final Duration GRACE = Duration.ofSeconds(30);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final long begunNanos;
    private int parts;

    FrameParts(long nowNanos) {
        this.begunNanos = nowNanos;
    }

    /// @throws IllegalArgumentException where this is no message of an honest device
    FrameParts with(byte[] part, long nowNanos) {
        parts++;
        if (parts > PARTS_MAX || bytes.size() + (long) part.length > SyncCodec.FRAME_BYTES_MAX) {
            throw new IllegalArgumentException("a frame that is too large");
        }
        bytes.writeBytes(part);
        long seconds = Duration.ofNanos(nowNanos - begunNanos).minus(GRACE).toSeconds();
        if (seconds * BYTES_PER_SECOND_MIN > bytes.size()) {
            throw new IllegalArgumentException("a frame that is too slow");
        }
        return this;
    }

    Bytes whole() {
        return Bytes.copyOf(bytes.toByteArray());
    }
}
