package org.elohim.protocol.erasure;

import java.util.Arrays;

/// Byte by byte with a table of all products: what the faster ones are measured by, and what does
/// the last few bytes for them.
final class TableLoop implements CodingLoop {
    private static final byte[][] PRODUCTS = products();

    private static byte[][] products() {
        byte[][] products = new byte[GaloisField.SIZE][GaloisField.SIZE];
        for (int a = 0; a < GaloisField.SIZE; a++) {
            for (int b = 0; b < GaloisField.SIZE; b++) {
                products[a][b] = (byte) GaloisField.times(a, b);
            }
        }
        return products;
    }

    @Override
    public void code(int[][] rows, byte[][] inputs, byte[][] outputs, int offset, int length) {
        for (int row = 0; row < rows.length; row++) {
            byte[] output = outputs[row];
            Arrays.fill(output, offset, offset + length, (byte) 0);
            for (int i = 0; i < inputs.length; i++) {
                byte[] input = inputs[i];
                byte[] product = PRODUCTS[rows[row][i]];
                for (int at = offset; at < offset + length; at++) {
                    output[at] ^= product[input[at] & 0xff];
                }
            }
        }
    }
}
