package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.erasure.BlockCheck;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/// Blobs that have a file of their own: blocks, each with a check, so that any part can be served
/// without reading the rest.
///
/// Invariants: a file has its name only once all of it is on the disk; no byte is handed out whose
/// block is not as its check says, and none of a file that is not as long as its record says.
public final class LargeBlobs {
    static final int BLOCK_BYTES = 64 << 10;
    private static final int FRAMED_BYTES = BLOCK_BYTES + BlockCheck.SIZE_BYTES;
    // These blocks belong to no shard.
    private static final int WHOLE = -1;

    /// Hears of what is wrong with a blob while it is read.
    interface Doubts {
        /// A block is not as it was written.
        void damaged(long block);

        /// The disk did not give a block, twice.
        void unreadable();
    }

    static final Doubts NO_DOUBTS =
            new Doubts() {
                @Override
                public void damaged(long block) {}

                @Override
                public void unreadable() {}
            };

    private final BlobDisk disk;
    private final Segments segments;
    private final Space space;

    LargeBlobs(BlobDisk disk, Segments segments, Space space) {
        this.disk = disk;
        this.segments = segments;
        this.space = space;
    }

    static long fileBytes(long contentBytes) {
        long blocks = (contentBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
        return contentBytes + blocks * BlockCheck.SIZE_BYTES;
    }

    private static long contentBytes(long fileBytes) {
        long blocks = (fileBytes + FRAMED_BYTES - 1) / FRAMED_BYTES;
        return Math.max(0, fileBytes - blocks * BlockCheck.SIZE_BYTES);
    }

    /// Begins a file that has no name yet.
    Writing begin() throws IOException {
        String name = FileNames.unfinished(segments.nextNumber());
        return new Writing(name, disk.create(name));
    }

    /// Opens a blob of this length.
    ///
    /// @throws DamagedBlob where the file has another length
    Reading open(ContentHash hash, long contentBytes, Doubts doubts) throws IOException {
        BlobFile file = disk.open(FileNames.large(hash));
        try {
            long size = file.size();
            if (size != fileBytes(contentBytes)) {
                throw new DamagedBlob(
                        "its file has "
                                + size
                                + " bytes and should have "
                                + fileBytes(contentBytes));
            }
            return new Reading(file, contentBytes, doubts);
        } catch (IOException failed) {
            file.close();
            throw failed;
        }
    }

    /// The length of a blob of which nothing is known but its file; nothing where that is not the
    /// blob that its name says.
    OptionalLong verify(ContentHash hash) throws IOException {
        MessageDigest digest = ContentHash.sha256();
        try (BlobFile file = disk.open(FileNames.large(hash))) {
            long length = contentBytes(file.size());
            if (file.size() != fileBytes(length)) {
                return OptionalLong.empty();
            }
            var reading = new Reading(file, length, NO_DOUBTS);
            for (long at = 0; at < length; at += BLOCK_BYTES) {
                digest.update(reading.read(at));
            }
            boolean isIt = hash.bytes().equals(Bytes.copyOf(digest.digest()));
            return isIt ? OptionalLong.of(length) : OptionalLong.empty();
        } catch (DamagedBlob damaged) {
            return OptionalLong.empty();
        }
    }

    /// Deletes the file, where there is one; whether it is gone for good is known once the
    /// directory is synced.
    void delete(ContentHash hash) throws IOException {
        String name = FileNames.large(hash);
        OptionalLong bytes = size(name);
        if (bytes.isPresent()) {
            disk.delete(name);
            space.give(bytes.getAsLong());
        }
    }

    private OptionalLong size(String name) throws IOException {
        try (BlobFile file = disk.open(name)) {
            return OptionalLong.of(file.size());
        } catch (NoSuchFileException none) {
            return OptionalLong.empty();
        }
    }

    /// A content on its way to the disk, hashed as it comes. Not for several threads.
    ///
    /// Invariants: it gets a name only where all that was written and the sync after it have
    /// worked, and no other name than the hash of that; after a failure it can only be abandoned.
    final class Writing {
        private enum State {
            OPEN,
            FINISHED,
            FAILED,
            NAMED
        }

        private final String name;
        private final BlobFile file;
        private final MessageDigest digest = ContentHash.sha256();
        private final BlockCheck check = new BlockCheck();
        private final byte[] block = new byte[FRAMED_BYTES];
        private State state = State.OPEN;
        private ContentHash hash = new ContentHash(Bytes.copyOf(new byte[ContentHash.SIZE_BYTES]));
        private int filled;
        private long written;
        private long blocks;
        private long contentBytes;

        private Writing(String name, BlobFile file) {
            this.name = name;
            this.file = file;
        }

        private void begin(State from, String what) {
            if (state != from) {
                throw new IllegalStateException(
                        "a large blob that is " + state + " cannot be " + what);
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
            if (part.remaining() >= BLOCK_BYTES) {
                return CompletableFuture.runAsync(
                        () -> digest.update(part), Thread::startVirtualThread);
            }
            digest.update(part);
            return CompletableFuture.allOf();
        }

        private void writeBlocks(ByteBuffer part) throws IOException {
            while (part.hasRemaining()) {
                int count = Math.min(BLOCK_BYTES - filled, part.remaining());
                part.get(block, filled, count);
                filled += count;
                if (filled == BLOCK_BYTES) {
                    emit();
                }
            }
        }

        private void emit() throws IOException {
            int bytes = filled + BlockCheck.SIZE_BYTES;
            if (!space.take(bytes)) {
                throw NoSpace.ofCapacity(space);
            }
            check.seal(WHOLE, blocks, block, filled);
            try {
                file.write(written, ByteBuffer.wrap(block, 0, bytes));
            } catch (IOException failed) {
                space.give(bytes);
                throw NoSpace.orElse(failed);
            }
            written += bytes;
            blocks++;
            filled = 0;
        }

        /// Brings all of it to the disk, still without its name, and tells what that is to be.
        ContentHash finish() throws IOException {
            begin(State.OPEN, "finished");
            if (filled > 0) {
                emit();
            }
            file.sync();
            hash = new ContentHash(Bytes.copyOf(digest.digest()));
            state = State.FINISHED;
            return hash;
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
            long replaced = size(named).orElse(0);
            disk.replace(name, named);
            state = State.NAMED;
            space.give(replaced);
            disk.syncDirectory();
        }

        /// Nobody wants it. Once it has its name it stays.
        void abandon() throws IOException {
            leave();
            if (state == State.NAMED) {
                return;
            }
            try {
                disk.delete(name);
                space.give(written);
            } catch (NoSuchFileException named) {
                // It was told that the name could not be given, and it was.
                state = State.NAMED;
            }
        }

        /// As if the process had ended: the next start clears up.
        void leave() throws IOException {
            file.close();
        }
    }

    /// A blob that is read. Not for several threads.
    public static final class Reading implements AutoCloseable {
        private final BlobFile file;
        private final long contentBytes;
        private final Doubts doubts;
        private final BlockCheck check = new BlockCheck();
        private final byte[] block = new byte[FRAMED_BYTES];

        private Reading(BlobFile file, long contentBytes, Doubts doubts) {
            this.file = file;
            this.contentBytes = contentBytes;
            this.doubts = doubts;
        }

        public long contentBytes() {
            return contentBytes;
        }

        /// The good bytes from this place on to the end of their block, which are used again by the
        /// next call; none at the end. Whatever is wrong is told to the store as well: the blob is
        /// not served again until it was put again.
        ///
        /// @throws DamagedBlob where the block is not as it was written
        public ByteBuffer read(long from) throws IOException {
            if (from < 0 || from > contentBytes) {
                throw new IllegalArgumentException("from=" + from + " of " + contentBytes);
            }
            if (from == contentBytes) {
                return ByteBuffer.allocate(0);
            }
            long number = from / BLOCK_BYTES;
            int length = (int) Math.min(BLOCK_BYTES, contentBytes - number * BLOCK_BYTES);
            var framed = ByteBuffer.wrap(block, 0, length + BlockCheck.SIZE_BYTES);
            fill(number, framed);
            if (framed.hasRemaining() || !check.holds(WHOLE, number, block, length)) {
                doubts.damaged(number);
                throw new DamagedBlob("block " + number + " is not as it was written");
            }
            int skipped = (int) (from - number * BLOCK_BYTES);
            return ByteBuffer.wrap(block, skipped, length - skipped);
        }

        private void fill(long number, ByteBuffer framed) throws IOException {
            try {
                file.read(number * FRAMED_BYTES, framed);
            } catch (ClosedChannelException ended) {
                throw ended;
            } catch (IOException once) {
                fillAgain(number, framed, once);
            }
        }

        private void fillAgain(long number, ByteBuffer framed, IOException once)
                throws IOException {
            try {
                file.read(number * FRAMED_BYTES, framed.position(0));
            } catch (ClosedChannelException ended) {
                throw ended;
            } catch (IOException twice) {
                twice.addSuppressed(once);
                doubts.unreadable();
                throw twice;
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
