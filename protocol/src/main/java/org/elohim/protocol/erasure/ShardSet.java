package org.elohim.protocol.erasure;

import java.util.stream.IntStream;

/// Some of the shards of one content, by their numbers; bit i of `bits` stands for shard i.
public record ShardSet(int bits) {
    public static final ShardSet NONE = new ShardSet(0);

    public static ShardSet of(int... shards) {
        ShardSet set = NONE;
        for (int shard : shards) {
            set = set.with(shard);
        }
        return set;
    }

    /// The shards 0 to `count` - 1.
    public static ShardSet first(int count) {
        if (count < 0 || count > Integer.SIZE) {
            throw new IllegalArgumentException("count=" + count);
        }
        return new ShardSet(count == Integer.SIZE ? -1 : (1 << count) - 1);
    }

    public ShardSet with(int shard) {
        return new ShardSet(bits | bit(shard));
    }

    public ShardSet without(ShardSet others) {
        return new ShardSet(bits & ~others.bits);
    }

    public boolean contains(int shard) {
        return (bits & bit(shard)) != 0;
    }

    public int count() {
        return Integer.bitCount(bits);
    }

    public IntStream shards() {
        return IntStream.range(0, Integer.SIZE).filter(this::contains);
    }

    private static int bit(int shard) {
        if (shard < 0 || shard >= Integer.SIZE) {
            throw new IllegalArgumentException("shard=" + shard);
        }
        return 1 << shard;
    }

    @Override
    public String toString() {
        return shards().boxed().toList().toString();
    }
}
