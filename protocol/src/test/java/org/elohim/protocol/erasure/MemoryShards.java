package org.elohim.protocol.erasure;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// The shards of one content in memory, some of them lost.
final class MemoryShards implements StripeEncoder.Sink, StripeDecoder.Source {
    private final byte[][] shards;
    private ShardSet lost = ShardSet.NONE;
    private long readBytes;

    MemoryShards(ErasureCode code) {
        this.shards = new byte[code.shards()][0];
    }

    @Override
    public void accept(int shard, ByteBuffer block) {
        byte[] before = shards[shard];
        shards[shard] = Arrays.copyOf(before, before.length + block.remaining());
        block.get(shards[shard], before.length, block.remaining());
    }

    @Override
    public boolean read(int shard, long position, ByteBuffer into) {
        readBytes += into.remaining();
        if (lost.contains(shard) || position + into.remaining() > shards[shard].length) {
            return false;
        }
        into.put(shards[shard], (int) position, into.remaining());
        return true;
    }

    void lose(ShardSet lost) {
        this.lost = lost;
    }

    byte[] shard(int number) {
        return shards[number];
    }

    void put(int number, byte[] content) {
        shards[number] = content;
    }

    long readBytes() {
        return readBytes;
    }
}
