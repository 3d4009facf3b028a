package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.blob.PackRecord.Kind;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.blob.SegmentHeader.Distrust;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// Brings changes to the disk, many with one sync.
///
/// Invariants: a change is on the disk before the index knows of it, and the index knows before it
/// is answered. A write begins only once the one before it is on the disk, so of a segment only the
/// last write may be in doubt. Where a write or its sync fails, nothing more is written to that
/// segment, and what was written counts neither now nor later: after a failed sync the system may
/// show what is not on the disk, and a second sync would say that all is well.
final class PackWriter {
    private static final Logger LOG = LoggerFactory.getLogger(PackWriter.class);
    // Above the largest record; larger writes bring no more throughput.
    private static final int BUFFER_BYTES = 4 << 20;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /// What the index learns once a record is on the disk.
    private record Pending(PackRecord record, int offset, List<Integer> changes) {}

    /// What keeps changes from being written for the rest of a commit.
    ///
    /// @param blobs what keeps new blobs from it alone: words about blobs have room of their own
    private record Stuck(Optional<Outcome> all, Optional<Outcome> blobs) {
        static final Stuck NOT = new Stuck(Optional.empty(), Optional.empty());

        Optional<Outcome> reason(PackRecord record) {
            return all.isEmpty() && record.beginsBlob() ? blobs : all;
        }
    }

    private final Segments segments;
    private final SharedIndex index;
    private final ChangeRules rules;
    // One write at a time. Held while writing: waiting for it is waiting for the disk.
    private final ReentrantLock writing = new ReentrantLock();
    private final ByteBuffer buffer;
    private final Map<ContentHash, Pending> pending = new HashMap<>();
    private final List<Distrust> distrusted = new ArrayList<>();
    private Optional<Segment> active = Optional.empty();
    private long lastSequence;
    private long lastBatch;
    private boolean closed;
    private final AtomicLong healed = new AtomicLong();

    PackWriter(
            Segments segments,
            SharedIndex index,
            InstantSource clock,
            long lastSequence,
            long lastBatch) {
        this.segments = segments;
        this.buffer = ByteBuffer.allocateDirect(Math.min(BUFFER_BYTES, segments.segmentBytes()));
        this.index = index;
        this.rules = new ChangeRules(index, clock);
        this.lastSequence = lastSequence;
        this.lastBatch = lastBatch;
    }

    /// Returns once all that can be is on the disk, with what became of each.
    List<Outcome> commit(List<Change> changes) {
        writing.lock();
        try {
            var outcomes = new Outcome[changes.size()];
            if (closed) {
                Arrays.fill(outcomes, new Outcome.Failed("the store of blobs is closed"));
                return Arrays.asList(outcomes);
            }
            Stuck stuck = Stuck.NOT;
            for (int i = 0; i < outcomes.length; i++) {
                stuck = addSafely(changes.get(i), i, outcomes, stuck);
            }
            flushSafely(outcomes);
            return Arrays.asList(outcomes);
        } finally {
            // Nothing of this commit may be written or answered with the next one, whatever it was
            // that ended it.
            pending.clear();
            buffer.clear();
            writing.unlock();
        }
    }

    // A mistake about one change must not take the others of its commit with it.
    private Stuck addSafely(Change change, int position, Outcome[] outcomes, Stuck stuck) {
        try {
            return add(change, position, outcomes, stuck);
        } catch (RuntimeException bug) {
            LOG.error("a change of blobs is not carried out blob={}", change.key(), bug);
            outcomes[position] = new Outcome.Failed("a mistake in this program: " + bug);
            return stuck;
        }
    }

    // All of them are answered.
    private void flushSafely(Outcome[] outcomes) {
        try {
            flush(outcomes);
        } catch (RuntimeException bug) {
            LOG.error("blobs are not written", bug);
        }
    }

    /// Nothing is written from now on.
    void close() {
        writing.lock();
        try {
            closed = true;
        } finally {
            writing.unlock();
        }
    }

    /// How far everything is on the disk and in the index at once.
    Checkpoint checkpoint() {
        writing.lock();
        try {
            return index.read(
                    held -> {
                        List<Checkpoint.Segment> covered = new ArrayList<>();
                        for (Segment segment : segments.used()) {
                            var use = held.use(segment.number());
                            covered.add(
                                    new Checkpoint.Segment(
                                            segment.number(),
                                            segment.tag(),
                                            segment.created(),
                                            segment.end(),
                                            segment.trustedEnd(),
                                            use.goneBytes(),
                                            use.newestGone()));
                        }
                        return new Checkpoint(lastSequence, lastBatch, covered);
                    });
        } finally {
            writing.unlock();
        }
    }

    /// For a segment that others fill: nothing that is told from now on is in it.
    long nextSequence() {
        writing.lock();
        try {
            return ++lastSequence;
        } finally {
            writing.unlock();
        }
    }

    /// Takes the segment out of use for writing; `false` where it is the one that is written to.
    boolean close(Segment segment) {
        writing.lock();
        try {
            return segments.close(segment, active);
        } finally {
            writing.unlock();
        }
    }

    Optional<Segment> active() {
        writing.lock();
        try {
            return active;
        } finally {
            writing.unlock();
        }
    }

    // Returns what holds up what has to be written, where something does.
    private Stuck add(Change change, int position, Outcome[] outcomes, Stuck stuck) {
        Pending same = pending.get(change.key());
        if (same != null) {
            if (change instanceof Change.Put put
                    && same.record().kind() == Kind.SMALL
                    && same.record().references() >= put.references()) {
                same.changes().add(position);
                return stuck;
            }
            // What is to be decided depends on what becomes of it.
            flush(outcomes);
        }
        Optional<PackRecord> wanted = rules.decide(change);
        if (wanted.isEmpty()) {
            outcomes[position] = unchanged(change, outcomes);
            return stuck;
        }
        Optional<Outcome> reason = stuck.reason(wanted.get());
        if (reason.isPresent()) {
            outcomes[position] = reason.get();
            return stuck;
        }
        try {
            makeRoom(wanted.get(), outcomes);
        } catch (NoSpace full) {
            outcomes[position] = new Outcome.Full(full.words());
            return wanted.get().beginsBlob()
                    ? new Stuck(stuck.all(), Optional.of(outcomes[position]))
                    : new Stuck(Optional.of(outcomes[position]), stuck.blobs());
        } catch (IOException failed) {
            outcomes[position] = new Outcome.Failed("no segment to write to: " + failed);
            return new Stuck(Optional.of(outcomes[position]), stuck.blobs());
        }
        Segment segment = active.orElseThrow();
        if (pending.isEmpty()) {
            lastBatch++;
        }
        int offset = segment.end() + buffer.position();
        PackRecord record = placed(wanted.get(), segment);
        PackFormat.write(record, content(change, record), buffer);
        var positions = new ArrayList<Integer>();
        positions.add(position);
        pending.put(change.key(), new Pending(record, offset, positions));
        return stuck;
    }

    // That all is as it is wanted is true only once nothing that was reported as failed can come
    // back: what the index does not know of may be on the disk all the same.
    private Outcome unchanged(Change change, Outcome[] outcomes) {
        Outcome outcome = rules.unchanged(change);
        forgetReleased();
        if (distrusted.isEmpty() || outcome instanceof Outcome.Absent) {
            return outcome;
        }
        flush(outcomes);
        try {
            active = Optional.of(begin(false));
            return outcome;
        } catch (IOException failed) {
            return failure(failed);
        }
    }

    // Of those that were let go meanwhile nothing has to be said.
    private void forgetReleased() {
        distrusted.removeIf(note -> segments.get(note.segment()).isEmpty());
    }

    private static ByteBuffer content(Change change, PackRecord record) {
        return change instanceof Change.Put put && record.kind() == Kind.SMALL
                ? put.content().duplicate()
                : NOTHING;
    }

    private PackRecord placed(PackRecord record, Segment segment) {
        long sequence = ++lastSequence;
        return new PackRecord(
                record.kind(),
                segment.number(),
                segment.tag(),
                record.key(),
                record.beginsBlob() ? sequence : record.life(),
                sequence,
                lastBatch,
                segment.end(),
                record.references(),
                record.unreferencedSince(),
                record.contentBytes());
    }

    private void makeRoom(PackRecord record, Outcome[] outcomes) throws IOException {
        int size = record.sizeBytes();
        if (size > segments.segmentBytes() - SegmentHeader.SIZE_BYTES) {
            throw new IllegalArgumentException("more than a segment holds: bytes=" + size);
        }
        if (record.beginsBlob()) {
            // What is left of a full disk is for saying what is wanted no more.
            segments.keepReserve();
        }
        if (buffer.remaining() < size) {
            flush(outcomes);
        }
        if (active.filter(segment -> !segment.isHeld() && room(segment) >= size).isPresent()) {
            return;
        }
        flush(outcomes);
        // A new segment says which others are not to be trusted, so none is opened again then.
        forgetReleased();
        Optional<Segment> next = distrusted.isEmpty() ? segments.takeOpen(size) : Optional.empty();
        // What is left at the end of the one before is less than this record; nobody comes back.
        active = Optional.of(next.isPresent() ? next.get() : begin(record.beginsBlob()));
    }

    private int room(Segment segment) {
        return segments.segmentBytes() - segment.end() - buffer.position();
    }

    private Segment begin(boolean forBlob) throws IOException {
        Segments.Free file = segments.take(forBlob ? Segments.Use.BLOBS : Segments.Use.WORDS);
        List<Distrust> notes =
                distrusted.subList(0, Math.min(distrusted.size(), SegmentHeader.ENTRIES_MAX));
        Segment begun =
                segments.begin(
                        file,
                        new SegmentHeader(
                                segments.nextNumber(),
                                segments.drawTag(),
                                ++lastSequence,
                                List.of(),
                                notes));
        notes.clear();
        return begun;
    }

    private void flush(Outcome[] outcomes) {
        if (pending.isEmpty()) {
            return;
        }
        Segment segment = active.orElseThrow();
        int start = segment.end();
        int bytes = buffer.position();
        buffer.flip();
        try {
            segment.file().write(start, buffer);
            segment.file().sync();
            segment.endAt(start + bytes);
            long good = pending.values().stream().filter(each -> heals(each.record())).count();
            index.write(held -> pending.values().forEach(each -> learn(held, each)));
            pending.keySet().forEach(index::clear);
            healed.addAndGet(good);
            answer(outcomes, new Outcome.Done());
        } catch (IOException failed) {
            LOG.warn("blobs not written segment={} reason={}", segment.number(), failed.toString());
            distrust(segment, start);
            Outcome failure = failure(failed);
            if (failure instanceof Outcome.Full) {
                segments.meetFullDisk();
            }
            answer(outcomes, failure);
        } catch (RuntimeException | Error bug) {
            // What of it is on the disk nobody knows, as after a sync that failed.
            distrust(segment, start);
            answer(outcomes, new Outcome.Failed("a mistake in this program: " + bug));
            throw bug;
        } finally {
            pending.clear();
            buffer.clear();
        }
    }

    private boolean heals(PackRecord record) {
        return record.beginsBlob() && index.get(record.key()).filter(index::isBad).isPresent();
    }

    /// How many blobs were bad and were put again.
    long healed() {
        return healed.get();
    }

    private static Outcome failure(IOException failed) {
        return NoSpace.orElse(failed) instanceof NoSpace full
                ? new Outcome.Full(full.words())
                : new Outcome.Failed("not written to the disk: " + failed);
    }

    private void distrust(Segment segment, int from) {
        segment.distrustFrom(from);
        distrusted.add(new Distrust(segment.number(), from));
        active = Optional.empty();
    }

    private void answer(Outcome[] outcomes, Outcome outcome) {
        pending.values().forEach(each -> each.changes().forEach(at -> outcomes[at] = outcome));
    }

    // Read again, because compaction may have moved it while this was written.
    private static void learn(BlobIndex held, Pending written) {
        PackRecord record = written.record();
        Optional<IndexEntry> present = held.get(record.key());
        switch (record.kind()) {
            case SMALL, LARGE ->
                    held.put(
                            new IndexEntry(
                                    record.key(),
                                    record.life(),
                                    record.sequence(),
                                    record.references(),
                                    record.unreferencedSince(),
                                    new Place(record.segment(), written.offset()),
                                    record.sizeBytes(),
                                    record.kind() == Kind.LARGE,
                                    IndexEntry.NOWHERE,
                                    false));
            case REFERENCES -> present.ifPresent(entry -> held.put(entry.withReferencesOf(record)));
            case GONE -> {
                held.remove(record.key());
                held.countGone(record.segment(), record.sizeBytes(), record.sequence());
            }
        }
    }
}
