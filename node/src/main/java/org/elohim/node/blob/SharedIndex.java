package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.id.ContentHash;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;

/// The index, for many threads; nobody touches a file while holding its lock.
final class SharedIndex {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final BlobIndex index;

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

    /// What was found to be bad is not served again, unless it was written anew meanwhile.
    void markDamaged(IndexEntry found) {
        write(
                held ->
                        held.get(found.key())
                                .filter(now -> now.life() == found.life())
                                .filter(now -> now.place().equals(found.place()))
                                .ifPresent(now -> held.put(now.asDamaged())));
    }
}
