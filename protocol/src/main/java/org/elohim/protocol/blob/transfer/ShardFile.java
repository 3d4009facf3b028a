package org.elohim.protocol.blob.transfer;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A shard as a store keeps it: a head that names blob and number, then its blocks.
///
/// Two contents of which one was made from the other share shards byte for byte. With the head each
/// has a name of its own, so letting go of one's shard takes nothing from the other; and whoever
/// finds one without knowing of it does not take it for what somebody has put.
public final class ShardFile {
    private static final byte[] MAGIC = {'e', 'l', 's', 'h'};

    public static final int HEAD_BYTES = 4 + Integer.BYTES + ContentHash.SIZE_BYTES;

    private ShardFile() {}

    /// How all blobs are cut.
    public static ShardLayout layout(long contentBytes) {
        return new ShardLayout(ErasureCode.FOUR_AND_THREE, ShardLayout.BLOCK_BYTES, contentBytes);
    }

    /// Whether a manifest is one of ours, so that its shards can be read.
    public static boolean isOf(Manifest manifest, long contentBytes) {
        return manifest.layout().equals(layout(contentBytes));
    }

    public static long lengthBytes(long contentBytes) {
        return HEAD_BYTES + layout(contentBytes).shardBytes();
    }

    public static ByteBuffer head(ContentHash blob, int shard) {
        return ByteBuffer.allocate(HEAD_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(shard)
                .put(blob.bytes().asReadOnlyBuffer())
                .flip();
    }

    /// Whether a content begins as a shard does.
    public static boolean isShard(ByteBuffer content) {
        if (content.remaining() < HEAD_BYTES) {
            return false;
        }
        byte[] magic = new byte[MAGIC.length];
        content.duplicate().get(magic);
        return Arrays.equals(magic, MAGIC);
    }

    /// The blob that a shard is of.
    public static ContentHash blobOf(ByteBuffer shard) {
        byte[] hash = new byte[ContentHash.SIZE_BYTES];
        shard.duplicate().position(shard.position() + MAGIC.length + Integer.BYTES).get(hash);
        return new ContentHash(Bytes.copyOf(hash));
    }
}
