package org.elohim.protocol.change;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Inflates untrusted bytes without ever holding more than a limit.
///
/// Invariants: what comes out is whole, at most the limit, and used up all of the input.
final class Inflation {
    private static final int FIRST_BYTES = 1 << 10;

    private Inflation() {}

    static Decoded<ByteBuffer> inflate(ByteBuffer deflated, int limitBytes) {
        var inflater = new Inflater(true);
        try {
            inflater.setInput(deflated.duplicate());
            // One byte more than allowed, to tell a body of just the limit from a longer one.
            byte[] plain = new byte[Math.min(FIRST_BYTES, limitBytes + 1)];
            int size = 0;
            while (!inflater.finished()) {
                if (size == plain.length) {
                    if (size > limitBytes) {
                        return new Decoded.Malformed<>(
                                "inflates to more than " + limitBytes + " bytes");
                    }
                    plain = Arrays.copyOf(plain, Math.min(2 * size, limitBytes + 1));
                }
                int more = inflater.inflate(plain, size, plain.length - size);
                size += more;
                if (more == 0 && !inflater.finished()) {
                    return new Decoded.Malformed<>("its deflated body is cut off");
                }
            }
            if (size > limitBytes) {
                return new Decoded.Malformed<>("inflates to more than " + limitBytes + " bytes");
            }
            if (inflater.getRemaining() > 0) {
                return new Decoded.Malformed<>("bytes after its deflated body");
            }
            return new Decoded.Parsed<>(ByteBuffer.wrap(plain, 0, size).slice());
        } catch (DataFormatException broken) {
            return new Decoded.Malformed<>("its body does not inflate: " + broken.getMessage());
        } finally {
            // Its memory lies outside the heap; waiting for a collection would let it pile up.
            inflater.end();
        }
    }
}
