package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.erasure.BlockCheck;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;

/// Blobs that have a file of their own: blocks, each with a check, so that any part can be served
/// without reading the rest.
///
/// Invariants: a file has its name only once all of it is on the disk; no byte is handed out whose
/// block is not as its check says, and none of a file that is not as long as its record says.
public final class LargeBlobs {
    private static final Logger LOG = LoggerFactory.getLogger(LargeBlobs.class);
    static final int BLOCK_BYTES = 64 << 10;
    static final int FRAMED_BYTES = BLOCK_BYTES + BlockCheck.SIZE_BYTES;
    // These blocks belong to no shard.
    static final int WHOLE = -1;

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

    final BlobDisk disk;
    final Space space;
    final UnfinishedFiles unfinished;
    private final Segments segments;

    LargeBlobs(BlobDisk disk, Segments segments, Space space, UnfinishedFiles unfinished) {
        this.disk = disk;
        this.segments = segments;
        this.space = space;
        this.unfinished = unfinished;
    }

    static long fileBytes(long contentBytes) {
        long blocks = (contentBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
        return contentBytes + blocks * BlockCheck.SIZE_BYTES;
    }

    private static long contentBytes(long fileBytes) {
        long blocks = (fileBytes + FRAMED_BYTES - 1) / FRAMED_BYTES;
        return Math.max(0, fileBytes - blocks * BlockCheck.SIZE_BYTES);
    }

    /// Begins a file that has no name yet, and that nobody goes on with.
    LargeWriting begin() throws IOException {
        String name = hiddenName();
        return new LargeWriting(this, name, disk.create(name), Optional.empty());
    }

    String hiddenName() {
        return FileNames.unfinished(segments.nextNumber());
    }

    /// Begins a file that may be gone on with after the process has ended. What rests of it is gone
    /// then.
    LargeWriting begin(UnfinishedBlobs.Name wanted) throws IOException {
        if (!unfinished.takeAnew(wanted)) {
            return begin();
        }
        String name = FileNames.part(wanted);
        try {
            return new LargeWriting(this, name, disk.create(name), Optional.of(wanted));
        } catch (IOException failed) {
            // It may have been made all the same, and would be in the way.
            unfinished.drop(wanted, 0);
            throw failed;
        }
    }

    /// Goes on with what rests of it, as far as that is good, which is read for it; nothing where
    /// nothing rests or somebody else is at work at it.
    Optional<LargeWriting> goOn(UnfinishedBlobs.Name wanted) {
        OptionalLong rested = unfinished.takeResting(wanted);
        if (rested.isEmpty()) {
            return Optional.empty();
        }
        long bytes = rested.getAsLong();
        String name = FileNames.part(wanted);
        try {
            BlobFile file = disk.open(name);
            var writing = new LargeWriting(this, name, file, Optional.of(wanted));
            try {
                writing.takeUp(bytes);
                return Optional.of(writing);
            } catch (IOException failed) {
                writing.leave();
                throw failed;
            }
        } catch (ClosedChannelException interrupted) {
            unfinished.rest(wanted, bytes);
            return Optional.empty();
        } catch (IOException failed) {
            LOG.warn(
                    "what came of a blob is lost blob={} reason={}",
                    wanted.blob(),
                    failed.toString());
            unfinished.drop(wanted, bytes);
            return Optional.empty();
        }
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

    OptionalLong size(String name) throws IOException {
        try (BlobFile file = disk.open(name)) {
            return OptionalLong.of(file.size());
        } catch (NoSuchFileException none) {
            return OptionalLong.empty();
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
