package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/// Reads what can be read of a file.
final class Salvage {
    // What a disk loses at once, at the least.
    private static final int PIECE_BYTES = 4096;

    private Salvage() {}

    /// Fills the buffer as far as the file goes, with zeros where the disk does not give what is
    /// there; returns whether it gave all.
    static boolean read(BlobFile file, long position, ByteBuffer into) throws IOException {
        int from = into.position();
        try {
            file.read(position, into);
            return true;
        } catch (ClosedChannelException ended) {
            throw ended;
        } catch (IOException failed) {
            into.position(from);
            return readPieces(file, position, into);
        }
    }

    // Once more from the beginning: perhaps all of it can be read now.
    private static boolean readPieces(BlobFile file, long position, ByteBuffer into)
            throws IOException {
        boolean isWhole = true;
        long at = position;
        while (into.hasRemaining()) {
            int bytes = (int) Math.min(PIECE_BYTES - at % PIECE_BYTES, into.remaining());
            ByteBuffer piece = into.slice(into.position(), bytes);
            try {
                file.read(at, piece);
            } catch (ClosedChannelException ended) {
                throw ended;
            } catch (IOException lost) {
                isWhole = false;
                piece.clear();
                while (piece.hasRemaining()) {
                    piece.put((byte) 0);
                }
            }
            into.position(into.position() + piece.position());
            if (piece.hasRemaining()) {
                return isWhole;
            }
            at += bytes;
        }
        return isWhole;
    }
}
