package org.elohim.protocol.erasure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Turns a content that comes in parts into shards, stripe by stripe.
///
/// Invariants: holds one stripe, however long the content; blocks of one shard come in their order.
public final class StripeEncoder {
    /// Takes the shards' blocks with their checks, each to be put behind those before it.
    public interface Sink {
        /// Takes one block.
        ///
        /// @param block is used again once this returns
        void accept(int shard, ByteBuffer block) throws IOException;
    }

    private final ReedSolomon coder;
    private final int blockBytes;
    private final Sink sink;
    private final BlockCheck check = new BlockCheck();
    private final byte[][] blocks;
    private final ByteBuffer[] views;
    private long stripe;
    private long lengthBytes;
    // Of the present stripe.
    private int filled;
    private boolean finished;

    public StripeEncoder(ReedSolomon coder, int blockBytes, Sink sink) {
        this.coder = coder;
        this.blockBytes = blockBytes;
        this.sink = sink;
        this.blocks = new byte[coder.code().shards()][blockBytes + ShardLayout.CHECK_BYTES];
        this.views = Arrays.stream(blocks).map(ByteBuffer::wrap).toArray(ByteBuffer[]::new);
    }

    /// A block of one shard with its check, in a buffer of its own.
    public static ByteBuffer sealed(int shard, long stripe, byte[] block, int length) {
        new BlockCheck().seal(shard, stripe, block, length);
        return ByteBuffer.allocate(length + ShardLayout.CHECK_BYTES)
                .put(block, 0, length + ShardLayout.CHECK_BYTES)
                .flip();
    }

    /// Takes all that remains in the buffer.
    public void write(ByteBuffer part) throws IOException {
        if (finished) {
            throw new IllegalStateException("written to after the end, length=" + lengthBytes);
        }
        while (part.hasRemaining()) {
            int at = filled % blockBytes;
            int count = Math.min(blockBytes - at, part.remaining());
            part.get(blocks[filled / blockBytes], at, count);
            filled += count;
            lengthBytes += count;
            if (filled == blockBytes * coder.code().dataShards()) {
                emit(blockBytes);
            }
        }
    }

    /// Hands over what is left, and tells how it all lies.
    public ShardLayout finish() throws IOException {
        var layout = new ShardLayout(coder.code(), blockBytes, lengthBytes);
        if (!finished && filled > 0) {
            int shorter = layout.blockBytesFor(filled);
            spread(shorter);
            emit(shorter);
        }
        finished = true;
        return layout;
    }

    // The last bytes were put into as few blocks as they fill, and belong into all of them.
    private void spread(int shorter) {
        byte[] content = new byte[shorter * coder.code().dataShards()];
        for (int from = 0; from < filled; from += blockBytes) {
            System.arraycopy(
                    blocks[from / blockBytes],
                    0,
                    content,
                    from,
                    Math.min(blockBytes, filled - from));
        }
        for (int shard = 0; shard < coder.code().dataShards(); shard++) {
            System.arraycopy(content, shard * shorter, blocks[shard], 0, shorter);
        }
    }

    private void emit(int length) throws IOException {
        coder.encode(blocks, 0, length);
        for (int shard = 0; shard < blocks.length; shard++) {
            check.seal(shard, stripe, blocks[shard], length);
            sink.accept(shard, views[shard].clear().limit(length + ShardLayout.CHECK_BYTES));
        }
        stripe++;
        filled = 0;
    }
}
