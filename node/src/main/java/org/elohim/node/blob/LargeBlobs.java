package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.erasure.BlockCheck;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/// Blobs that have a file of their own: blocks, each with a check, so that any part can be served
/// without reading the rest.
///
/// Invariants: a file has its name only once all of it is on the disk; no byte is handed out whose
/// block is not as its check says.
public final class LargeBlobs {
    static final int BLOCK_BYTES = 64 << 10;
    private static final int FRAMED_BYTES = BLOCK_BYTES + BlockCheck.SIZE_BYTES;
    // These blocks belong to no shard.
    private static final int WHOLE = -1;

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

    static long contentBytes(long fileBytes) {
        long blocks = (fileBytes + FRAMED_BYTES - 1) / FRAMED_BYTES;
        return fileBytes - blocks * BlockCheck.SIZE_BYTES;
    }

    /// Begins a file that has no name yet.
    Writing begin() throws IOException {
        String name = FileNames.unfinished(segments.nextNumber());
        return new Writing(name, disk.create(name));
    }

    Reading open(ContentHash hash) throws IOException {
        BlobFile file = disk.open(FileNames.large(hash));
        try {
            return new Reading(file, contentBytes(file.size()));
        } catch (IOException failed) {
            file.close();
            throw failed;
        }
    }

    void delete(ContentHash hash) throws IOException {
        String name = FileNames.large(hash);
        long bytes;
        try (BlobFile file = disk.open(name)) {
            bytes = file.size();
        }
        disk.delete(name);
        space.give(bytes);
    }

    /// A content on its way to the disk, hashed as it comes. Not for several threads.
    final class Writing {
        private final String name;
        private final BlobFile file;
        private final MessageDigest digest = ContentHash.sha256();
        private final BlockCheck check = new BlockCheck();
        private final byte[] block = new byte[FRAMED_BYTES];
        private int filled;
        private long written;
        private long blocks;
        private long contentBytes;
        private boolean named;

        private Writing(String name, BlobFile file) {
            this.name = name;
            this.file = file;
        }

        void write(ByteBuffer part) throws IOException {
            digest.update(part.duplicate());
            contentBytes += part.remaining();
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
            if (filled > 0) {
                emit();
            }
            file.sync();
            return new ContentHash(Bytes.copyOf(digest.digest()));
        }

        long contentBytes() {
            return contentBytes;
        }

        /// After [#finish]: the file gets its name.
        void keepAs(ContentHash hash) throws IOException {
            file.close();
            disk.rename(name, FileNames.large(hash));
            named = true;
            disk.syncDirectory();
        }

        /// Nobody wants it. Once it has its name it stays: the next start finds it.
        void abandon() throws IOException {
            file.close();
            if (named) {
                return;
            }
            disk.delete(name);
            space.give(written);
        }
    }

    /// A blob that is read. Not for several threads.
    public static final class Reading implements AutoCloseable {
        private final BlobFile file;
        private final long contentBytes;
        private final BlockCheck check = new BlockCheck();
        private final byte[] block = new byte[FRAMED_BYTES];

        private Reading(BlobFile file, long contentBytes) {
            this.file = file;
            this.contentBytes = contentBytes;
        }

        public long contentBytes() {
            return contentBytes;
        }

        /// The good bytes from this place on to the end of their block, which are used again by the
        /// next call; none at the end.
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
            file.read(number * FRAMED_BYTES, framed);
            if (framed.hasRemaining() || !check.holds(WHOLE, number, block, length)) {
                throw new DamagedBlob("block " + number + " is not as it was written");
            }
            int skipped = (int) (from - number * BLOCK_BYTES);
            return ByteBuffer.wrap(block, skipped, length - skipped);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
