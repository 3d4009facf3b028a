package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.blob.SegmentHeader.Distrust;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/// The files that are segments, were segments, or will be.
///
/// Files that are made in calm are filled with zeros, because a single write into what was
/// allocated before is durable sooner; so files that are wanted no more are used again. Where more
/// is put than was made ready a file is used unfilled: the disk then allocates while it is written
/// to, which costs many writes together less than writing all of it twice.
///
/// Invariants: when the disk is full one file is left for saying what is wanted no more, and one
/// for copying what is, or the store could never be emptied, and both are filled but for less than
/// a record at their end; a file whose writing has failed is not used again; a number is given
/// once.
final class Segments {
    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
    private static final int FILL_BYTES = 1 << 20;
    // One large sync at the end would keep those of the puts beside it waiting.
    private static final int FILL_SYNC_BYTES = 8 << 20;

    /// What a file is taken for, and how many have to be left then.
    enum Use {
        BLOBS(2),
        WORDS(1),
        COMPACTION(0);

        private final int left;

        Use(int left) {
            this.left = left;
        }
    }

    /// A file of a segment's size that holds nothing of value.
    ///
    /// @param isFilled whether the disk has given it all of its room
    record Free(int number, BlobFile file, boolean isFilled) {
        // What is not filled counts for nothing at the next start.
        String name() {
            return isFilled ? FileNames.free(number) : FileNames.unfinished(number);
        }
    }

    private final BlobDisk disk;
    private final int segmentBytes;
    private final int recordBytesMax;
    private final Space space;
    private final RandomGenerator random;
    private final Map<Integer, Segment> used = new ConcurrentHashMap<>();

    // Guards what follows; nobody reads or writes a file while holding it.
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Free> free = new ArrayDeque<>();
    // Have room left, and nobody writes to them.
    private final Deque<Segment> open = new ArrayDeque<>();
    private int lastNumber;
    // Of files that may have become segments without anybody knowing.
    private long oldestLost = Long.MAX_VALUE;
    // A file that is not filled would show only while it is written to that there is no room for
    // it.
    private volatile boolean isScarce;

    Segments(BlobDisk disk, BlobSettings settings, Space space, RandomGenerator random) {
        this.disk = disk;
        this.segmentBytes = settings.segmentBytes();
        this.recordBytesMax = PackFormat.sizeBytes(settings.smallBytesMax());
        this.space = space;
        this.random = random;
    }

    int segmentBytes() {
        return segmentBytes;
    }

    Collection<Segment> used() {
        return used.values();
    }

    Optional<Segment> get(int number) {
        return Optional.ofNullable(used.get(number));
    }

    /// At a start: the file is there.
    void adopt(Segment segment) {
        used.put(segment.number(), segment);
        space.count(segmentBytes);
    }

    /// At a start: takes the numbers up to this one as given.
    void skipTo(int number) {
        lock.lock();
        try {
            lastNumber = Math.max(lastNumber, number);
        } finally {
            lock.unlock();
        }
    }

    void adoptFree(Free file) {
        space.count(segmentBytes);
        offer(file);
    }

    /// May be appended to.
    void reopen(Segment segment) {
        lock.lock();
        try {
            open.add(segment);
        } finally {
            lock.unlock();
        }
    }

    /// Nobody appends to it from now on; `false` where somebody may be about to.
    boolean close(Segment segment, Optional<Segment> active) {
        lock.lock();
        try {
            if (active.filter(segment::equals).isPresent()) {
                return false;
            }
            open.remove(segment);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// One that has room for so many bytes, in no list any more.
    Optional<Segment> takeOpen(int bytes) {
        lock.lock();
        try {
            while (!open.isEmpty()) {
                Segment segment = open.poll();
                if (!segment.isHeld() && segmentBytes - segment.end() >= bytes) {
                    return Optional.of(segment);
                }
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    int freeCount() {
        lock.lock();
        try {
            return free.size();
        } finally {
            lock.unlock();
        }
    }

    long oldestLost() {
        lock.lock();
        try {
            return oldestLost;
        } finally {
            lock.unlock();
        }
    }

    int nextNumber() {
        lock.lock();
        try {
            return ++lastNumber;
        } finally {
            lock.unlock();
        }
    }

    long drawTag() {
        return random.nextLong();
    }

    /// A free file for somebody to write into: a kept one, or a new one as long as there is room.
    Free take(Use use) throws IOException {
        lock.lock();
        try {
            if (free.size() > use.left) {
                return free.poll();
            }
        } finally {
            lock.unlock();
        }
        return isScarce ? make(this::filled) : make(this::sized);
    }

    /// A write has met a full disk: whoever wants a file is told before he writes to it, until
    /// there was room for one.
    void meetFullDisk() {
        isScarce = true;
    }

    /// Of files that are free for blobs, beside those that are kept back.
    long readyBytes() {
        return (long) Math.max(0, freeCount() - Use.BLOBS.left) * segmentBytes;
    }

    boolean hasReserve() {
        return freeCount() >= Use.BLOBS.left;
    }

    /// Sees to it that what is kept back for a full disk is there.
    void keepReserve() throws IOException {
        while (!hasReserve()) {
            addSpare();
        }
    }

    /// Makes so many files ready beside those that are kept back.
    void keepSpare(int count) throws IOException {
        while (freeCount() < Use.BLOBS.left + count) {
            addSpare();
        }
    }

    private void addSpare() throws IOException {
        offer(make(this::filled));
    }

    /// A file that was taken and is not needed; whatever was written to it counts for nothing.
    void giveBack(Free file) {
        if (file.isFilled()) {
            offer(file);
        } else {
            discard(file);
        }
    }

    private void offer(Free file) {
        lock.lock();
        try {
            free.add(file);
        } finally {
            lock.unlock();
        }
    }

    private interface Maker {
        Free make(int number, BlobFile file) throws IOException;
    }

    private Free make(Maker maker) throws IOException {
        if (!space.take(segmentBytes)) {
            throw NoSpace.ofCapacity(space);
        }
        int number = nextNumber();
        String unfinished = FileNames.unfinished(number);
        try {
            BlobFile file = disk.create(unfinished);
            try {
                return maker.make(number, file);
            } catch (IOException failed) {
                closeQuietly(file);
                throw failed;
            }
        } catch (IOException failed) {
            space.give(segmentBytes);
            deleteQuietly(unfinished);
            throw NoSpace.orElse(failed);
        }
    }

    private Free filled(int number, BlobFile file) throws IOException {
        var zeros = ByteBuffer.allocate(Math.min(FILL_BYTES, segmentBytes));
        for (int at = 0; at < segmentBytes; at += zeros.capacity()) {
            zeros.clear().limit(Math.min(zeros.capacity(), segmentBytes - at));
            file.write(at, zeros);
            if ((at + zeros.position()) % FILL_SYNC_BYTES == 0) {
                file.sync();
            }
        }
        file.sync();
        isScarce = false;
        var free = new Free(number, file, true);
        disk.rename(FileNames.unfinished(number), free.name());
        return free;
    }

    // It is synced with its header.
    private Free sized(int number, BlobFile file) throws IOException {
        file.write(segmentBytes - 1, ByteBuffer.allocate(1));
        return new Free(number, file, false);
    }

    /// Makes a segment out of a file; what it holds behind its header is on the disk with it.
    Segment begin(Free file, SegmentHeader header) throws IOException {
        try {
            file.file().write(0, header.encode());
            file.file().sync();
        } catch (IOException failed) {
            discard(file);
            throw NoSpace.orElse(failed);
        }
        var segment =
                new Segment(
                        header.number(),
                        header.tag(),
                        header.created(),
                        file.file(),
                        header.distrusted(),
                        segmentBytes,
                        file.isFilled());
        segment.endAt(SegmentHeader.SIZE_BYTES);
        try {
            disk.rename(file.name(), FileNames.segment(header.number()));
        } catch (IOException failed) {
            lose(header.created());
            closeQuietly(file.file());
            throw failed;
        }
        used.put(segment.number(), segment);
        // Where this fails nobody writes to it, but it is there, and is looked at like all others.
        disk.syncDirectory();
        return segment;
    }

    // It has the old name or the new one: the next start will see.
    private void lose(long created) {
        lock.lock();
        try {
            oldestLost = Math.min(oldestLost, created);
        } finally {
            lock.unlock();
        }
    }

    /// A file whose writing has failed.
    void discard(Free file) {
        closeQuietly(file.file());
        deleteQuietly(file.name());
        space.give(segmentBytes);
    }

    /// Nothing in it is wanted any more.
    void release(Segment segment) throws IOException {
        String name = FileNames.segment(segment.number());
        if (!segment.isTrusted(segmentBytes) || !isAllocated(segment)) {
            disk.delete(name);
            used.remove(segment.number());
            segment.file().close();
            space.give(segmentBytes);
            syncWithout(segment);
            return;
        }
        int number = nextNumber();
        disk.rename(name, FileNames.free(number));
        used.remove(segment.number());
        syncWithout(segment);
        offer(new Free(number, segment.file(), true));
    }

    private boolean isAllocated(Segment segment) {
        return segment.isFilled() || segmentBytes - segment.end() < recordBytesMax;
    }

    private void syncWithout(Segment segment) throws IOException {
        try {
            disk.syncDirectory();
        } catch (IOException failed) {
            // It may be back at the next start.
            lose(segment.created());
            throw failed;
        }
    }

    /// What must go on being told, by whoever replaces these, of segments that are still there.
    List<Distrust> notesOf(Collection<Segment> segments) {
        var notes = new ArrayList<Distrust>();
        for (Segment segment : segments) {
            segment.notes().stream()
                    .filter(note -> used.containsKey(note.segment()))
                    .forEach(notes::add);
        }
        return notes;
    }

    private void deleteQuietly(String name) {
        try {
            disk.delete(name);
        } catch (IOException left) {
            // The next start deletes what is unfinished, and looks at what is free.
            LOG.debug("not deleted file={} reason={}", name, left.toString());
        }
    }

    private static void closeQuietly(BlobFile file) {
        try {
            file.close();
        } catch (IOException closed) {
            LOG.debug("not closed reason={}", closed.toString());
        }
    }

    void closeFiles() throws IOException {
        lock.lock();
        try {
            for (Free file : free) {
                file.file().close();
            }
        } finally {
            lock.unlock();
        }
        for (Segment segment : used.values()) {
            segment.file().close();
        }
    }
}
