package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.elohim.protocol.change.Decoded;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Frames one after the other, in the thread of whoever asks.
final class FrameInput implements AutoCloseable {
    private final InputStream in;

    FrameInput(InputStream in) {
        this.in = in;
    }

    /// The next one; nothing where that was the last.
    ///
    /// @throws IOException where it breaks off, or is none
    Optional<BlobFrame> next() throws IOException {
        byte[] head = in.readNBytes(BlobFrames.LENGTH_BYTES);
        if (head.length == 0) {
            return Optional.empty();
        }
        int length = head.length < BlobFrames.LENGTH_BYTES ? -1 : ByteBuffer.wrap(head).getInt();
        if (length < 1 || length > BlobFrames.FRAME_BYTES_MAX) {
            throw new IOException("no frame: bytes=" + length);
        }
        byte[] frame = in.readNBytes(length);
        if (frame.length < length) {
            throw new EOFException("it broke off in the middle");
        }
        return switch (BlobFrames.decode(ByteBuffer.wrap(frame))) {
            case Decoded.Parsed<BlobFrame>(var said) -> Optional.of(said);
            case Decoded.Malformed<BlobFrame>(var why) -> throw new IOException(why);
        };
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
