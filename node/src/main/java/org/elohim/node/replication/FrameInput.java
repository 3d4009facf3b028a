package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.elohim.protocol.change.Decoded;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Frames one after the other up to a length of zero, in the thread of whoever asks.
final class FrameInput implements AutoCloseable {
    private static final byte[] END = new byte[BlobFrames.LENGTH_BYTES];

    private final InputStream in;
    private final End end;
    private int lastBytes;
    private boolean isAtEnd;
    private boolean isClosed;

    /// What becomes of the line afterwards.
    @FunctionalInterface
    interface End {
        /// Nothing more is read.
        ///
        /// @param isWhole whether all was, so that something else may follow
        void closed(boolean isWhole) throws IOException;
    }

    FrameInput(InputStream in, End end) {
        this.in = in;
        this.end = end;
    }

    static void write(BlobFrame frame, OutputStream out) throws IOException {
        ByteBuffer bytes = BlobFrames.encode(frame);
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }

    static void writeEnd(OutputStream out) throws IOException {
        out.write(END);
        out.flush();
    }

    /// The next one; nothing where that was the last.
    ///
    /// @throws IOException where it breaks off, or is none
    Optional<BlobFrame> next() throws IOException {
        if (isAtEnd) {
            return Optional.empty();
        }
        int length = ByteBuffer.wrap(read(BlobFrames.LENGTH_BYTES)).getInt();
        if (length == 0) {
            isAtEnd = true;
            return Optional.empty();
        }
        if (length < 0 || length > BlobFrames.FRAME_BYTES_MAX) {
            throw new IOException("no frame: bytes=" + length);
        }
        lastBytes = length;
        return switch (BlobFrames.decode(ByteBuffer.wrap(read(length)))) {
            case Decoded.Parsed<BlobFrame>(var said) -> Optional.of(said);
            case Decoded.Malformed<BlobFrame>(var why) -> throw new IOException(why);
        };
    }

    /// How long the frame was that was read last.
    int lastBytes() {
        return lastBytes;
    }

    /// The one answer that is expected, whatever was said while it was worked on; all is read.
    BlobFrame only() throws IOException {
        Optional<BlobFrame> answer = Optional.empty();
        for (Optional<BlobFrame> next = next(); next.isPresent(); next = next()) {
            if (!(next.get() instanceof BlobFrame.Alive)) {
                answer = next;
            }
        }
        return answer.orElseThrow(() -> new IOException("it has not answered"));
    }

    private byte[] read(int length) throws IOException {
        byte[] bytes = new byte[length];
        if (in.readNBytes(bytes, 0, length) < length) {
            throw new EOFException("it broke off");
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        if (!isClosed) {
            isClosed = true;
            end.closed(isAtEnd);
        }
    }
}
