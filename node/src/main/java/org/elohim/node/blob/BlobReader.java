package org.elohim.node.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.blob.Scrub.Finding;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
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
    private volatile DamageListener listener = _ -> {};

    /// What a look at a blob has shown.
    ///
    /// @param bytes read of it
    record Look(Finding finding, long bytes) {}

    /// @param largeNames held by whoever gives or takes the name of a large blob
    BlobReader(
            Segments segments, SharedIndex index, LargeBlobs largeBlobs, ReentrantLock largeNames) {
        this.segments = segments;
        this.index = index;
        this.largeBlobs = largeBlobs;
        this.largeNames = largeNames;
    }

    void onDamage(DamageListener listener) {
        this.listener = listener;
    }

    void tell(ContentHash damaged) {
        try {
            listener.damaged(damaged);
        } catch (RuntimeException bug) {
            // Neither a reader nor the scrub is to end by it.
            LOG.error("a damaged blob is not brought again blob={}", damaged, bug);
        }
    }

    /// Reads all of a blob and hands nothing out.
    ///
    /// @param withHash whether its content is hashed, too
    /// @param pace asked before each part of a large one
    /// @return nothing where the pace ends it
    Optional<Look> look(IndexEntry entry, boolean withHash, Pace pace) {
        return switch (get(entry.key())) {
            case Found.Small(var content) -> {
                boolean isGood = true;
                if (withHash) {
                    MessageDigest digest = ContentHash.sha256();
                    digest.update(content);
                    isGood = isContentOf(entry, digest);
                }
                yield Optional.of(
                        new Look(isGood ? Finding.GOOD : Finding.DAMAGED, entry.recordBytes()));
            }
            case Found.Large(var content) -> lookLarge(entry, content, withHash, pace);
            case Found.Absent() -> Optional.of(new Look(Finding.GONE, 0));
            case Found.Damaged() -> Optional.of(new Look(Finding.DAMAGED, entry.recordBytes()));
            case Found.Unreadable _ ->
                    Optional.of(new Look(Finding.UNREADABLE, entry.recordBytes()));
        };
    }

    /// Whether a blob is here and its content is what its name says.
    boolean isGood(ContentHash hash) {
        return index.get(hash)
                .flatMap(entry -> look(entry, true, _ -> true))
                .filter(look -> look.finding() == Finding.GOOD)
                .isPresent();
    }

    private Optional<Look> lookLarge(
            IndexEntry entry, LargeBlobs.Reading content, boolean withHash, Pace pace) {
        long at = 0;
        MessageDigest digest = ContentHash.sha256();
        try (content) {
            while (at < content.contentBytes()) {
                if (!pace.allows(LargeBlobs.BLOCK_BYTES)) {
                    return Optional.empty();
                }
                ByteBuffer block = content.read(at);
                at += block.remaining();
                if (withHash) {
                    digest.update(block);
                }
            }
            boolean isGood = !withHash || isContentOf(entry, digest);
            return Optional.of(new Look(isGood ? Finding.GOOD : Finding.DAMAGED, at));
        } catch (DamagedBlob damaged) {
            return Optional.of(new Look(Finding.DAMAGED, at));
        } catch (IOException failed) {
            return Optional.of(new Look(Finding.UNREADABLE, at));
        }
    }

    // The checks hold where what was written was wrong already: by a bad memory, for one.
    private boolean isContentOf(IndexEntry entry, MessageDigest digest) {
        boolean isIt = entry.key().bytes().equals(Bytes.copyOf(digest.digest()));
        if (!isIt) {
            condemn(entry, new DamagedBlob("its content is not what its name says"));
        }
        return isIt;
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
                tell(entry.key());
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
        tell(entry.key());
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
            tell(entry.key());
        }
    }
}
