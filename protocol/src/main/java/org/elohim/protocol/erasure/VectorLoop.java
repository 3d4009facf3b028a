package org.elohim.protocol.erasure;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.util.Arrays;

/// 32 bytes at a time with Java's vector instructions, where the module that has them was added.
///
/// A factor is two tables of sixteen products, one for each half of a byte, and one instruction
/// looks up 32 halves at once. Each loop takes one input into at most three outputs: with more in
/// one loop the compiler gives up and makes an object of each vector, a hundred times slower.
final class VectorLoop implements CodingLoop {
    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_256;
    private static final int LANES = SPECIES.length();
    private static final int HALF_BITS = 4;
    private static final byte LOW_HALF = 0x0f;

    // What of inputs and outputs is at work stays in the first cache.
    private static final int BLOCK_BYTES = 4096;
    private static final int TOGETHER = 3;

    // Of each factor: the products of low halves, twice over to fill a vector, then of high ones.
    private static final byte[] PRODUCTS = products();

    private final TableLoop rest = new TableLoop();

    private static byte[] products() {
        byte[] products = new byte[GaloisField.SIZE * 2 * LANES];
        for (int factor = 0; factor < GaloisField.SIZE; factor++) {
            for (int lane = 0; lane < LANES; lane++) {
                int half = lane & LOW_HALF;
                int at = 2 * LANES * factor + lane;
                products[at] = (byte) GaloisField.times(factor, half);
                products[at + LANES] = (byte) GaloisField.times(factor, half << HALF_BITS);
            }
        }
        return products;
    }

    @Override
    public void code(int[][] rows, byte[][] inputs, byte[][] outputs, int offset, int length) {
        int whole = SPECIES.loopBound(length);
        for (int done = 0; done < whole; done += BLOCK_BYTES) {
            int from = offset + done;
            int to = from + Math.min(BLOCK_BYTES, whole - done);
            for (int row = 0; row < rows.length; row++) {
                Arrays.fill(outputs[row], from, to, (byte) 0);
            }
            for (int i = 0; i < inputs.length; i++) {
                int row = 0;
                for (; row + TOGETHER <= rows.length; row += TOGETHER) {
                    addThree(
                            inputs[i],
                            outputs[row],
                            rows[row][i],
                            outputs[row + 1],
                            rows[row + 1][i],
                            outputs[row + 2],
                            rows[row + 2][i],
                            from,
                            to);
                }
                for (; row < rows.length; row++) {
                    add(inputs[i], outputs[row], rows[row][i], from, to);
                }
            }
        }
        rest.code(rows, inputs, outputs, offset + whole, length - whole);
    }

    private static void add(byte[] input, byte[] output, int factor, int from, int to) {
        ByteVector low = lowProducts(factor);
        ByteVector high = highProducts(factor);
        for (int at = from; at < to; at += LANES) {
            ByteVector bytes = ByteVector.fromArray(SPECIES, input, at);
            ByteVector lowHalves = bytes.and(LOW_HALF);
            ByteVector highHalves = bytes.lanewise(VectorOperators.LSHR, HALF_BITS);
            addProducts(lowHalves, highHalves, low, high, output, at);
        }
    }

    private static void addThree(
            byte[] input,
            byte[] first,
            int firstFactor,
            byte[] second,
            int secondFactor,
            byte[] third,
            int thirdFactor,
            int from,
            int to) {
        ByteVector firstLow = lowProducts(firstFactor);
        ByteVector firstHigh = highProducts(firstFactor);
        ByteVector secondLow = lowProducts(secondFactor);
        ByteVector secondHigh = highProducts(secondFactor);
        ByteVector thirdLow = lowProducts(thirdFactor);
        ByteVector thirdHigh = highProducts(thirdFactor);
        for (int at = from; at < to; at += LANES) {
            ByteVector bytes = ByteVector.fromArray(SPECIES, input, at);
            ByteVector lowHalves = bytes.and(LOW_HALF);
            ByteVector highHalves = bytes.lanewise(VectorOperators.LSHR, HALF_BITS);
            addProducts(lowHalves, highHalves, firstLow, firstHigh, first, at);
            addProducts(lowHalves, highHalves, secondLow, secondHigh, second, at);
            addProducts(lowHalves, highHalves, thirdLow, thirdHigh, third, at);
        }
    }

    private static void addProducts(
            ByteVector lowHalves,
            ByteVector highHalves,
            ByteVector low,
            ByteVector high,
            byte[] output,
            int at) {
        ByteVector.fromArray(SPECIES, output, at)
                .lanewise(VectorOperators.XOR, lowHalves.selectFrom(low))
                .lanewise(VectorOperators.XOR, highHalves.selectFrom(high))
                .intoArray(output, at);
    }

    private static ByteVector lowProducts(int factor) {
        return ByteVector.fromArray(SPECIES, PRODUCTS, 2 * LANES * factor);
    }

    private static ByteVector highProducts(int factor) {
        return ByteVector.fromArray(SPECIES, PRODUCTS, 2 * LANES * factor + LANES);
    }
}
