package org.elohim.node.blob;

import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.blob.UnfinishedBlobs.Going;
import org.elohim.protocol.blob.UnfinishedBlobs.Limits;
import org.elohim.protocol.blob.UnfinishedBlobs.Name;
import org.elohim.protocol.blob.UnfinishedBlobs.Taken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/// The files of large blobs of which a part has come, and which are gone on with: each named after
/// the blob that it is to become.
///
/// Invariants: nobody opens or makes one that somebody else is at work at, or that is being
/// deleted; what is counted as resting can be had for its room by whoever wants to write; once it
/// is closed nothing is deleted any more.
final class UnfinishedFiles {
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedFiles.class);
    // Somebody who gives is switched off at night, for one.
    private static final Duration NODES_REST_MAX = Duration.ofDays(1);

    private final BlobDisk disk;
    private final Space space;
    private final InstantSource clock;
    // Held while a file is deleted, so that nobody makes it meanwhile.
    private final ReentrantLock lock = new ReentrantLock();
    private final UnfinishedBlobs blobs;
    private boolean closed;

    UnfinishedFiles(BlobDisk disk, Space space, InstantSource clock) {
        this.disk = disk;
        this.space = space;
        this.clock = clock;
        this.blobs =
                new UnfinishedBlobs(
                        new Limits(
                                BlobUploads.ALL_MAX,
                                BlobUploads.OF_OWNER_MAX,
                                space.capacityBytes() / 2,
                                NODES_REST_MAX.toMillis(),
                                BlobUploads.REST_MAX.toMillis()));
        space.onShortage(this::giveRoom);
    }

    /// Somebody wants to begin it, and what rests of it is deleted for it.
    ///
    /// @return `false` where somebody else is at work at it, or it cannot be deleted
    boolean takeAnew(Name name) {
        lock.lock();
        try {
            return switch (blobs.take(name)) {
                case Taken.Anew() -> true;
                case Taken.GoesOn(long bytes) ->
                        delete(new Going(name, bytes)) && blobs.take(name) instanceof Taken.Anew;
                case Taken.Busy() -> false;
            };
        } finally {
            lock.unlock();
        }
    }

    /// Somebody wants to go on with it.
    ///
    /// @return how long its file is; nothing where nothing rests
    OptionalLong takeResting(Name name) {
        lock.lock();
        try {
            return blobs.rests(name) && blobs.take(name) instanceof Taken.GoesOn(long bytes)
                    ? OptionalLong.of(bytes)
                    : OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /// Nobody is at work at it any more, and its file is there with so many bytes.
    void rest(Name name, long bytes) {
        lock.lock();
        try {
            delete(blobs.rest(name, bytes, clock.millis()));
        } finally {
            lock.unlock();
        }
    }

    /// It has no file of that name any more.
    void end(Name name) {
        lock.lock();
        try {
            blobs.end(name);
        } finally {
            lock.unlock();
        }
    }

    /// Of whoever is at work at it: nothing of it is to stay. Its file takes so much.
    void drop(Name name, long bytes) {
        lock.lock();
        try {
            delete(List.of(new Going(name, bytes)));
        } finally {
            lock.unlock();
        }
    }

    /// Nobody wants what rests of it.
    void dropResting(Name name) {
        lock.lock();
        try {
            if (blobs.rests(name) && blobs.take(name) instanceof Taken.GoesOn(long bytes)) {
                var _ = delete(new Going(name, bytes));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Deletes what has rested too long; returns how many those were.
    int sweep() {
        lock.lock();
        try {
            List<Going> overdue = blobs.overdue(clock.millis());
            delete(overdue);
            return overdue.size();
        } finally {
            lock.unlock();
        }
    }

    /// Deletes what has rested longest; `false` where nothing was.
    boolean giveRoom() {
        lock.lock();
        try {
            Optional<Going> longest = closed ? Optional.empty() : blobs.longest();
            return longest.isPresent() && delete(longest.get());
        } finally {
            lock.unlock();
        }
    }

    int resting() {
        lock.lock();
        try {
            return blobs.resting();
        } finally {
            lock.unlock();
        }
    }

    long restingBytes() {
        lock.lock();
        try {
            return blobs.restingBytes();
        } finally {
            lock.unlock();
        }
    }

    private void delete(List<Going> all) {
        for (Going each : all) {
            var _ = delete(each);
        }
    }

    private boolean delete(Going going) {
        if (closed) {
            return false;
        }
        try {
            disk.delete(FileNames.part(going.name()));
        } catch (NoSuchFileException gone) {
            // It was told that it could not be deleted, and it was.
            LOG.debug("deleted before blob={}", going.name().blob());
        } catch (IOException failed) {
            LOG.warn(
                    "what came of a blob is not deleted blob={} reason={}",
                    going.name().blob(),
                    failed.toString());
            blobs.stays(going.name(), going.bytes(), clock.millis());
            return false;
        }
        space.give(going.bytes());
        blobs.end(going.name());
        return true;
    }

    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }
}
