package org.elohim.node.blob;

import org.elohim.protocol.blob.Compaction;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.blob.SegmentUse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    // Of a full disk: less would be copying everything for nothing.
    private static final int URGENT_PERCENT = 10;

    private final Segments segments;
    private final PackWriter writer;
    private final SharedIndex index;
    private final int deadPercent;
    private volatile boolean stopping;

    Compactor(Segments segments, PackWriter writer, SharedIndex index, int deadPercent) {
        this.segments = segments;
        this.writer = writer;
        this.index = index;
        this.deadPercent = deadPercent;
    }

    /// Whoever runs ends after the copy that it makes.
    void stop() {
        stopping = true;
    }

    /// Compacts as long as something is worth it; returns how many segments were let go.
    ///
    /// @param forgettableSequence what was told up to it the checkpoint knows
    int run(long forgettableSequence) throws IOException {
        releaseEmpty();
        int released = 0;
        while (!stopping) {
            Compaction.Choice choice = choose(forgettableSequence);
            List<Segment> sources = close(choice);
            if (sources.isEmpty()) {
                return released;
            }
            // What was chosen and is not copied may tell of blobs that are gone.
            boolean keepsGone = choice.keepsGone() || sources.size() < choice.sources().size();
            released += compact(sources, keepsGone);
        }
        return released;
    }

    private Compaction.Choice choose(long forgettableSequence) {
        Optional<Segment> active = writer.active();
        List<Compaction.Candidate> candidates = new ArrayList<>();
        long oldest = Math.min(forgettableSequence, segments.oldestLost());
        for (Segment segment : segments.used()) {
            if (segment.isHeld() || active.filter(segment::equals).isPresent()) {
                oldest = Math.min(oldest, segment.created());
            } else {
                // Where nothing may be appended any more, what is left of the file is lost as well.
                int end =
                        segment.isTrusted(segments.segmentBytes())
                                ? segment.end()
                                : segments.segmentBytes();
                candidates.add(
                        new Compaction.Candidate(
                                segment.number(), segment.created(), end, use(segment)));
            }
        }
        int percent = segments.hasReserve() ? deadPercent : Math.min(deadPercent, URGENT_PERCENT);
        return Compaction.choose(candidates, oldest, percent, segments.segmentBytes());
    }

    // What nobody appends to any more, as far as it fits into one segment: between being chosen and
    // being closed one may have grown.
    private List<Segment> close(Compaction.Choice choice) {
        List<Segment> sources = new ArrayList<>();
        long room = (long) segments.segmentBytes() - SegmentHeader.SIZE_BYTES;
        int notes = SegmentHeader.ENTRIES_MAX;
        for (int number : choice.sources()) {
            Optional<Segment> source = segments.get(number).filter(writer::close);
            if (source.isPresent()) {
                SegmentUse use = use(source.get());
                room -= use.liveBytes() + use.goneBytes();
                notes -= segments.notesOf(List.of(source.get())).size();
                if (room < 0 || notes < 0) {
                    break;
                }
                sources.add(source.get());
            }
        }
        return sources;
    }

    private SegmentUse use(Segment segment) {
        return index.read(held -> held.use(segment.number()));
    }

    /// Segments that were begun in vain: their first write failed, or the sync of their name.
    private void releaseEmpty() throws IOException {
        for (Segment segment : segments.used()) {
            if (isEmpty(segment)
                    && segments.notesOf(List.of(segment)).isEmpty()
                    && writer.close(segment)
                    && isEmpty(segment)) {
                segments.release(segment);
            }
        }
    }

    private static boolean isEmpty(Segment segment) {
        return !segment.isHeld() && segment.end() == SegmentHeader.SIZE_BYTES;
    }

    private int compact(List<Segment> sources, boolean keepsGone) throws IOException {
        long created = writer.nextSequence();
        Segments.Free file = segments.take(Segments.Use.COMPACTION);
        int number = segments.nextNumber();
        long tag = segments.drawTag();
        var copying =
                new SegmentCopy(
                        file, number, tag, segments.segmentBytes(), index, sources, keepsGone);
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
            segments.giveBack(file);
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
        copy.endAt(copying.end());
        index.write(copying::tell);
        for (Segment source : sources) {
            segments.release(source);
            index.write(held -> held.forget(source.number()));
        }
        segments.reopen(copy);
        return sources.size();
    }
}
