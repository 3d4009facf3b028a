package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Lets go of blobs that nobody has wanted for as long as the grace.
///
/// Invariants: that a blob is gone is durable before its file is deleted; one file that cannot be
/// deleted keeps no other one.
final class Sweep {
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
    // So many blobs are let go with one write.
    private static final int SWEPT_MAX = 1000;

    private final BlobDisk disk;
    private final SharedIndex index;
    private final PackWriter writer;
    private final LargeBlobs largeBlobs;
    private final ReentrantLock largeNames;

    /// @param largeNames held by whoever gives or takes the name of a large blob
    Sweep(
            BlobDisk disk,
            SharedIndex index,
            PackWriter writer,
            LargeBlobs largeBlobs,
            ReentrantLock largeNames) {
        this.disk = disk;
        this.index = index;
        this.writer = writer;
        this.largeBlobs = largeBlobs;
        this.largeNames = largeNames;
    }

    /// Lets go of what has had no reference since this second; returns how many those were.
    int run(long latest) throws IOException {
        int swept = 0;
        int slot = 0;
        int slots = index.read(BlobIndex::slots);
        while (slot < slots) {
            List<IndexEntry> due = new ArrayList<>();
            int from = slot;
            slot = Math.min(slots, from + BlobIndex.CHUNK_SLOTS);
            int to = slot;
            index.read(held -> collect(held, from, to, latest, due));
            for (int i = 0; i < due.size(); i += SWEPT_MAX) {
                swept += forget(due.subList(i, Math.min(due.size(), i + SWEPT_MAX)));
            }
        }
        return swept;
    }

    private static int collect(
            BlobIndex held, int from, int to, long latest, List<IndexEntry> due) {
        for (int slot = from; slot < to; slot++) {
            held.at(slot)
                    .filter(entry -> entry.references() == 0)
                    .filter(entry -> entry.unreferencedSince() <= latest)
                    .ifPresent(due::add);
        }
        return due.size();
    }

    private int forget(List<IndexEntry> due) throws IOException {
        largeNames.lock();
        try {
            List<Change> changes = new ArrayList<>();
            due.forEach(entry -> changes.add(new Change.Forget(entry.key(), entry.sequence())));
            List<Outcome> outcomes = writer.commit(changes);
            int forgotten = 0;
            List<ContentHash> files = new ArrayList<>();
            for (int i = 0; i < outcomes.size(); i++) {
                if (outcomes.get(i) instanceof Outcome.Done) {
                    forgotten++;
                    if (due.get(i).large()) {
                        files.add(due.get(i).key());
                    }
                }
            }
            files.forEach(this::deleteFile);
            if (!files.isEmpty()) {
                // Otherwise a loss of power brings them back for another grace.
                disk.syncDirectory();
            }
            return forgotten;
        } finally {
            largeNames.unlock();
        }
    }

    private void deleteFile(ContentHash hash) {
        try {
            largeBlobs.delete(hash);
        } catch (IOException failed) {
            LOG.warn(
                    "the file of a blob that was let go cannot be deleted; the next start finds it"
                            + " blob={} reason={}",
                    hash,
                    failed.toString());
        }
    }
}
