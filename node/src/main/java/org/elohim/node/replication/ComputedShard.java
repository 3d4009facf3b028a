package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.erasure.ReedSolomon;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.erasure.StripeEncoder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A shard of a blob that is here as a whole, stripe by stripe as it is read.
///
/// Each shard is read by its own holder, so the whole is read once for each; keeping all of them
/// until everybody has fetched his would cost the disk three quarters more than the blob.
final class ComputedShard implements PieceBytes {
    private final PieceRef shard;
    private final PieceBytes whole;
    private final ShardLayout layout;
    private final ReedSolomon coder;
    private final byte[][] blocks;
    private long stripeHere = -1;
    private ByteBuffer block = ByteBuffer.allocate(0);

    ComputedShard(PieceRef shard, PieceBytes whole, ShardLayout layout, ReedSolomon coder) {
        this.shard = shard;
        this.whole = whole;
        this.layout = layout;
        this.coder = coder;
        this.blocks =
                new byte[layout.code().shards()][layout.blockBytes() + ShardLayout.CHECK_BYTES];
    }

    @Override
    public ByteBuffer read(long at) throws IOException {
        if (at < ShardFile.HEAD_BYTES) {
            ByteBuffer head = ShardFile.head(shard.blob(), shard.piece().number());
            return head.position((int) at).slice();
        }
        long behindHead = at - ShardFile.HEAD_BYTES;
        long stripe = behindHead / (layout.blockBytes() + ShardLayout.CHECK_BYTES);
        if (stripe != stripeHere) {
            compute(stripe);
        }
        int skipped = (int) (behindHead - layout.position(stripe));
        // Each block is a new buffer.
        return block.slice(skipped, block.limit() - skipped);
    }

    private void compute(long stripe) throws IOException {
        stripeHere = -1;
        long from = stripe * layout.stripeBytes();
        int content = layout.contentBytes(stripe);
        int length = layout.blockBytes(stripe);
        for (byte[] each : blocks) {
            Arrays.fill(each, (byte) 0);
        }
        for (int at = 0; at < content; ) {
            ByteBuffer part = whole.read(from + at);
            while (part.hasRemaining() && at < content) {
                int data = at / length;
                int in = at % length;
                int count = Math.min(Math.min(length - in, part.remaining()), content - at);
                part.get(blocks[data], in, count);
                at += count;
            }
        }
        int number = shard.piece().number();
        if (number >= layout.code().dataShards()) {
            coder.encode(blocks, 0, length);
        }
        block = StripeEncoder.sealed(number, stripe, blocks[number], length);
        stripeHere = stripe;
    }

    @Override
    public void close() throws IOException {
        whole.close();
    }
}
