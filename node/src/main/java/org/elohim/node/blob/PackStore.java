package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.ScrubCycle;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// All that a store of blobs does, in the thread of whoever asks for it.
///
/// Invariants: what was answered as done survives the loss of power at any moment; what was not is
/// there as a whole or not at all; no byte is handed out that was not checked; once it is closed it
/// changes nothing in its directory, whoever still holds a part of it.
final class PackStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PackStore.class);
    // Of what it may take.
    private static final int LEFT_PERCENT = 5;
    // As many as the first put of all fills, and one more.
    private static final int SEGMENTS_LEFT = 4;

    private final BlobDisk disk;
    private final CheckpointStore checkpoints;
    private final BlobSettings settings;
    private final InstantSource clock;
    private final Space space;
    private final Segments segments;
    private final SharedIndex index;
    private final PackWriter writer;
    private final Compactor compactor;
    private final UnfinishedFiles unfinished;
    private final LargeBlobs largeBlobs;
    private final BlobReader reader;
    private final Sweep sweep;
    // Between a large file and the record of it nobody else gives or takes a name.
    private final ReentrantLock largeNames = new ReentrantLock();
    // Sweep, compaction, checkpoint and the filling of segments, one after the other.
    private final ReentrantLock upkeep = new ReentrantLock();
    private final Recovery.Found found;
    // What was told up to it no checkpoint knows that may be there.
    private long forgettableSequence;
    // What the last checkpoint tells; negative where it has to be written all the same.
    private long writtenSequence;
    // Written under both locks.
    private volatile boolean closed;

    private PackStore(
            BlobDisk disk,
            CheckpointStore checkpoints,
            BlobSettings settings,
            InstantSource clock,
            Space space,
            Segments segments,
            Recovery.Found found) {
        this.disk = disk;
        this.checkpoints = checkpoints;
        this.settings = settings;
        this.clock = clock;
        this.space = space;
        this.segments = segments;
        this.found = found;
        this.index = new SharedIndex(found.index());
        this.writer =
                new PackWriter(segments, index, clock, found.lastSequence(), found.lastBatch());
        this.compactor = new Compactor(segments, writer, index, settings.deadPercent());
        this.unfinished = new UnfinishedFiles(disk, space, clock);
        this.largeBlobs = new LargeBlobs(disk, segments, space, unfinished);
        this.reader = new BlobReader(segments, index, largeBlobs, largeNames);
        this.sweep = new Sweep(disk, index, writer, largeBlobs, largeNames);
        this.forgettableSequence = found.checkpointSequence();
        this.writtenSequence = found.isDoubtful() ? -1 : found.checkpointSequence();
    }

    /// Finds out what the disk holds; fails where its names or files cannot be opened, or cannot be
    /// written to although something has to be.
    static PackStore open(
            BlobDisk disk,
            CheckpointStore checkpoints,
            BlobSettings settings,
            InstantSource clock,
            RandomGenerator random)
            throws IOException {
        var space = new Space(settings.capacityBytes());
        var segments = new Segments(disk, settings, space, random);
        boolean isOpen = false;
        try {
            Recovery.Found found =
                    new Recovery(disk, checkpoints, segments, space, random.nextLong()).run();
            var store = new PackStore(disk, checkpoints, settings, clock, space, segments, found);
            if (found.isDoubtful()) {
                store.beginGracesAnew();
            }
            found.unfinished().forEach(store.unfinished::rest);
            store.adoptOrphans(found.orphans());
            if (!store.isUnused()) {
                store.keepReserve();
            }
            isOpen = true;
            return store;
        } finally {
            if (!isOpen) {
                segments.closeFiles();
            }
        }
    }

    // What is lost may have been that somebody wants a blob which seems to have been unwanted for
    // long. Whoever counts its references says so again before a whole grace has passed.
    private void beginGracesAnew() {
        LOG.warn(
                "something that the store of blobs had written is lost or cannot be read; blobs"
                        + " without references are kept for another grace");
        long now = clock.instant().getEpochSecond();
        index.write(
                held -> {
                    for (int slot = 0; slot < held.slots(); slot++) {
                        held.at(slot)
                                .filter(entry -> entry.references() == 0)
                                .ifPresent(entry -> held.put(entry.withGraceFrom(now)));
                    }
                });
    }

    // The process died between the name of a file and the record of it, or the record is damaged.
    private void adoptOrphans(List<ContentHash> orphans) {
        for (ContentHash hash : orphans) {
            try {
                adopt(hash);
            } catch (IOException failed) {
                LOG.warn("a file is no blob for now file={} reason={}", hash, failed.toString());
            }
        }
    }

    private void adopt(ContentHash hash) throws IOException {
        if (index.get(hash).filter(entry -> !entry.large() && !entry.damaged()).isPresent()) {
            // It was put once more as a small one.
            largeBlobs.delete(hash);
            return;
        }
        OptionalLong length = largeBlobs.verify(hash);
        if (length.isEmpty()) {
            LOG.warn("a file is not the blob that its name says file={}", hash);
            return;
        }
        Outcome outcome =
                writer.commit(List.of(new Change.PutLarge(hash, length.getAsLong()))).getFirst();
        if (!(outcome instanceof Outcome.Done)) {
            LOG.warn("a file is no blob for now file={} reason={}", hash, outcome);
        }
    }

    /// Whether nothing was ever put. A node that has no blobs is to take no room for them.
    boolean isUnused() {
        return segments.used().isEmpty() && segments.freeCount() == 0;
    }

    private void keepReserve() {
        try {
            segments.keepReserve();
        } catch (IOException noRoom) {
            LOG.warn("blobs can be read and let go, and not be put: {}", noRoom.getMessage());
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the store of blobs is closed");
        }
    }

    /// Makes these changes durable, with as few syncs as can be.
    List<Outcome> commit(List<Change> changes) {
        return writer.commit(changes);
    }

    boolean isSmall(long bytes) {
        return bytes <= settings.smallBytesMax();
    }

    LargeWriting beginLarge() throws IOException {
        checkOpen();
        return largeBlobs.begin();
    }

    LargeWriting beginLarge(UnfinishedBlobs.Name name) throws IOException {
        checkOpen();
        return largeBlobs.begin(name);
    }

    Optional<LargeWriting> goOnLarge(UnfinishedBlobs.Name name) throws IOException {
        checkOpen();
        return largeBlobs.goOn(name);
    }

    UnfinishedFiles unfinished() {
        return unfinished;
    }

    int sweepUnfinished() throws IOException {
        return keepUp(unfinished::sweep);
    }

    /// Keeps a large blob all of which was written, under its hash. It takes the place of whatever
    /// is there under that name: as good, or better.
    ///
    /// @param references at least so many it has from then on
    /// @param commit makes the record of it durable; not in this thread where that may be
    ///   interrupted, which would close the segment for everybody
    Outcome keepLarge(LargeWriting written, int references, Function<Change, Outcome> commit)
            throws IOException {
        largeNames.lock();
        try {
            checkOpen();
            ContentHash hash = written.hash();
            written.giveName();
            Outcome outcome =
                    commit.apply(new Change.PutLarge(hash, written.contentBytes(), references));
            boolean isWanted = index.get(hash).filter(IndexEntry::large).isPresent();
            // Where the record has failed it may be there at the next start, and wants its file.
            if (!isWanted && !(outcome instanceof Outcome.Failed)) {
                largeBlobs.delete(hash);
            }
            return outcome;
        } finally {
            largeNames.unlock();
        }
    }

    /// Nobody wants what was written.
    void abandon(LargeWriting written) throws IOException {
        end(written, LargeWriting::abandon);
    }

    /// Nobody is at work at what was written.
    void rest(LargeWriting written) throws IOException {
        end(written, LargeWriting::rest);
    }

    private interface End {
        void of(LargeWriting written) throws IOException;
    }

    private void end(LargeWriting written, End end) throws IOException {
        largeNames.lock();
        try {
            if (closed) {
                written.leave();
            } else {
                end.of(written);
            }
        } finally {
            largeNames.unlock();
        }
    }

    BlobStore.Leaf entries(int from) {
        return index.read(
                held -> {
                    int to = Math.min(held.slots(), from + BlobIndex.CHUNK_SLOTS);
                    List<IndexEntry> entries = new ArrayList<>();
                    for (int slot = from; slot < to; slot++) {
                        held.at(slot).ifPresent(entries::add);
                    }
                    return new BlobStore.Leaf(entries, to == held.slots() ? -1 : to);
                });
    }

    Optional<IndexEntry> entry(ContentHash hash) {
        return index.get(hash);
    }

    Found get(ContentHash hash) {
        return reader.get(hash);
    }

    boolean isGood(ContentHash hash) {
        return reader.isGood(hash);
    }

    void onDamage(DamageListener listener) {
        reader.onDamage(listener);
        index.forEachDamaged(reader::tell);
    }

    /// What looks at all blobs in turn.
    Scrubber scrubber(ScrubCycle cycle, RandomGenerator random) {
        return new Scrubber(
                index, segments, reader, writer, new ScrubFile(disk), cycle, clock, random);
    }

    int damaged() {
        return index.read(BlobIndex::damaged);
    }

    private interface Step<T> {
        T take() throws IOException;
    }

    private <T> T keepUp(Step<T> step) throws IOException {
        upkeep.lock();
        try {
            checkOpen();
            return step.take();
        } finally {
            upkeep.unlock();
        }
    }

    /// Lets go of what has had no reference for as long as the grace; returns how many those were.
    int sweep() throws IOException {
        return keepUp(() -> sweep.run(clock.instant().minus(settings.grace()).getEpochSecond()));
    }

    /// Makes mostly dead segments free; returns how many.
    int compact() throws IOException {
        return keepUp(() -> compactor.run(forgettableSequence));
    }

    /// Writes the index down, so that the next start need not read everything.
    void checkpoint() throws IOException {
        keepUp(
                () -> {
                    Checkpoint checkpoint = writer.checkpoint();
                    if (checkpoint.lastSequence() != writtenSequence) {
                        write(checkpoint);
                    }
                    return checkpoint;
                });
    }

    private void write(Checkpoint checkpoint) throws IOException {
        // As long as it is open which of the two is there, both may tell of blobs that are gone.
        forgettableSequence = Math.min(forgettableSequence, checkpoint.lastSequence());
        checkpoints.write(checkpoint, index);
        forgettableSequence = checkpoint.lastSequence();
        writtenSequence = checkpoint.lastSequence();
    }

    /// Makes ready what puts will want, so that they need not wait for it.
    void prepare() throws IOException {
        keepUp(
                () -> {
                    segments.keepSpare(settings.spareSegments());
                    return settings;
                });
    }

    BlobStats stats() {
        return new BlobStats(
                index.read(BlobIndex::size),
                space.takenBytes(),
                space.capacityBytes(),
                segments.used().size(),
                segments.freeCount(),
                found.scannedBytes(),
                unfinished.resting(),
                unfinished.restingBytes());
    }

    /// Whether others may give it more to keep. What is left then is for what is put here, and on
    /// the disk for whatever else lies there, as the node's own journal.
    boolean hasRoom() throws IOException {
        // Once taken, segments are kept, so a store that was emptied has its room there; what rests
        // unfinished gives way to whoever wants to write.
        long ready = segments.readyBytes() + unfinished.restingBytes();
        long left = space.capacityBytes() - space.takenBytes() + ready;
        return left > space.capacityBytes() / 100 * LEFT_PERCENT
                && left >= settings.segmentBytes()
                && disk.usableBytes() + ready >= (long) SEGMENTS_LEFT * settings.segmentBytes();
    }

    /// Whether the start has met something that was lost, so that graces have begun anew.
    boolean isDoubtful() {
        return found.isDoubtful();
    }

    /// A compaction that runs ends after the segment that it is at.
    void hurry() {
        compactor.stop();
    }

    /// Waits for whoever is at work. What was answered is on the disk already.
    @Override
    public void close() throws IOException {
        hurry();
        upkeep.lock();
        try {
            largeNames.lock();
            try {
                closed = true;
                unfinished.close();
                writer.close();
                segments.closeFiles();
            } finally {
                largeNames.unlock();
            }
        } finally {
            upkeep.unlock();
        }
    }
}
