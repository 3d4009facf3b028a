package org.elohim.protocol.erasure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The vectors are those that JavaReedSolomon's own tests publish.
class GaloisTest {
    @Test
    void publishedProductsAndPowers() {
        assertEquals(12, GaloisField.times(3, 4));
        assertEquals(21, GaloisField.times(7, 7));
        assertEquals(41, GaloisField.times(23, 45));
        assertEquals(4, GaloisField.power(2, 2));
        assertEquals(235, GaloisField.power(5, 20));
        assertEquals(43, GaloisField.power(13, 7));
    }

    @Test
    void itIsAField() {
        for (int a = 0; a < GaloisField.SIZE; a++) {
            assertEquals(a, GaloisField.times(a, 1));
            assertEquals(0, GaloisField.times(a, 0));
            for (int b = 0; b < GaloisField.SIZE; b++) {
                int product = GaloisField.times(a, b);
                assertEquals(product, GaloisField.times(b, a));
                if (b != 0) {
                    assertEquals(a, GaloisField.over(product, b));
                }
                // One c for each pair suffices to tell the polynomial from all others.
                int c = (a * 31 + b) & 0xff;
                assertEquals(GaloisField.times(a, b ^ c), product ^ GaloisField.times(a, c));
                assertEquals(
                        GaloisField.times(product, c),
                        GaloisField.times(a, GaloisField.times(b, c)));
            }
        }
        assertThrows(ArithmeticException.class, () -> GaloisField.over(7, 0));
    }

    @Test
    void aPowerIsARepeatedProduct() {
        for (int a = 0; a < GaloisField.SIZE; a++) {
            int product = 1;
            for (int exponent = 0; exponent < 40; exponent++) {
                assertEquals(product, GaloisField.power(a, exponent), a + "^" + exponent);
                product = GaloisField.times(product, a);
            }
        }
    }

    @Test
    void publishedMatrices() {
        var inverse =
                GaloisMatrix.of(new int[][] {{56, 23, 98}, {3, 100, 200}, {45, 201, 123}})
                        .inverse()
                        .orElseThrow();
        assertEquals("[[175, 133, 33], [130, 13, 245], [112, 35, 126]]", inverse.toString());
        assertEquals(
                "[[11, 22], [19, 42]]",
                GaloisMatrix.of(new int[][] {{1, 2}, {3, 4}})
                        .times(GaloisMatrix.of(new int[][] {{5, 6}, {7, 8}}))
                        .toString());
    }

    @Test
    void aMatrixWithDependentRowsHasNoInverse() {
        assertTrue(GaloisMatrix.of(new int[][] {{3, 5}, {3, 5}}).inverse().isEmpty());
        assertTrue(GaloisMatrix.of(new int[][] {{0, 0}, {1, 1}}).inverse().isEmpty());
    }

    @Test
    void pinnedParityRows() {
        assertParity(
                new ErasureCode(4, 3),
                new int[][] {{27, 28, 18, 20}, {28, 27, 20, 18}, {18, 20, 27, 28}});
        assertParity(new ErasureCode(4, 2), new int[][] {{27, 28, 18, 20}, {28, 27, 20, 18}});
        assertParity(
                new ErasureCode(5, 5),
                new int[][] {
                    {7, 7, 6, 6, 1},
                    {9, 8, 9, 8, 1},
                    {15, 14, 14, 15, 1},
                    {2, 125, 149, 253, 22},
                    {31, 96, 137, 225, 22}
                });
        assertParity(new ErasureCode(2, 2), new int[][] {{3, 2}, {2, 3}});
        assertParity(new ErasureCode(3, 2), new int[][] {{1, 1, 1}, {15, 8, 6}});
        assertParity(
                new ErasureCode(10, 4),
                new int[][] {
                    {129, 150, 175, 184, 210, 196, 254, 232, 3, 2},
                    {150, 129, 184, 175, 196, 210, 232, 254, 2, 3},
                    {191, 214, 98, 10, 6, 111, 223, 183, 5, 4},
                    {214, 191, 10, 98, 111, 6, 183, 223, 4, 5}
                });
    }

    private static void assertParity(ErasureCode code, int[][] parity) {
        GaloisMatrix matrix = code.matrix();
        assertEquals(code.shards(), matrix.height());
        for (int row = 0; row < code.dataShards(); row++) {
            int[] unit = new int[code.dataShards()];
            unit[row] = 1;
            assertArrayEquals(unit, matrix.row(row));
        }
        for (int i = 0; i < parity.length; i++) {
            assertArrayEquals(parity[i], matrix.row(code.dataShards() + i), code.toString());
        }
    }
}
