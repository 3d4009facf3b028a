package org.elohim.crdt.process;

import org.elohim.protocol.Bytes;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;

/// Bodies on a pipe, each behind its length.
final class Frames {
    /// Several times the largest change, and far above the documents of people; bounds what a
    /// broken child can make its parent allocate.
    static final int BODY_BYTES_MAX = 64 << 20;

    private Frames() {}

    static void write(DataOutputStream out, Bytes body) throws IOException {
        out.writeInt(body.size());
        out.write(body.toArray());
        out.flush();
    }

    /// Empty where the stream ended between two frames.
    static Optional<Bytes> read(DataInputStream in) throws IOException {
        int first = in.read();
        if (first < 0) {
            return Optional.empty();
        }
        int length = first << 24;
        length |= in.readUnsignedByte() << 16;
        length |= in.readUnsignedShort();
        if (length < 0 || length > BODY_BYTES_MAX) {
            throw new IOException("frame of bytes=" + Integer.toUnsignedString(length));
        }
        // Memory comes with the bytes, not with what a length claims.
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("frame of bytes=" + length + " ends after " + body.length);
        }
        return Optional.of(Bytes.copyOf(body));
    }
}
