package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

/// Base58 with the Bitcoin alphabet, the text form of libp2p peer ids and automerge-repo document
/// ids.
///
/// Invariants: every byte string has exactly one text and decoding that text gives it back; a text
/// that no encoder writes is refused.
public final class Base58 {
    private static final String ALPHABET =
            "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    // The conversion is quadratic; ids are far shorter, and nothing longer may cost us time.
    public static final int TEXT_CHARS_MAX = 256;

    private Base58() {}

    public static String encode(Bytes bytes) {
        int zeros = 0;
        while (zeros < bytes.size() && bytes.at(zeros) == 0) {
            zeros++;
        }
        byte[] number = bytes.toArray();
        var reversed = new StringBuilder();
        int start = zeros;
        while (start < number.length) {
            reversed.append(ALPHABET.charAt(divide(number, start, 256, 58)));
            if (number[start] == 0) {
                start++;
            }
        }
        // A leading quotient may have run to zero one digit early.
        while (!reversed.isEmpty() && reversed.charAt(reversed.length() - 1) == '1') {
            reversed.setLength(reversed.length() - 1);
        }
        return "1".repeat(zeros) + reversed.reverse();
    }

    /// The bytes of a text.
    ///
    /// @throws IllegalArgumentException where the text is no Base58, naming what is wrong
    public static Bytes decode(String text) {
        if (text.length() > TEXT_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "longer than " + TEXT_CHARS_MAX + " characters: " + text.length());
        }
        byte[] number = new byte[text.length()];
        for (int i = 0; i < text.length(); i++) {
            number[i] = digit(text.charAt(i));
        }
        int zeros = 0;
        while (zeros < number.length && number[zeros] == 0) {
            zeros++;
        }
        byte[] decoded = new byte[number.length];
        int written = decoded.length;
        int start = zeros;
        while (start < number.length) {
            decoded[--written] = (byte) divide(number, start, 58, 256);
            if (number[start] == 0) {
                start++;
            }
        }
        while (written < decoded.length && decoded[written] == 0) {
            written++;
        }
        return Bytes.copyOf(decoded, written - zeros, decoded.length);
    }

    private static byte digit(char character) {
        int digit = ALPHABET.indexOf(character);
        if (digit < 0) {
            throw new IllegalArgumentException("not Base58: '" + character + "'");
        }
        return (byte) digit;
    }

    /// Divides the number, whose digits are of `base`, in place; returns the remainder.
    private static int divide(byte[] number, int start, int base, int divisor) {
        int remainder = 0;
        for (int i = start; i < number.length; i++) {
            int digit = (number[i] & 0xff) + remainder * base;
            number[i] = (byte) (digit / divisor);
            remainder = digit % divisor;
        }
        return remainder;
    }
}
