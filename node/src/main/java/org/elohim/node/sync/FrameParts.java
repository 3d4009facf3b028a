package org.elohim.node.sync;

import org.elohim.protocol.Bytes;

import java.io.ByteArrayOutputStream;

/// One message of a device, as its parts come in.
///
/// Invariants: it holds the message's bytes and nothing beside them, however small the parts are;
/// it is never larger than a frame may be.
final class FrameParts {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final FrameLimit limit;

    FrameParts(int bytesMax, long nowNanos) {
        this.limit = new FrameLimit(bytesMax, nowNanos);
    }

    /// @throws IllegalArgumentException where this is no message of an honest device
    FrameParts with(byte[] part, long nowNanos) {
        limit.part(part.length, nowNanos);
        bytes.writeBytes(part);
        return this;
    }

    Bytes whole() {
        return Bytes.copyOf(bytes.toByteArray());
    }
}
