package org.elohim.protocol.erasure;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Eight bytes at a time in plain Java, by the bits of the factors.
///
/// A sum of products is the sum over bit b of 2^b times the XOR of those inputs whose factor has
/// bit b. So all XORs of up to four inputs are made once, and each output is a walk from its
/// highest bit down: double, add the XOR for the next bit. It works on blocks small enough for all
/// of that to stay in the first cache.
///
/// The loops look clumsy on purpose: each does one simple thing over whole arrays, which Java's
/// compiler turns into vector instructions. One loop that does all of it is three times slower.
final class BitPlaneLoop implements CodingLoop {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    // With 16 sums of four inputs this fills the first cache of most processors and no more.
    private static final int BLOCK_BYTES = 2048;
    private static final int BLOCK_LONGS = BLOCK_BYTES / Long.BYTES;
    private static final int GROUP_INPUTS = 4;
    private static final int SUMS = 1 << GROUP_INPUTS;
    private static final int HIGHEST_BIT = 7;

    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long ALL_BUT_HIGH_BITS = 0x7f7f7f7f7f7f7f7fL;

    private final TableLoop rest = new TableLoop();
    // Index: the inputs of the group that are in the sum, as bits. The one of no input stays zero.
    private final long[][] sums = new long[SUMS][BLOCK_LONGS];
    private final long[] walk = new long[BLOCK_LONGS];

    @Override
    public void code(int[][] rows, byte[][] inputs, byte[][] outputs, int offset, int length) {
        int whole = length - length % Long.BYTES;
        int groups = (inputs.length + GROUP_INPUTS - 1) / GROUP_INPUTS;
        int[][] planes = planes(rows, groups);
        for (int done = 0; done < whole; done += BLOCK_BYTES) {
            int longs = Math.min(BLOCK_BYTES, whole - done) / Long.BYTES;
            for (int group = 0; group < groups; group++) {
                addUp(inputs, group * GROUP_INPUTS, offset + done, longs);
                for (int row = 0; row < rows.length; row++) {
                    long[] result = walk(planes[row * groups + group], longs);
                    if (group == 0) {
                        store(result, outputs[row], offset + done, longs);
                    } else {
                        add(result, outputs[row], offset + done, longs);
                    }
                }
            }
        }
        rest.code(rows, inputs, outputs, offset + whole, length - whole);
    }

    // For each row and group, for each bit from the lowest on: which inputs have it.
    private static int[][] planes(int[][] rows, int groups) {
        int[][] planes = new int[rows.length * groups][HIGHEST_BIT + 1];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < rows[row].length; i++) {
                int[] target = planes[row * groups + i / GROUP_INPUTS];
                for (int bit = 0; bit <= HIGHEST_BIT; bit++) {
                    target[bit] |= (rows[row][i] >>> bit & 1) << i % GROUP_INPUTS;
                }
            }
        }
        return planes;
    }

    private void addUp(byte[][] inputs, int first, int offset, int longs) {
        int count = Math.min(GROUP_INPUTS, inputs.length - first);
        for (int i = 0; i < count; i++) {
            load(inputs[first + i], offset, sums[1 << i], longs);
        }
        for (int sum = 1; sum < 1 << count; sum++) {
            int lowest = Integer.lowestOneBit(sum);
            if (sum != lowest) {
                xor(sums[sum ^ lowest], sums[lowest], sums[sum], longs);
            }
        }
    }

    private long[] walk(int[] planes, int longs) {
        int bit = HIGHEST_BIT;
        while (bit > 0 && planes[bit] == 0) {
            bit--;
        }
        long[] from = sums[planes[bit]];
        if (bit % 2 == 1) {
            bit--;
            doubleAndAdd(from, sums[planes[bit]], walk, longs);
            from = walk;
        }
        while (bit > 0) {
            bit -= 2;
            doubleAndAddTwice(from, sums[planes[bit + 1]], sums[planes[bit]], walk, longs);
            from = walk;
        }
        return from;
    }

    private static void load(byte[] from, int offset, long[] to, int longs) {
        for (int i = 0; i < longs; i++) {
            to[i] = (long) LONGS.get(from, offset + i * Long.BYTES);
        }
    }

    private static void store(long[] from, byte[] to, int offset, int longs) {
        for (int i = 0; i < longs; i++) {
            LONGS.set(to, offset + i * Long.BYTES, from[i]);
        }
    }

    private static void add(long[] from, byte[] to, int offset, int longs) {
        for (int i = 0; i < longs; i++) {
            int at = offset + i * Long.BYTES;
            LONGS.set(to, at, (long) LONGS.get(to, at) ^ from[i]);
        }
    }

    private static void xor(long[] a, long[] b, long[] to, int longs) {
        for (int i = 0; i < longs; i++) {
            to[i] = a[i] ^ b[i];
        }
    }

    private static void doubleAndAdd(long[] from, long[] next, long[] to, int longs) {
        for (int i = 0; i < longs; i++) {
            to[i] = doubled(from[i]) ^ next[i];
        }
    }

    private static void doubleAndAddTwice(
            long[] from, long[] next, long[] afterNext, long[] to, int longs) {
        for (int i = 0; i < longs; i++) {
            to[i] = doubled(doubled(from[i]) ^ next[i]) ^ afterNext[i];
        }
    }

    // Eight bytes at once: what is carried out of a byte comes back as the polynomial without its
    // highest bit, 0x1D.
    private static long doubled(long bytes) {
        long carried = bytes >>> 7 & LOW_BITS;
        return (bytes & ALL_BUT_HIGH_BITS) << 1
                ^ carried
                ^ carried << 2
                ^ carried << 3
                ^ carried << 4;
    }
}
