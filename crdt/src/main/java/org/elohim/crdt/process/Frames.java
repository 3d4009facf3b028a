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

    /// What an entry of a view takes on the pipe at most for each character or separator of JSON
    /// that it counts as: one of a single character, with the number behind it.
    private static final int BYTES_PER_SHOWN = 6;

    private static final int BYTES_BESIDE = 1 << 10;

    private Frames() {}

    /// Of the answer to who wants to see a document that is no longer than this as JSON.
    static int viewBytesMax(long sizeMax) {
        return (int)
                Math.min(
                        BODY_BYTES_MAX,
                        BYTES_BESIDE + BYTES_PER_SHOWN * Math.min(sizeMax, BODY_BYTES_MAX));
    }

    static void write(DataOutputStream out, Bytes body) throws IOException {
        out.writeInt(body.size());
        out.write(body.toArray());
        out.flush();
    }

    /// Empty where the stream ended between two frames.
    static Optional<Bytes> read(DataInputStream in) throws IOException {
        return read(in, BODY_BYTES_MAX);
    }

    /// The same, where more is not believed.
    static Optional<Bytes> read(DataInputStream in, int bytesMax) throws IOException {
        int first = in.read();
        if (first < 0) {
            return Optional.empty();
        }
        int length = first << 24;
        length |= in.readUnsignedByte() << 16;
        length |= in.readUnsignedShort();
        if (length < 0 || length > bytesMax) {
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
