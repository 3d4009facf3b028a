package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.blob.PackScanner;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The copy of what is alive in some segments, written into a file that is no segment yet.
///
/// Invariants: the sources are only read; the index hears of the copy all at once.
final class SegmentCopy {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentCopy.class);
    private static final int BUFFER_BYTES = 4 << 20;

    /// A copy of a blob's record, or of what was last said of its references.
    private record Moved(ContentHash key, long life, long sequence, Place place, boolean isBlob) {}

    /// A source could not be read, as against a copy that could not be written.
    private static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1;

        Unreadable(IOException cause) {
            super(cause);
        }
    }

    private final Segments.Free file;
    private final int number;
    private final long tag;
    private final SharedIndex index;
    private final List<Segment> sources;
    private final Set<Integer> sourceNumbers;
    private final boolean keepsGone;
    private final ByteBuffer buffer;
    private final List<Moved> moved = new ArrayList<>();
    private final List<PackRecord> gone = new ArrayList<>();
    private boolean isDamaged;
    // What was alive in the present source.
    private final List<PackRecord> found = new ArrayList<>();
    private int end = SegmentHeader.SIZE_BYTES;

    SegmentCopy(
            Segments.Free file,
            int number,
            long tag,
            int segmentBytes,
            SharedIndex index,
            List<Segment> sources,
            boolean keepsGone) {
        this.file = file;
        this.number = number;
        this.tag = tag;
        this.buffer = ByteBuffer.allocate(Math.min(BUFFER_BYTES, segmentBytes));
        this.index = index;
        this.sources = sources;
        this.sourceNumbers = Set.copyOf(sources.stream().map(Segment::number).toList());
        this.keepsGone = keepsGone;
    }

    /// Returns a source with something damaged in it that is not to be lost.
    Optional<Segment> run() throws IOException {
        var scanner = new PackScanner();
        for (Segment source : sources) {
            found.clear();
            try {
                scanner.scan(
                        source.number(),
                        source.tag(),
                        SegmentHeader.SIZE_BYTES,
                        Math.min(source.end(), source.trustedEnd()),
                        (position, into) -> read(source, position, into),
                        this::take);
            } catch (Unreadable lost) {
                LOG.warn("a segment of blobs cannot be read: {}", lost.toString());
                return Optional.of(source);
            }
            // Where the index knows of more than was found, a head is damaged.
            if (isDamaged || index.read(held -> isMoreThanFound(held, source))) {
                return Optional.of(source);
            }
        }
        flush();
        return Optional.empty();
    }

    private static void read(Segment source, long position, ByteBuffer into) throws IOException {
        try {
            source.file().read(position, into);
        } catch (IOException failed) {
            throw new Unreadable(failed);
        }
    }

    // Of what was found some may be superseded by now, and must not stand for what was not.
    private boolean isMoreThanFound(BlobIndex held, Segment source) {
        long bytes = 0;
        for (PackRecord record : found) {
            boolean isWanted =
                    held.get(record.key())
                            .filter(now -> isAt(now, record) || isTold(now, record))
                            .isPresent();
            bytes += isWanted ? record.sizeBytes() : 0;
        }
        return bytes < held.use(source.number()).liveBytes();
    }

    private static boolean isAt(IndexEntry entry, PackRecord record) {
        return record.beginsBlob()
                && entry.life() == record.life()
                && entry.place().segment() == record.segment();
    }

    private static boolean isTold(IndexEntry entry, PackRecord record) {
        return entry.life() == record.life()
                && entry.sequence() == record.sequence()
                && entry.stateSegment() == record.segment();
    }

    private void take(PackRecord record, int offset, ByteBuffer content, boolean isGood)
            throws IOException {
        switch (record.kind()) {
            case SMALL, LARGE -> takeBlob(record, offset, content, isGood);
            case REFERENCES -> takeReferences(record);
            case GONE -> {
                if (keepsGone) {
                    PackRecord copy =
                            copyOf(
                                    record,
                                    record.sequence(),
                                    record.references(),
                                    record.unreferencedSince());
                    gone.add(copy);
                    append(copy, content);
                }
            }
        }
    }

    private void takeBlob(PackRecord record, int offset, ByteBuffer content, boolean isGood)
            throws IOException {
        Optional<IndexEntry> live =
                index.get(record.key())
                        .filter(entry -> entry.place().equals(new Place(record.segment(), offset)));
        if (live.isEmpty()) {
            return;
        }
        if (!isGood) {
            isDamaged = true;
            index.markDamaged(live.get());
            return;
        }
        found.add(record);
        IndexEntry entry = live.get();
        int at =
                append(
                        copyOf(
                                record,
                                entry.sequence(),
                                entry.references(),
                                entry.unreferencedSince()),
                        content);
        moved.add(
                new Moved(
                        record.key(),
                        record.life(),
                        entry.sequence(),
                        new Place(number, at),
                        true));
    }

    // Of blobs that are copied as well the copy tells it.
    private void takeReferences(PackRecord record) throws IOException {
        Optional<IndexEntry> told = index.get(record.key()).filter(entry -> isTold(entry, record));
        if (told.isEmpty()) {
            return;
        }
        found.add(record);
        if (!sourceNumbers.contains(told.get().place().segment())) {
            int at =
                    append(
                            copyOf(
                                    record,
                                    record.sequence(),
                                    record.references(),
                                    record.unreferencedSince()),
                            ByteBuffer.allocate(0));
            moved.add(
                    new Moved(
                            record.key(),
                            record.life(),
                            record.sequence(),
                            new Place(number, at),
                            false));
        }
    }

    private PackRecord copyOf(
            PackRecord record, long sequence, int references, long unreferencedSince) {
        return new PackRecord(
                record.kind(),
                number,
                tag,
                record.key(),
                record.life(),
                sequence,
                0,
                0,
                references,
                unreferencedSince,
                record.contentBytes());
    }

    private int append(PackRecord record, ByteBuffer content) throws IOException {
        if (buffer.remaining() < record.sizeBytes()) {
            flush();
        }
        int at = end + buffer.position();
        PackFormat.write(record, content, buffer);
        return at;
    }

    private void flush() throws IOException {
        int bytes = buffer.position();
        file.file().write(end, buffer.flip());
        end += bytes;
        buffer.clear();
    }

    /// Where its last record ends.
    int end() {
        return end;
    }

    /// Tells the index where everything is, once the copy counts.
    void tell(BlobIndex held) {
        moved.forEach(each -> move(held, each));
        gone.forEach(each -> held.countGone(number, each.sizeBytes(), each.sequence()));
    }

    private void move(BlobIndex held, Moved moved) {
        Optional<IndexEntry> now =
                held.get(moved.key()).filter(entry -> entry.life() == moved.life());
        if (now.isEmpty()) {
            return;
        }
        IndexEntry entry = now.get();
        boolean isLatest = entry.sequence() == moved.sequence();
        if (moved.isBlob()) {
            held.put(entry.at(moved.place(), isLatest ? IndexEntry.NOWHERE : entry.stateSegment()));
        } else if (isLatest) {
            held.put(entry.at(entry.place(), number));
        }
    }
}
