package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;

/// Unsigned LEB128 numbers, which precede every length and code of libp2p.
///
/// Invariants: a number has exactly one form, the shortest; numbers fit into a positive `long`.
public final class Uvarint {
    // Nine groups of seven bits: the specification stops at 63 bits.
    public static final int BYTES_MAX = 9;
    private static final int PAYLOAD_BITS = 7;
    private static final int PAYLOAD_MASK = 0x7f;
    private static final int MORE_FLAG = 0x80;

    public sealed interface Decoded {
        /// A number; `next` is the index of the first byte behind it.
        record Value(long value, int next) implements Decoded {}

        record NeedMore() implements Decoded {}

        record Malformed(String reason) implements Decoded {}
    }

    private Uvarint() {}

    public static Bytes encode(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("value=" + value);
        }
        byte[] encoded = new byte[BYTES_MAX];
        int size = 0;
        long rest = value;
        while (rest > PAYLOAD_MASK) {
            encoded[size++] = (byte) ((rest & PAYLOAD_MASK) | MORE_FLAG);
            rest >>>= PAYLOAD_BITS;
        }
        encoded[size++] = (byte) rest;
        return Bytes.copyOf(encoded, 0, size);
    }

    public static Decoded decode(Bytes in, int from) {
        long value = 0;
        for (int i = 0; i < BYTES_MAX; i++) {
            if (from + i >= in.size()) {
                return new Decoded.NeedMore();
            }
            int octet = in.at(from + i) & 0xff;
            value |= (long) (octet & PAYLOAD_MASK) << (PAYLOAD_BITS * i);
            if (octet < MORE_FLAG) {
                // A second form of one number would let two texts of one id differ.
                return octet == 0 && i > 0
                        ? new Decoded.Malformed("varint is not in its shortest form")
                        : new Decoded.Value(value, from + i + 1);
            }
        }
        return new Decoded.Malformed("varint longer than " + BYTES_MAX + " bytes");
    }
}
