package org.elohim.node.grpc;

import akka.util.ByteString;

import io.grpc.Status;

import org.elohim.node.sync.FrameLimit;

/// Where the messages of one call begin and end, as its bytes come in.
///
/// Invariants: of a message that is too large nothing is kept but its first bytes, and none is put
/// together that comes too slowly or in crumbs. Compressed messages are not taken: their size tells
/// nothing of what they become.
final class MessageBounds {
    private static final int HEADER_BYTES = 5;

    private final int bytesMax;
    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private long missing;
    private FrameLimit limit;

    /// @param bytesMax of a message
    MessageBounds(int bytesMax) {
        this.bytesMax = bytesMax;
        this.limit = new FrameLimit(bytesMax, 0);
    }

    /// Looks at what has come next, and gives it back.
    ///
    /// @throws Refused where this is no message that may come
    ByteString checked(ByteString part, long nowNanos) {
        int at = 0;
        while (at < part.size()) {
            if (missing == 0) {
                header[headerBytes++] = part.apply(at++);
                if (headerBytes == HEADER_BYTES) {
                    begin(nowNanos);
                }
            } else {
                int taken = (int) Math.min(missing, part.size() - at);
                take(taken, nowNanos);
                at += taken;
            }
        }
        return part;
    }

    /// No more comes.
    ///
    /// @throws Refused in the middle of a message
    void end() {
        if (missing > 0 || headerBytes > 0) {
            throw new Refused(Status.Code.INVALID_ARGUMENT, "a message was cut off");
        }
    }

    private void begin(long nowNanos) {
        headerBytes = 0;
        if (header[0] != 0) {
            throw new Refused(
                    Status.Code.UNIMPLEMENTED,
                    "compressed messages are not taken here; send them as they are");
        }
        missing = 0;
        for (int i = 1; i < HEADER_BYTES; i++) {
            missing = missing << Byte.SIZE | Byte.toUnsignedInt(header[i]);
        }
        if (missing > bytesMax) {
            throw new Refused(
                    Status.Code.RESOURCE_EXHAUSTED,
                    "a message of %d bytes; this call takes at most %d"
                            .formatted(missing, bytesMax));
        }
        limit = new FrameLimit(bytesMax, nowNanos);
    }

    private void take(int bytes, long nowNanos) {
        missing -= bytes;
        try {
            limit.part(bytes, nowNanos);
        } catch (IllegalArgumentException dishonest) {
            throw new Refused(
                    Status.Code.RESOURCE_EXHAUSTED, String.valueOf(dishonest.getMessage()));
        }
    }
}
