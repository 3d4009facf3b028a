package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.CheckpointCodec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// The blocks of a checkpoint one after the other in a file of the same disk, whose power can be
/// taken away while it is written.
final class FlatCheckpoint implements CheckpointStore {
    static final String FILE_NAME = "checkpoint";
    private static final String UNFINISHED = FILE_NAME + ".new";

    private final BlobDisk disk;

    FlatCheckpoint(BlobDisk disk) {
        this.disk = disk;
    }

    @Override
    public void write(Checkpoint checkpoint, SharedIndex index) throws IOException {
        // Of an earlier try that could not even clear up after itself.
        if (disk.list().contains(UNFINISHED)) {
            disk.delete(UNFINISHED);
        }
        try {
            try (BlobFile file = disk.create(UNFINISHED)) {
                CheckpointBlocks.write(
                        checkpoint,
                        index,
                        (CheckpointBlocks.Sink<IOException>)
                                block -> file.write(file.size(), block));
                file.sync();
            }
            disk.replace(UNFINISHED, FILE_NAME);
            disk.syncDirectory();
        } catch (IOException failed) {
            deleteUnfinished(failed);
            throw failed;
        }
    }

    private void deleteUnfinished(IOException failed) {
        try {
            disk.delete(UNFINISHED);
        } catch (IOException absent) {
            failed.addSuppressed(absent);
        }
    }

    @Override
    public Loading load(long seed) {
        try {
            if (!disk.list().contains(FILE_NAME)) {
                return Loading.NOTHING;
            }
            return new Loading(true, read(seed));
        } catch (IOException failed) {
            return Loading.DAMAGED;
        }
    }

    private Optional<Loaded> read(long seed) throws IOException {
        var reading = new CheckpointBlocks.Reading(seed);
        try (BlobFile file = disk.open(FILE_NAME)) {
            long size = file.size();
            long at = 0;
            while (at < size) {
                var frame = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                file.read(at, frame);
                long length = frame.hasRemaining() ? -1 : frame.getInt(0);
                if (length < 0
                        || length > CheckpointCodec.BLOCK_BYTES_MAX
                        || at + CheckpointCodec.FRAME_BYTES + length > size) {
                    return Optional.empty();
                }
                var block = ByteBuffer.allocate(CheckpointCodec.FRAME_BYTES + (int) length);
                file.read(at, block);
                if (!reading.take(block.flip())) {
                    return Optional.empty();
                }
                at += block.limit();
            }
        }
        return reading.whole();
    }
}
