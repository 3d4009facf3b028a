package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Compaction;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.blob.PackScanner;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.blob.SegmentUse;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Copies what is alive in segments that are mostly dead into one, and makes them free.
///
/// All that is copied is on the disk before the new segment gets its name, and the name says which
/// others it replaces: that is the moment in which it is done. Before it a crash has changed
/// nothing; after it the next start lets go of those others, whatever was done of that.
///
/// Invariants: no segment is let go with a damaged record in it that may be needed; nothing is
/// forgotten of blobs that are gone as long as a segment or the checkpoint may still tell of them.
/// One thread at a time, and no sweep or checkpoint beside it.
final class Compactor {
    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
    private static final int BUFFER_BYTES = 4 << 20;
    // Of a full disk: less would be copying everything for nothing.
    private static final int URGENT_PERCENT = 10;

    /// A copy of a blob's record, or of what was last said of its references.
    private record Moved(ContentHash key, long life, long sequence, Place place, boolean isBlob) {}

    private final Segments segments;
    private final PackWriter writer;
    private final SharedIndex index;
    private final int deadPercent;

    Compactor(Segments segments, PackWriter writer, SharedIndex index, int deadPercent) {
        this.segments = segments;
        this.writer = writer;
        this.index = index;
        this.deadPercent = deadPercent;
    }

    /// Compacts as long as something is worth it; returns how many segments were let go.
    ///
    /// @param checkpointSequence what was told up to it the checkpoint knows
    int run(long checkpointSequence) throws IOException {
        releaseEmpty();
        int released = 0;
        while (true) {
            Compaction.Choice choice = choose(checkpointSequence);
            if (choice.isNothing()) {
                return released;
            }
            List<Segment> sources =
                    choice.sources().stream().map(segments::get).flatMap(Optional::stream).toList();
            if (sources.stream().allMatch(writer::close)) {
                released += compact(sources, choice.keepsGone());
            } else {
                return released;
            }
        }
    }

    private Compaction.Choice choose(long checkpointSequence) {
        Optional<Segment> active = writer.active();
        List<Compaction.Candidate> candidates = new ArrayList<>();
        long oldest = Math.min(checkpointSequence, segments.oldestLost());
        for (Segment segment : segments.used()) {
            if (segment.isHeld() || active.filter(segment::equals).isPresent()) {
                oldest = Math.min(oldest, segment.created());
            } else {
                candidates.add(
                        new Compaction.Candidate(
                                segment.number(), segment.created(), segment.end(), use(segment)));
            }
        }
        int percent = segments.hasReserve() ? deadPercent : Math.min(deadPercent, URGENT_PERCENT);
        return Compaction.choose(candidates, oldest, percent, segments.segmentBytes());
    }

    private SegmentUse use(Segment segment) {
        return index.read(held -> held.use(segment.number()));
    }

    /// Segments that were begun in vain: their first write failed.
    private void releaseEmpty() throws IOException {
        for (Segment segment : segments.used()) {
            if (!segment.isTrusted(segments.segmentBytes())
                    && segment.end() == SegmentHeader.SIZE_BYTES
                    && segments.notesOf(List.of(segment)).isEmpty()
                    && writer.close(segment)) {
                segments.release(segment);
            }
        }
    }

    private int compact(List<Segment> sources, boolean keepsGone) throws IOException {
        long created = writer.nextSequence();
        Segments.Free file = segments.take(Segments.Use.COMPACTION);
        int number = segments.nextNumber();
        long tag = segments.drawTag();
        var copying = new Copying(file, number, tag, sources, keepsGone);
        Optional<Segment> damaged;
        try {
            damaged = copying.run();
        } catch (IOException failed) {
            segments.discard(file);
            throw failed;
        }
        if (damaged.isPresent()) {
            LOG.warn(
                    "a segment of blobs is not compacted, because a blob in it is damaged"
                            + " segment={}",
                    damaged.get().number());
            damaged.get().hold();
            segments.discard(file);
            return 0;
        }
        Segment copy =
                segments.begin(
                        file,
                        new SegmentHeader(
                                number,
                                tag,
                                created,
                                sources.stream().map(Segment::number).toList(),
                                segments.notesOf(sources)));
        copy.endAt(copying.end);
        index.write(held -> copying.moved.forEach(each -> move(held, each, number)));
        index.write(
                held ->
                        copying.gone.forEach(
                                each -> held.countGone(number, each.sizeBytes(), each.sequence())));
        for (Segment source : sources) {
            segments.release(source);
            index.write(held -> held.forget(source.number()));
        }
        segments.reopen(copy);
        return sources.size();
    }

    private static void move(BlobIndex held, Moved moved, int number) {
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

    private final class Copying {
        private final Segments.Free file;
        private final int number;
        private final long tag;
        private final List<Segment> sources;
        private final Set<Integer> sourceNumbers;
        private final boolean keepsGone;
        private final ByteBuffer buffer =
                ByteBuffer.allocate(Math.min(BUFFER_BYTES, segments.segmentBytes()));
        private final List<Moved> moved = new ArrayList<>();
        private final List<PackRecord> gone = new ArrayList<>();
        private boolean isDamaged;
        // Of what is alive in the present source.
        private long foundBytes;
        private int end = SegmentHeader.SIZE_BYTES;

        Copying(
                Segments.Free file,
                int number,
                long tag,
                List<Segment> sources,
                boolean keepsGone) {
            this.file = file;
            this.number = number;
            this.tag = tag;
            this.sources = sources;
            this.sourceNumbers = Set.copyOf(sources.stream().map(Segment::number).toList());
            this.keepsGone = keepsGone;
        }

        /// Returns a source with something damaged in it that is not to be lost.
        Optional<Segment> run() throws IOException {
            var scanner = new PackScanner();
            for (Segment source : sources) {
                foundBytes = 0;
                scanner.scan(
                        source.number(),
                        source.tag(),
                        SegmentHeader.SIZE_BYTES,
                        Math.min(source.end(), source.trustedEnd()),
                        source.file()::read,
                        this::take);
                // Where the index knows of more than was found, a head is damaged.
                if (isDamaged || foundBytes < use(source).liveBytes()) {
                    return Optional.of(source);
                }
            }
            flush();
            return Optional.empty();
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
                            .filter(
                                    entry ->
                                            entry.place()
                                                    .equals(new Place(record.segment(), offset)));
            if (live.isEmpty()) {
                return;
            }
            if (!isGood) {
                isDamaged = true;
                index.markDamaged(live.get());
                return;
            }
            foundBytes += record.sizeBytes();
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
            Optional<IndexEntry> told =
                    index.get(record.key())
                            .filter(entry -> entry.life() == record.life())
                            .filter(entry -> entry.sequence() == record.sequence())
                            .filter(entry -> entry.stateSegment() == record.segment());
            if (told.isEmpty()) {
                return;
            }
            foundBytes += record.sizeBytes();
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
    }
}
