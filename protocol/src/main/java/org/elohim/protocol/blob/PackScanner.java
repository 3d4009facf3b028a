package org.elohim.protocol.blob;

import org.elohim.protocol.blob.PackFormat.Head;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Finds the records of a segment, also behind damage.
///
/// Invariants: holds one window, however large the segment; goes on at the next aligned place where
/// no record begins; a record with damaged content is told as such. Only records with the segment's
/// number and tag count: others were left by an earlier use of the file. What was a record and is
/// none any more is told too, as far as that can be known.
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

        /// Something was here that is no record, and was one: bytes between two records that are
        /// not zero, or behind the last one what looks like a head of this segment and is damaged.
        /// After a crash it may be what is left of the last write.
        default void lost(int from, int to) {}
    }

    // A multiple of the alignment, above the largest record.
    private static final int WINDOW_BYTES = 4 << 20;
    // Fewer may be what somebody has put into a blob whose own head is damaged.
    private static final int TAG_VOTES_MIN = 8;

    // Made as large as the first segment asks for; nothing is left to the collector of direct
    // memory.
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowStart;
    // Of what was passed over since the last record.
    private boolean isBlank;
    private boolean looksLikeRecord;

    /// Looks at [from, to) of the segment.
    public void scan(int segment, long tag, int from, int to, Source source, Visitor visitor)
            throws IOException {
        begin(from, to);
        int at = from;
        int known = from;
        isBlank = true;
        looksLikeRecord = false;
        while (at + PackFormat.HEAD_BYTES <= to) {
            if (!holds(at, PackFormat.HEAD_BYTES)) {
                fill(at, to, source);
            }
            Optional<Head> head = head(segment, tag, at);
            int size = head.map(found -> found.record().sizeBytes()).orElse(0);
            if (head.isEmpty() || at + size > to) {
                passOver((int) (at - windowStart), tag);
                at += PackFormat.ALIGNMENT_BYTES;
                continue;
            }
            if (!isBlank) {
                visitor.lost(known, at);
            }
            if (!holds(at, size)) {
                fill(at, to, source);
            }
            visit(head.get(), at, visitor);
            at += size;
            known = at;
            isBlank = true;
            looksLikeRecord = false;
        }
        // Behind the last record an earlier use of the file may have left anything else.
        if (looksLikeRecord) {
            visitor.lost(known, to);
        }
    }

    private void begin(int from, int to) {
        int wanted = Math.min(WINDOW_BYTES, Math.max(0, to - from));
        if (window.capacity() < wanted) {
            window = ByteBuffer.allocate(wanted).order(ByteOrder.LITTLE_ENDIAN);
        }
        windowStart = from;
        window.clear().limit(0);
    }

    /// The tag of a segment whose header is lost: that of its first record, or, where that is lost
    /// too, the one on which most heads with the segment's number agree. What lies in the contents
    /// of good records has no say: anybody may have put it there.
    public OptionalLong tagOf(int segment, int from, int to, Source source) throws IOException {
        begin(from, to);
        Map<Long, Integer> votes = new HashMap<>();
        int at = from;
        while (at + PackFormat.HEAD_BYTES <= to) {
            if (!holds(at, PackFormat.HEAD_BYTES)) {
                fill(at, to, source);
            }
            Optional<PackRecord> record =
                    headAt(at).map(Head::record).filter(found -> found.segment() == segment);
            record.ifPresent(found -> votes.merge(found.tag(), 1, Integer::sum));
            if (record.isPresent() && at == from) {
                return OptionalLong.of(record.get().tag());
            }
            at += record.map(PackRecord::sizeBytes).orElse(PackFormat.ALIGNMENT_BYTES);
        }
        return votes.entrySet().stream()
                .filter(vote -> vote.getValue() >= TAG_VOTES_MIN)
                .max(Map.Entry.comparingByValue())
                .map(vote -> OptionalLong.of(vote.getKey()))
                .orElse(OptionalLong.empty());
    }

    private Optional<Head> headAt(int at) {
        int place = (int) (at - windowStart);
        return window.getInt(place) == PackFormat.MAGIC
                ? PackFormat.read(window.slice(place, window.limit() - place))
                : Optional.empty();
    }

    private Optional<Head> head(int segment, long tag, int at) {
        return headAt(at)
                .filter(found -> found.record().segment() == segment)
                .filter(found -> found.record().tag() == tag);
    }

    private void passOver(int place, long tag) {
        if (isBlank) {
            isBlank = window.getLong(place) == 0 && window.getLong(place + Long.BYTES) == 0;
        }
        // Nobody knows the tag who has not read this segment; one bit of it may be the damage.
        long difference = window.getLong(place + PackFormat.TAG_AT) ^ tag;
        looksLikeRecord |= tag != 0 && Long.bitCount(difference) <= 1;
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
