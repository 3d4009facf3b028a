package org.elohim.protocol.erasure;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The CRC32C of a block and of its place: one that lies where another belongs is as bad as one
/// with a changed bit.
public final class BlockCheck {
    /// What it takes behind a block.
    public static final int SIZE_BYTES = Integer.BYTES;

    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final byte[] place = new byte[Integer.BYTES + Long.BYTES];

    /// Writes the check behind the first `length` bytes.
    public void seal(int shard, long stripe, byte[] block, int length) {
        INTS.set(block, length, of(shard, stripe, block, length));
    }

    /// Whether the check behind the first `length` bytes is theirs.
    public boolean holds(int shard, long stripe, byte[] block, int length) {
        return (int) INTS.get(block, length) == of(shard, stripe, block, length);
    }

    private int of(int shard, long stripe, byte[] block, int length) {
        INTS.set(place, 0, shard);
        LONGS.set(place, Integer.BYTES, stripe);
        crc.reset();
        crc.update(place, 0, place.length);
        crc.update(block, 0, length);
        return (int) crc.getValue();
    }
}
