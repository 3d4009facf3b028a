package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/// All that a store of blobs does, in the thread of whoever asks for it.
///
/// Invariants: what was answered as done survives the loss of power at any moment; what was not is
/// there as a whole or not at all; no byte is handed out that was not checked.
final class PackStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PackStore.class);
    // How often a blob may be moved away under a reader before he gives up.
    private static final int READS_MAX = 8;
    // So many blobs are let go with one write.
    private static final int SWEPT_MAX = 1000;

    private final BlobDisk disk;
    private final BlobSettings settings;
    private final InstantSource clock;
    private final Space space;
    private final Segments segments;
    private final SharedIndex index;
    private final PackWriter writer;
    private final Compactor compactor;
    private final LargeBlobs largeBlobs;
    // Between a large file and the record of it nobody else gives or takes a name.
    private final ReentrantLock largeNames = new ReentrantLock();
    // Sweep, compaction and checkpoint, one after the other.
    private final ReentrantLock upkeep = new ReentrantLock();
    private final long scannedBytes;
    private volatile long checkpointSequence;

    private PackStore(
            BlobDisk disk,
            BlobSettings settings,
            InstantSource clock,
            Space space,
            Segments segments,
            Recovery.Found found) {
        this.disk = disk;
        this.settings = settings;
        this.clock = clock;
        this.space = space;
        this.segments = segments;
        this.index = new SharedIndex(found.index());
        this.writer =
                new PackWriter(segments, index, clock, found.lastSequence(), found.lastBatch());
        this.compactor = new Compactor(segments, writer, index, settings.deadPercent());
        this.largeBlobs = new LargeBlobs(disk, segments, space);
        this.checkpointSequence = found.checkpointSequence();
        this.scannedBytes = found.scannedBytes();
    }

    /// Finds out what the disk holds; fails where it cannot be read, or not be written to although
    /// something has to be.
    static PackStore open(
            BlobDisk disk, BlobSettings settings, InstantSource clock, RandomGenerator random)
            throws IOException {
        var space = new Space(settings.capacityBytes());
        var segments = new Segments(disk, settings.segmentBytes(), space, random);
        Recovery.Found found;
        try {
            found = new Recovery(disk, segments, space, random.nextLong()).run();
        } catch (IOException failed) {
            segments.closeFiles();
            throw failed;
        }
        var store = new PackStore(disk, settings, clock, space, segments, found);
        try {
            store.adoptOrphans(found.orphans());
        } catch (IOException failed) {
            store.close();
            throw failed;
        }
        try {
            segments.keepReserve();
        } catch (IOException noRoom) {
            LOG.warn("blobs can be read and let go, and not be put: {}", noRoom.getMessage());
        }
        return store;
    }

    // The process died between the name of the file and the record of it, or the record is damaged.
    private void adoptOrphans(List<ContentHash> orphans) throws IOException {
        List<Change> puts = new ArrayList<>();
        for (ContentHash hash : orphans) {
            try (LargeBlobs.Reading content = largeBlobs.open(hash)) {
                puts.add(new Change.PutLarge(hash, content.contentBytes()));
            }
        }
        writer.commit(puts);
    }

    /// Makes these changes durable, with as few syncs as can be.
    List<Outcome> commit(List<Change> changes) {
        return writer.commit(changes);
    }

    boolean isSmall(long bytes) {
        return bytes <= settings.smallBytesMax();
    }

    LargeBlobs.Writing beginLarge() throws IOException {
        return largeBlobs.begin();
    }

    /// Keeps a large blob all of which was written, under this hash and no other.
    Outcome keepLarge(LargeBlobs.Writing written, ContentHash hash) throws IOException {
        largeNames.lock();
        try {
            boolean isThere = index.get(hash).filter(entry -> !entry.damaged()).isPresent();
            if (isThere) {
                written.abandon();
            } else {
                written.keepAs(hash);
            }
            return writer.commit(List.of(new Change.PutLarge(hash, written.contentBytes())))
                    .getFirst();
        } finally {
            largeNames.unlock();
        }
    }

    Optional<IndexEntry> entry(ContentHash hash) {
        return index.get(hash);
    }

    Found get(ContentHash hash) {
        for (int i = 0; i < READS_MAX; i++) {
            Optional<IndexEntry> entry = index.get(hash);
            if (entry.isEmpty()) {
                return new Found.Absent();
            }
            if (entry.get().damaged()) {
                return new Found.Damaged();
            }
            Optional<Found> found = tryGet(entry.get());
            if (found.isPresent()) {
                return found.get();
            }
        }
        return new Found.Unreadable("it was moved away under each of " + READS_MAX + " reads");
    }

    // Nothing where the blob has moved meanwhile.
    private Optional<Found> tryGet(IndexEntry entry) {
        try {
            Found found =
                    entry.large()
                            ? new Found.Large(largeBlobs.open(entry.key()))
                            : new Found.Small(read(entry));
            return Optional.of(found);
        } catch (DamagedBlob damaged) {
            if (hasMoved(entry)) {
                return Optional.empty();
            }
            LOG.warn("a blob is damaged blob={} reason={}", entry.key(), damaged.getMessage());
            index.markDamaged(entry);
            return Optional.of(new Found.Damaged());
        } catch (IOException failed) {
            return hasMoved(entry)
                    ? Optional.empty()
                    : Optional.of(new Found.Unreadable("not read from the disk: " + failed));
        }
    }

    private boolean hasMoved(IndexEntry entry) {
        return index.get(entry.key())
                .filter(now -> now.life() == entry.life())
                .filter(now -> now.place().equals(entry.place()))
                .isEmpty();
    }

    private ByteBuffer read(IndexEntry entry) throws IOException {
        Segment segment =
                segments.get(entry.place().segment())
                        .orElseThrow(() -> new DamagedBlob("its segment is not there"));
        var bytes = ByteBuffer.allocate(entry.recordBytes());
        segment.file().read(entry.place().offset(), bytes);
        bytes.flip();
        PackFormat.Head head =
                PackFormat.read(bytes)
                        .filter(read -> isOf(read.record(), entry, segment))
                        .orElseThrow(() -> new DamagedBlob("its record is not where it should be"));
        int length = (int) head.record().contentBytes();
        ByteBuffer content = bytes.slice(PackFormat.HEAD_BYTES, length);
        if (!head.isOf(content)) {
            throw new DamagedBlob("its content is not as it was written");
        }
        return content;
    }

    private static boolean isOf(PackRecord record, IndexEntry entry, Segment segment) {
        return record.kind() == PackRecord.Kind.SMALL
                && record.tag() == segment.tag()
                && record.key().equals(entry.key())
                && record.life() == entry.life()
                && record.sizeBytes() == entry.recordBytes();
    }

    /// Tells the store that a large blob was found to be damaged while it was read.
    void reportDamaged(ContentHash hash) {
        index.get(hash).ifPresent(index::markDamaged);
    }

    /// Lets go of what has had no reference for as long as the grace; returns how many those were.
    int sweep() throws IOException {
        upkeep.lock();
        try {
            long latest = clock.instant().minus(settings.grace()).getEpochSecond();
            int swept = 0;
            int slot = 0;
            int slots = index.read(BlobIndex::slots);
            while (slot < slots) {
                List<IndexEntry> due = new ArrayList<>();
                int from = slot;
                slot = Math.min(slots, from + BlobIndex.CHUNK_SLOTS);
                int to = slot;
                index.read(held -> collect(held, from, to, latest, due));
                for (int i = 0; i < due.size(); i += SWEPT_MAX) {
                    swept += forget(due.subList(i, Math.min(due.size(), i + SWEPT_MAX)));
                }
            }
            return swept;
        } finally {
            upkeep.unlock();
        }
    }

    private static int collect(
            BlobIndex held, int from, int to, long latest, List<IndexEntry> due) {
        for (int slot = from; slot < to; slot++) {
            held.at(slot)
                    .filter(entry -> entry.references() == 0)
                    .filter(entry -> entry.unreferencedSince() <= latest)
                    .ifPresent(due::add);
        }
        return due.size();
    }

    private int forget(List<IndexEntry> due) throws IOException {
        largeNames.lock();
        try {
            List<Change> changes = new ArrayList<>();
            due.forEach(entry -> changes.add(new Change.Forget(entry.key(), entry.sequence())));
            List<Outcome> outcomes = writer.commit(changes);
            int forgotten = 0;
            for (int i = 0; i < outcomes.size(); i++) {
                if (outcomes.get(i) instanceof Outcome.Done) {
                    forgotten++;
                    if (due.get(i).large() && !due.get(i).damaged()) {
                        largeBlobs.delete(due.get(i).key());
                    }
                }
            }
            return forgotten;
        } finally {
            largeNames.unlock();
        }
    }

    /// Makes mostly dead segments free; returns how many.
    int compact() throws IOException {
        upkeep.lock();
        try {
            return compactor.run(checkpointSequence);
        } finally {
            upkeep.unlock();
        }
    }

    /// Writes the index down, so that the next start need not read everything.
    void checkpoint() throws IOException {
        upkeep.lock();
        try {
            Checkpoint checkpoint = writer.checkpoint();
            if (checkpoint.lastSequence() == checkpointSequence) {
                return;
            }
            CheckpointFile.write(disk, checkpoint, index);
            checkpointSequence = checkpoint.lastSequence();
        } finally {
            upkeep.unlock();
        }
    }

    /// Makes ready what puts will want, so that they need not wait for it.
    void prepare() throws IOException {
        segments.keepSpare(settings.spareSegments());
    }

    BlobStats stats() {
        return new BlobStats(
                index.read(BlobIndex::size),
                space.takenBytes(),
                space.capacityBytes(),
                segments.used().size(),
                segments.freeCount(),
                scannedBytes);
    }

    /// What was answered is on the disk already.
    @Override
    public void close() throws IOException {
        segments.closeFiles();
    }
}
