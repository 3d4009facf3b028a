package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.erasure.BlockCheck;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/// A large content on its way to the disk, hashed as it comes. Not for several threads.
///
/// Invariants: it gets a name only where all that was written and the sync after it have worked,
/// and no other name than the hash of that; after a failure it can only be abandoned. What may be
/// gone on with is named after what it is to become until it is synced, and not any more then:
/// after a sync that has failed the system may show what is not on the disk, and nobody may build
/// on it.
final class LargeWriting {
    private enum State {
        OPEN,
        FINISHED,
        FAILED,
        NAMED
    }

    private final LargeBlobs large;
    private final BlobFile file;
    private final MessageDigest digest = ContentHash.sha256();
    private final BlockCheck check = new BlockCheck();
    private final byte[] block = new byte[LargeBlobs.FRAMED_BYTES];
    private String name;
    // As which it may be gone on with, and the name that is left then or may be.
    private Optional<UnfinishedBlobs.Name> wanted;
    private Optional<String> former = Optional.empty();
    private State state = State.OPEN;
    private ContentHash hash = new ContentHash(Bytes.copyOf(new byte[ContentHash.SIZE_BYTES]));
    private int filled;
    private long written;
    private long blocks;
    private long contentBytes;

    LargeWriting(
            LargeBlobs large, String name, BlobFile file, Optional<UnfinishedBlobs.Name> wanted) {
        this.large = large;
        this.name = name;
        this.file = file;
        this.wanted = wanted;
    }

    /// Goes on behind those of the blocks that are there which are as they were written: of what
    /// was not synced a loss of power may have left anything. The last one is not believed in any
    /// case, so that whoever had brought everything has something left to end it with.
    ///
    /// @param bytes that the file takes
    void takeUp(long bytes) throws IOException {
        begin(State.OPEN, "gone on with");
        long believed = Math.max(0, bytes / LargeBlobs.FRAMED_BYTES - 1);
        while (blocks < believed && isGood(blocks)) {
            digest.update(block, 0, LargeBlobs.BLOCK_BYTES);
            blocks++;
        }
        written = blocks * LargeBlobs.FRAMED_BYTES;
        contentBytes = blocks * LargeBlobs.BLOCK_BYTES;
        file.truncate(written);
        large.space.give(bytes - written);
        state = State.OPEN;
    }

    private boolean isGood(long number) throws IOException {
        ByteBuffer into = ByteBuffer.wrap(block);
        try {
            file.read(number * LargeBlobs.FRAMED_BYTES, into);
        } catch (ClosedChannelException ended) {
            throw ended;
        } catch (IOException unreadable) {
            // It is written once more, elsewhere on the disk.
            return false;
        }
        return !into.hasRemaining()
                && check.holds(LargeBlobs.WHOLE, number, block, LargeBlobs.BLOCK_BYTES);
    }

    private void begin(State from, String what) {
        if (state != from) {
            throw new IllegalStateException("a large blob that is " + state + " cannot be " + what);
        }
        // Until all of it has worked.
        state = State.FAILED;
    }

    void write(ByteBuffer part) throws IOException {
        begin(State.OPEN, "written to");
        contentBytes += part.remaining();
        CompletableFuture<Void> hashed = hash(part.duplicate());
        try {
            writeBlocks(part);
        } finally {
            hashed.join();
        }
        state = State.OPEN;
    }

    // Hashing and writing take about as long: a long part is written while it is hashed.
    private CompletableFuture<Void> hash(ByteBuffer part) {
        if (part.remaining() >= LargeBlobs.BLOCK_BYTES) {
            return CompletableFuture.runAsync(
                    () -> digest.update(part), Thread::startVirtualThread);
        }
        digest.update(part);
        return CompletableFuture.allOf();
    }

    private void writeBlocks(ByteBuffer part) throws IOException {
        while (part.hasRemaining()) {
            int count = Math.min(LargeBlobs.BLOCK_BYTES - filled, part.remaining());
            part.get(block, filled, count);
            filled += count;
            if (filled == LargeBlobs.BLOCK_BYTES) {
                emit();
            }
        }
    }

    private void emit() throws IOException {
        int bytes = filled + BlockCheck.SIZE_BYTES;
        if (!large.space.take(bytes)) {
            throw NoSpace.ofCapacity(large.space);
        }
        check.seal(LargeBlobs.WHOLE, blocks, block, filled);
        try {
            writeWhereThereIsRoom(bytes);
        } catch (IOException failed) {
            large.space.give(bytes);
            throw NoSpace.orElse(failed);
        }
        written += bytes;
        blocks++;
        filled = 0;
    }

    // What nobody goes on with makes room on a full disk as well.
    private void writeWhereThereIsRoom(int bytes) throws IOException {
        while (true) {
            try {
                file.write(written, ByteBuffer.wrap(block, 0, bytes));
                return;
            } catch (IOException failed) {
                if (!(NoSpace.orElse(failed) instanceof NoSpace) || !large.space.makeRoom()) {
                    throw failed;
                }
            }
        }
    }

    /// Brings all of it to the disk, still without its name, and tells what that is to be.
    ContentHash finish() throws IOException {
        begin(State.OPEN, "finished");
        if (filled > 0) {
            emit();
        }
        if (wanted.isPresent()) {
            leaveFormerName();
        }
        file.sync();
        hash = new ContentHash(Bytes.copyOf(digest.digest()));
        state = State.FINISHED;
        return hash;
    }

    private void leaveFormerName() throws IOException {
        former = Optional.of(name);
        name = large.hiddenName();
        large.disk.rename(former.get(), name);
        former = Optional.empty();
        end();
    }

    private void end() {
        wanted.ifPresent(large.unfinished::end);
        wanted = Optional.empty();
    }

    /// After [#finish].
    ContentHash hash() {
        if (state != State.FINISHED && state != State.NAMED) {
            throw new IllegalStateException("a large blob that is " + state + " has no hash");
        }
        return hash;
    }

    long contentBytes() {
        return contentBytes;
    }

    /// After [#finish]: the file gets its name, in place of whatever has it.
    void giveName() throws IOException {
        begin(State.FINISHED, "kept");
        file.close();
        String named = FileNames.large(hash);
        long replaced = large.size(named).orElse(0);
        large.disk.replace(name, named);
        state = State.NAMED;
        large.space.give(replaced);
        large.disk.syncDirectory();
    }

    /// Nobody is at work at it for now: where it has a name by which it may be gone on with, all
    /// whole blocks of it stay.
    void rest() throws IOException {
        if (state != State.OPEN || wanted.isEmpty() || blocks == 0) {
            abandon();
            return;
        }
        begin(State.OPEN, "left");
        try {
            file.close();
        } finally {
            large.unfinished.rest(wanted.get(), written);
        }
    }

    /// Nobody wants it. Once it has its name it stays.
    void abandon() throws IOException {
        leave();
        if (state == State.NAMED) {
            return;
        }
        try {
            if (isDeleted()) {
                large.space.give(written);
            } else {
                // It was told that the name could not be given, and it was.
                state = State.NAMED;
            }
            end();
        } catch (IOException failed) {
            // Whoever begins it anew finds it in his way, and tries to delete it again.
            wanted.ifPresent(still -> large.unfinished.rest(still, written));
            throw failed;
        }
    }

    // It was told that the former name could not be left, and it may have been or not.
    private boolean isDeleted() throws IOException {
        List<String> names = Stream.concat(Stream.of(name), former.stream()).toList();
        for (String each : names) {
            try {
                large.disk.delete(each);
                return true;
            } catch (NoSuchFileException none) {
                // Then it has the other one.
            }
        }
        return false;
    }

    /// As if the process had ended: the next start clears up.
    void leave() throws IOException {
        file.close();
    }
}
