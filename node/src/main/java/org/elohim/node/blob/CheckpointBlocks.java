package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.CheckpointCodec;
import org.elohim.protocol.blob.IndexEntry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The index as blocks, each with its frame: see [CheckpointCodec].
///
/// It is written while others go on: each entry is at least as new as the moment that the
/// checkpoint says, and what was told since is read again at a start, in whatever order.
final class CheckpointBlocks {
    /// Takes one block after the other.
    interface Sink<E extends Exception> {
        void take(ByteBuffer block) throws E;
    }

    private CheckpointBlocks() {}

    static <E extends Exception> void write(Checkpoint checkpoint, SharedIndex index, Sink<E> sink)
            throws E {
        sink.take(CheckpointCodec.head(checkpoint));
        long count = 0;
        int slots = index.read(BlobIndex::slots);
        for (int from = 0; from < slots; from += CheckpointCodec.BLOCK_ENTRIES) {
            List<IndexEntry> entries = entries(index, from);
            sink.take(CheckpointCodec.entries(entries));
            count += entries.size();
        }
        sink.take(CheckpointCodec.end(count));
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

    /// Makes an index of blocks, unless one of them is bad or missing.
    static final class Reading {
        private final BlobIndex index;
        private final CheckpointCodec.Reader reader;

        Reading(long seed) {
            this.index = new BlobIndex(seed);
            this.reader = new CheckpointCodec.Reader(index::put);
        }

        /// Takes a block with its frame; `false` where it is none, and all is to be thrown away.
        boolean take(ByteBuffer block) {
            ByteBuffer in = block.slice().order(ByteOrder.LITTLE_ENDIAN);
            if (in.remaining() < CheckpointCodec.FRAME_BYTES
                    || in.getInt(0) != in.remaining() - CheckpointCodec.FRAME_BYTES) {
                return false;
            }
            int check = in.getInt(Integer.BYTES);
            return reader.take(in.position(CheckpointCodec.FRAME_BYTES), check);
        }

        /// Nothing before all blocks have come.
        Optional<CheckpointStore.Loaded> whole() {
            return reader.checkpoint().map(found -> new CheckpointStore.Loaded(found, index));
        }
    }
}
