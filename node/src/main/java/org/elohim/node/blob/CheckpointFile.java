package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.CheckpointCodec;
import org.elohim.protocol.blob.IndexEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The index as it was at some moment, in a file that is whole or counts for nothing.
///
/// It is written while others go on: each entry is at least as new as the moment that it says, and
/// what was told since is read again at a start, in whatever order.
final class CheckpointFile {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFile.class);

    /// A whole one.
    record Loaded(Checkpoint checkpoint, BlobIndex index) {}

    private CheckpointFile() {}

    static void write(BlobDisk disk, Checkpoint checkpoint, SharedIndex index) throws IOException {
        String unfinished = FileNames.unfinishedCheckpoint();
        // Of an earlier try that could not even clear up after itself.
        if (disk.list().contains(unfinished)) {
            disk.delete(unfinished);
        }
        try {
            try (BlobFile file = disk.create(unfinished)) {
                long at = append(file, 0, CheckpointCodec.head(checkpoint));
                long count = 0;
                int slots = index.read(BlobIndex::slots);
                for (int from = 0; from < slots; from += CheckpointCodec.BLOCK_ENTRIES) {
                    List<IndexEntry> entries = entries(index, from);
                    at = append(file, at, CheckpointCodec.entries(entries));
                    count += entries.size();
                }
                append(file, at, CheckpointCodec.end(count));
                file.sync();
            }
            disk.rename(unfinished, FileNames.CHECKPOINT);
            disk.syncDirectory();
        } catch (IOException failed) {
            deleteUnfinished(disk, failed);
            throw NoSpace.orElse(failed);
        }
    }

    private static void deleteUnfinished(BlobDisk disk, IOException failed) {
        try {
            disk.delete(FileNames.unfinishedCheckpoint());
        } catch (IOException absent) {
            failed.addSuppressed(absent);
        }
    }

    // A slot that is used later was put later, and is read again.
    private static List<IndexEntry> entries(SharedIndex index, int from) {
        return index.read(
                held -> {
                    List<IndexEntry> entries = new ArrayList<>();
                    int to = Math.min(held.slots(), from + CheckpointCodec.BLOCK_ENTRIES);
                    for (int slot = from; slot < to; slot++) {
                        held.at(slot).ifPresent(entries::add);
                    }
                    return entries;
                });
    }

    private static long append(BlobFile file, long at, ByteBuffer block) throws IOException {
        long end = at + block.remaining();
        file.write(at, block);
        return end;
    }

    /// Nothing where there is none, or a damaged one: then everything is read.
    static Optional<Loaded> load(BlobDisk disk, long seed) throws IOException {
        if (!disk.list().contains(FileNames.CHECKPOINT)) {
            return Optional.empty();
        }
        try (BlobFile file = disk.open(FileNames.CHECKPOINT)) {
            var index = new BlobIndex(seed);
            var reader = new CheckpointCodec.Reader(index::put);
            var frame =
                    ByteBuffer.allocate(CheckpointCodec.FRAME_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            long size = file.size();
            long at = 0;
            boolean isGood = true;
            while (isGood && at + CheckpointCodec.FRAME_BYTES <= size) {
                file.read(at, frame.clear());
                int length = frame.getInt(0);
                if (length < 0
                        || length > CheckpointCodec.BLOCK_BYTES_MAX
                        || at + CheckpointCodec.FRAME_BYTES + length > size) {
                    isGood = false;
                } else {
                    var block = ByteBuffer.allocate(length);
                    file.read(at + CheckpointCodec.FRAME_BYTES, block);
                    isGood = reader.take(block.flip(), frame.getInt(Integer.BYTES));
                    at += CheckpointCodec.FRAME_BYTES + length;
                }
            }
            Optional<Checkpoint> checkpoint =
                    isGood && at == size ? reader.checkpoint() : Optional.empty();
            if (checkpoint.isEmpty()) {
                LOG.warn("the checkpoint of the index of blobs is damaged; all segments are read");
            }
            return checkpoint.map(whole -> new Loaded(whole, index));
        }
    }
}
