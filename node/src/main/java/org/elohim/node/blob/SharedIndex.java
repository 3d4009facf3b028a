package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.id.ContentHash;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The index, for many threads; nobody touches a file while holding its lock.
final class SharedIndex {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final BlobIndex index;
    // Whose bytes the disk did not give: perhaps it will, so they are no damaged ones; but nobody
    // who brings them again may be told that they are there. Not more than there are blobs.
    private final Map<ContentHash, Place> suspects = new ConcurrentHashMap<>();

    SharedIndex(BlobIndex index) {
        this.index = index;
    }

    Optional<IndexEntry> get(ContentHash key) {
        return read(held -> held.get(key));
    }

    <T> T read(Function<BlobIndex, T> question) {
        lock.readLock().lock();
        try {
            return question.apply(index);
        } finally {
            lock.readLock().unlock();
        }
    }

    void write(Consumer<BlobIndex> change) {
        lock.writeLock().lock();
        try {
            change.accept(index);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /// Whether the blob that was found is not where it was, or another one.
    boolean hasMoved(IndexEntry found) {
        return get(found.key()).filter(now -> isSame(now, found)).isEmpty();
    }

    private static boolean isSame(IndexEntry now, IndexEntry found) {
        return now.life() == found.life() && now.place().equals(found.place());
    }

    /// What was found to be bad is not served again, unless it was written anew meanwhile.
    void markDamaged(IndexEntry found) {
        write(
                held ->
                        held.get(found.key())
                                .filter(now -> isSame(now, found))
                                .ifPresent(now -> held.put(now.asDamaged())));
    }

    /// The disk did not give what was found, twice.
    void suspect(IndexEntry found) {
        suspects.put(found.key(), found.place());
    }

    /// The disk has given it.
    void trust(IndexEntry found) {
        suspects.remove(found.key(), found.place());
    }

    boolean isSuspect(IndexEntry found) {
        return Optional.ofNullable(suspects.get(found.key()))
                .filter(place -> place.equals(found.place()))
                .isPresent();
    }

    /// Whether it is damaged, or the disk did not give it.
    boolean isBad(IndexEntry found) {
        return found.damaged() || isSuspect(found);
    }

    /// Names all that are known to be damaged, holding no lock meanwhile.
    void forEachDamaged(Consumer<ContentHash> consumer) {
        int slots = read(BlobIndex::slots);
        for (int from = 0; from < slots; from += BlobIndex.CHUNK_SLOTS) {
            int first = from;
            int last = Math.min(slots, from + BlobIndex.CHUNK_SLOTS);
            List<ContentHash> damaged =
                    read(
                            held ->
                                    IntStream.range(first, last)
                                            .mapToObj(held::at)
                                            .flatMap(Optional::stream)
                                            .filter(IndexEntry::damaged)
                                            .map(IndexEntry::key)
                                            .toList());
            damaged.forEach(consumer);
        }
    }

    /// It was written anew, or is gone.
    void clear(ContentHash key) {
        suspects.remove(key);
    }
}
