package org.elohim.protocol.erasure;

/// Where the bytes of a content lie in its shards.
///
/// A content is cut into stripes, a stripe into one block for each data shard; each shard is its
/// blocks in the order of the stripes, each followed by its check. All blocks are equally long but
/// those of the last stripe, which are as short as its bytes allow, with zeros at their end. So a
/// content can be coded before its length is known, and any part of it be read alone.
public record ShardLayout(ErasureCode code, int blockBytes, long lengthBytes) {
    public static final int CHECK_BYTES = BlockCheck.SIZE_BYTES;

    /// Large enough for a disk to be fast, small enough to be held for many readers at once.
    public static final int BLOCK_BYTES = 64 << 10;

    // A stripe is held in memory, and its length is counted as an int.
    static final int BLOCK_BYTES_MAX = 16 << 20;
    // A petabyte: whatever somebody claims, positions do not overflow.
    static final long LENGTH_BYTES_MAX = 1L << 50;

    public ShardLayout {
        if (blockBytes < 1
                || blockBytes > BLOCK_BYTES_MAX
                || lengthBytes < 0
                || lengthBytes > LENGTH_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "block bytes=" + blockBytes + " length bytes=" + lengthBytes);
        }
    }

    public long stripes() {
        return (lengthBytes + stripeBytes() - 1) / stripeBytes();
    }

    /// What a whole stripe holds of the content.
    public long stripeBytes() {
        return (long) blockBytes * code.dataShards();
    }

    /// What this stripe holds of the content.
    public int contentBytes(long stripe) {
        checkStripe(stripe);
        return (int) Math.min(stripeBytes(), lengthBytes - stripe * stripeBytes());
    }

    /// How long the blocks of this stripe are, without their checks.
    public int blockBytes(long stripe) {
        return blockBytesFor(contentBytes(stripe));
    }

    int blockBytesFor(int contentBytes) {
        return (contentBytes + code.dataShards() - 1) / code.dataShards();
    }

    /// Where in each shard the block of this stripe begins.
    public long position(long stripe) {
        checkStripe(stripe);
        return stripe * (blockBytes + CHECK_BYTES);
    }

    /// How long each shard is.
    public long shardBytes() {
        long stripes = stripes();
        return stripes == 0 ? 0 : position(stripes - 1) + blockBytes(stripes - 1) + CHECK_BYTES;
    }

    private void checkStripe(long stripe) {
        if (stripe < 0 || stripe >= stripes()) {
            throw new IllegalArgumentException("stripe=" + stripe + " of " + stripes());
        }
    }
}
