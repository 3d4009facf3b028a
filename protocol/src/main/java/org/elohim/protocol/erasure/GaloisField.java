package org.elohim.protocol.erasure;

/// Arithmetic of GF(2^8) with the polynomial 0x11D and the generator 2, the field that
/// JavaReedSolomon uses: adding is XOR, and a byte is an element.
final class GaloisField {
    static final int SIZE = 256;

    private static final int ORDER = SIZE - 1;
    private static final int POLYNOMIAL = 0x11D;
    private static final int[] LOGARITHMS = new int[SIZE];
    // Twice over, so that the sum of two logarithms needs no division.
    private static final int[] POWERS = new int[2 * ORDER];

    static {
        int value = 1;
        for (int exponent = 0; exponent < ORDER; exponent++) {
            POWERS[exponent] = value;
            POWERS[exponent + ORDER] = value;
            LOGARITHMS[value] = exponent;
            value <<= 1;
            if (value >= SIZE) {
                value ^= POLYNOMIAL;
            }
        }
    }

    private GaloisField() {}

    static int times(int a, int b) {
        return a == 0 || b == 0 ? 0 : POWERS[LOGARITHMS[a] + LOGARITHMS[b]];
    }

    static int over(int a, int b) {
        if (b == 0) {
            throw new ArithmeticException("dividend=" + a + " divided by 0");
        }
        return a == 0 ? 0 : POWERS[LOGARITHMS[a] - LOGARITHMS[b] + ORDER];
    }

    static int power(int a, int exponent) {
        if (exponent == 0) {
            return 1;
        }
        return a == 0 ? 0 : POWERS[LOGARITHMS[a] * exponent % ORDER];
    }
}
