package org.elohim.node.blob;

import akka.util.ByteString;

import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// One content on its way in: in memory while it may be small, then in a file.
///
/// Invariants: it is kept once, as a whole, and under its own hash, or nothing of it stays. Each
/// call may wait for the disk; one that comes while another is at work waits for that.
final class Arrival implements AutoCloseable {
    private static final int GROWTH_MIN = 64 << 10;
    private static final byte[] NOTHING = {};

    private final BlobStore store;
    private final BlobKeeper keeper;
    private final Optional<UnfinishedBlobs.Name> name;
    private final boolean isInherited;
    private final boolean isLong;
    private final ReentrantLock lock = new ReentrantLock();
    // All that has come, and room for more, while there is no file.
    private byte[] small = NOTHING;
    private Optional<LargePut> large = Optional.empty();
    private long bytes;
    private boolean ended;

    /// @param name by which it may be gone on with later, where its hash is known
    /// @param bytesTold how much is to come, 0 where nobody has said
    Arrival(
            BlobStore store,
            BlobKeeper keeper,
            Optional<UnfinishedBlobs.Name> name,
            long bytesTold) {
        this.store = store;
        this.keeper = keeper;
        this.name = name;
        this.isInherited = false;
        this.isLong = !store.isSmall(bytesTold);
    }

    /// Goes on with what an earlier process has left, or this one has let rest.
    Arrival(BlobStore store, BlobKeeper keeper, LargePut rested) {
        this.store = store;
        this.keeper = keeper;
        this.name = Optional.empty();
        this.isInherited = true;
        this.isLong = true;
        this.large = Optional.of(rested);
        this.bytes = rested.contentBytes();
    }

    /// Whether somebody else may have spoiled what it began with: the disk, by a loss of power.
    boolean isInherited() {
        return isInherited;
    }

    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /// Looks, while nobody else is at work, whether a part may be written.
    @FunctionalInterface
    interface Guard {
        void check() throws IOException;
    }

    /// @throws IOException where there is no room, or the disk failed; it can only be closed then
    void write(ByteString part) throws IOException {
        write(part, () -> {});
    }

    void write(ByteString part, Guard guard) throws IOException {
        lock.lock();
        try {
            checkOpen();
            guard.check();
            if (large.isEmpty() && (isLong || !store.isSmall(bytes + part.size()))) {
                LargePut file =
                        name.isPresent() ? store.beginLarge(name.get()) : store.beginLarge();
                large = Optional.of(file);
                file.write(ByteBuffer.wrap(small, 0, (int) bytes));
                small = NOTHING;
            }
            if (large.isPresent()) {
                // In one, so that it is hashed beside the writing.
                large.get().write(part.asByteBuffer());
            } else {
                hold(part, (int) bytes);
            }
            bytes += part.size();
        } finally {
            lock.unlock();
        }
    }

    private void hold(ByteString part, int held) {
        int needed = held + part.size();
        if (needed > small.length) {
            int roomy = Math.max(needed, Math.max(GROWTH_MIN, 2 * small.length));
            small = Arrays.copyOf(small, Math.min(PackFormat.SMALL_BYTES_MAX, roomy));
        }
        part.copyToArray(small, held, part.size());
    }

    /// Keeps it, where it is what was promised; it is over then in any case.
    Stored finish(Optional<ContentHash> promised, Reach reach) throws IOException {
        lock.lock();
        try {
            checkOpen();
            ended = true;
            return large.isPresent()
                    ? finishLarge(large.get(), promised, reach)
                    : finishSmall(promised, reach);
        } finally {
            lock.unlock();
        }
    }

    private Stored finishSmall(Optional<ContentHash> promised, Reach reach) {
        BlobStore.Hashed hashed = store.hash(ByteBuffer.wrap(small, 0, (int) bytes));
        if (promised.filter(hash -> !hash.equals(hashed.key())).isPresent()) {
            return new Stored.Other(hashed.key());
        }
        Outcome outcome = keeper.keep(hashed, reach).toCompletableFuture().join();
        return Stored.of(outcome, hashed.key(), bytes, reach);
    }

    private Stored finishLarge(LargePut file, Optional<ContentHash> promised, Reach reach)
            throws IOException {
        try (file) {
            ContentHash hash = file.finish();
            if (promised.filter(wanted -> !wanted.equals(hash)).isPresent()) {
                return new Stored.Other(hash);
            }
            return Stored.of(keeper.keep(file, hash, reach), hash, bytes, reach);
        } catch (IOException failed) {
            return Stored.of(failed);
        }
    }

    private void checkOpen() throws IOException {
        if (ended) {
            throw new IOException("nobody waits for this content any more");
        }
    }

    /// No more comes for now, and perhaps from nobody of this process.
    void rest() throws IOException {
        lock.lock();
        try {
            if (!ended) {
                ended = true;
                if (large.isPresent()) {
                    large.get().rest();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Nothing of it stays, unless it was kept.
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (!ended) {
                ended = true;
                if (large.isPresent()) {
                    large.get().close();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
