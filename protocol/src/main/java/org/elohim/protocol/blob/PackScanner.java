package org.elohim.protocol.blob;

import org.elohim.protocol.blob.PackFormat.Head;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// Finds the records of a segment, also behind damage.
///
/// Invariants: holds one window, however large the segment; goes on at the next aligned place where
/// no record begins; a record with damaged content is told as such. Only records with the segment's
/// number and tag count: others were left by an earlier use of the file.
public final class PackScanner {
    /// Bytes of a segment.
    public interface Source {
        /// Fills the buffer from this position on as far as there are bytes.
        void read(long position, ByteBuffer into) throws IOException;
    }

    /// Hears of each record in the order in which they lie.
    public interface Visitor {
        /// Takes one record.
        ///
        /// @param content is used again once this returns; empty where the record has none
        void found(PackRecord record, int offset, ByteBuffer content, boolean isGood)
                throws IOException;
    }

    // A multiple of the alignment, above the largest record.
    private static final int WINDOW_BYTES = 4 << 20;

    // Made as large as the first segment asks for; nothing is left to the collector of direct
    // memory.
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowStart;

    /// Looks at [from, to) of the segment.
    public void scan(int segment, long tag, int from, int to, Source source, Visitor visitor)
            throws IOException {
        int wanted = Math.min(WINDOW_BYTES, Math.max(0, to - from));
        if (window.capacity() < wanted) {
            window = ByteBuffer.allocate(wanted).order(ByteOrder.LITTLE_ENDIAN);
        }
        windowStart = from;
        window.clear().limit(0);
        int at = from;
        while (at + PackFormat.HEAD_BYTES <= to) {
            if (!holds(at, PackFormat.HEAD_BYTES)) {
                fill(at, to, source);
            }
            int place = (int) (at - windowStart);
            if (window.getInt(place) != PackFormat.MAGIC) {
                at += PackFormat.ALIGNMENT_BYTES;
                continue;
            }
            Optional<Head> head =
                    PackFormat.read(window.slice(place, window.limit() - place))
                            .filter(found -> found.record().segment() == segment)
                            .filter(found -> found.record().tag() == tag);
            int size = head.map(found -> found.record().sizeBytes()).orElse(0);
            if (head.isEmpty() || at + size > to) {
                at += PackFormat.ALIGNMENT_BYTES;
                continue;
            }
            if (!holds(at, size)) {
                fill(at, to, source);
            }
            visit(head.get(), at, visitor);
            at += size;
        }
    }

    private void visit(Head head, int at, Visitor visitor) throws IOException {
        PackRecord record = head.record();
        int contentBytes = record.kind() == PackRecord.Kind.SMALL ? (int) record.contentBytes() : 0;
        ByteBuffer content =
                window.slice((int) (at - windowStart) + PackFormat.HEAD_BYTES, contentBytes);
        visitor.found(record, at, content, head.isOf(content));
    }

    private boolean holds(int at, int bytes) {
        return at >= windowStart && at + bytes <= windowStart + window.limit();
    }

    private void fill(int at, int to, Source source) throws IOException {
        windowStart = at;
        window.clear().limit(Math.min(window.capacity(), to - at));
        source.read(at, window);
        // What is not there reads as nothing, also where a file is shorter than it should be.
        while (window.hasRemaining()) {
            window.put((byte) 0);
        }
        window.flip();
    }
}
