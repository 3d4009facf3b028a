package org.elohim.node.blob;

import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Finds blobs and reads them, also while they are moved, healed and let go.
///
/// Invariants: no byte is handed out that was not checked; what is bad, or is not given by the disk
/// twice, does not pass for a blob that is there: whoever puts it again heals it. What was healed
/// meanwhile is not condemned for what a slow reader has seen.
final class BlobReader {
    private static final Logger LOG = LoggerFactory.getLogger(BlobReader.class);
    // How often a blob may be moved away under a reader before he gives up.
    private static final int READS_MAX = 8;

    private final Segments segments;
    private final SharedIndex index;
    private final LargeBlobs largeBlobs;
    private final ReentrantLock largeNames;

    /// @param largeNames held by whoever gives or takes the name of a large blob
    BlobReader(
            Segments segments, SharedIndex index, LargeBlobs largeBlobs, ReentrantLock largeNames) {
        this.segments = segments;
        this.index = index;
        this.largeBlobs = largeBlobs;
        this.largeNames = largeNames;
    }

    Found get(ContentHash hash) {
        boolean failedBefore = false;
        for (int i = 0; i < READS_MAX; i++) {
            Optional<IndexEntry> entry = index.get(hash);
            if (entry.isEmpty()) {
                return new Found.Absent();
            }
            if (entry.get().damaged()) {
                return new Found.Damaged();
            }
            try {
                return open(entry.get());
            } catch (IOException failed) {
                if (!index.hasMoved(entry.get())) {
                    Optional<Found> end = judge(entry.get(), failed, failedBefore);
                    if (end.isPresent()) {
                        return end.get();
                    }
                    failedBefore = true;
                }
            }
        }
        return new Found.Unreadable("it was moved away under each of " + READS_MAX + " reads");
    }

    // Nothing where it is worth another try.
    private Optional<Found> judge(IndexEntry entry, IOException failed, boolean failedBefore) {
        return switch (failed) {
            case DamagedBlob damaged -> Optional.of(condemn(entry, damaged));
            case NoSuchFileException missing -> Optional.of(condemn(entry, missing));
            // The reader was interrupted, or the store is closed.
            case ClosedChannelException ended -> Optional.of(unreadable(ended));
            case IOException _ when !failedBefore -> Optional.empty();
            case IOException twice -> {
                LOG.warn("a blob cannot be read blob={} reason={}", entry.key(), twice.toString());
                index.suspect(entry);
                // What is written beside it may be as lost.
                segments.get(entry.place().segment()).ifPresent(Segment::hold);
                yield Optional.of(unreadable(twice));
            }
        };
    }

    private static Found unreadable(IOException failed) {
        return new Found.Unreadable("not read from the disk: " + failed);
    }

    private Found condemn(IndexEntry entry, IOException reason) {
        LOG.warn("a blob is damaged blob={} reason={}", entry.key(), reason.toString());
        index.markDamaged(entry);
        return new Found.Damaged();
    }

    private Found open(IndexEntry entry) throws IOException {
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
        long length = head.record().contentBytes();
        if (entry.large()) {
            var content = largeBlobs.open(entry.key(), length, new DoubtsOf(entry, length));
            return new Found.Large(content);
        }
        ByteBuffer content = bytes.slice(PackFormat.HEAD_BYTES, (int) length);
        if (!head.isOf(content)) {
            throw new DamagedBlob("its content is not as it was written");
        }
        index.trust(entry);
        return new Found.Small(content);
    }

    /// Whether this is the record that the index means.
    static boolean isOf(PackRecord record, IndexEntry entry, Segment segment) {
        return record.kind() == (entry.large() ? PackRecord.Kind.LARGE : PackRecord.Kind.SMALL)
                && record.tag() == segment.tag()
                && record.key().equals(entry.key())
                && record.life() == entry.life()
                && record.sizeBytes() == entry.recordBytes();
    }

    private final class DoubtsOf implements LargeBlobs.Doubts {
        private final IndexEntry entry;
        private final long contentBytes;

        DoubtsOf(IndexEntry entry, long contentBytes) {
            this.entry = entry;
            this.contentBytes = contentBytes;
        }

        // The file may have been replaced since it was opened: what has its name now counts.
        @Override
        public void damaged(long block) {
            largeNames.lock();
            try (LargeBlobs.Reading again =
                    largeBlobs.open(entry.key(), contentBytes, LargeBlobs.NO_DOUBTS)) {
                again.read(block * LargeBlobs.BLOCK_BYTES);
            } catch (DamagedBlob | NoSuchFileException bad) {
                condemn(entry, bad);
            } catch (ClosedChannelException ended) {
                LOG.debug("not looked at again blob={}", entry.key(), ended);
            } catch (IOException failed) {
                unreadable();
            } finally {
                largeNames.unlock();
            }
        }

        @Override
        public void unreadable() {
            LOG.warn("a blob cannot be read blob={}", entry.key());
            index.suspect(entry);
        }
    }
}
