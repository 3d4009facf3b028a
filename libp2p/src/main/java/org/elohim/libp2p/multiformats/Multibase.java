package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.Base58;

import java.util.Base64;

/// Bytes as text behind one character that names the base: the three bases that libp2p writes.
///
/// Invariants: only the text that the encoder of its base would write is accepted.
final class Multibase {
    // Longer than any hash in use; nothing longer may cost us time.
    private static final int TEXT_CHARS_MAX = 256;
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int BASE32_BITS = 5;

    private Multibase() {}

    /// @throws IllegalArgumentException where the base is unknown or the text is not in it
    static Bytes decode(String text) {
        if (text.isEmpty() || text.length() > TEXT_CHARS_MAX) {
            throw new IllegalArgumentException("multibase characters=" + text.length());
        }
        String digits = text.substring(1);
        return switch (text.charAt(0)) {
            case 'b' -> decodeBase32(digits);
            case 'u' -> decodeBase64Url(digits);
            case 'z' -> Base58.decode(digits);
            default ->
                    throw new IllegalArgumentException(
                            "unknown multibase '"
                                    + text.charAt(0)
                                    + "' (known: b base32, u base64url, z base58)");
        };
    }

    static String encodeBase64Url(Bytes bytes) {
        return "u" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toArray());
    }

    private static Bytes decodeBase64Url(String digits) {
        Bytes decoded;
        try {
            decoded = Bytes.copyOf(Base64.getUrlDecoder().decode(digits));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("not base64url: " + digits, notBase64);
        }
        // The JDK accepts padding and stray low bits, which would give one hash several texts.
        if (!encodeBase64Url(decoded).substring(1).equals(digits)) {
            throw new IllegalArgumentException("not base64url in its one form: " + digits);
        }
        return decoded;
    }

    private static Bytes decodeBase32(String digits) {
        byte[] decoded = new byte[digits.length() * BASE32_BITS / Byte.SIZE];
        int written = 0;
        int bits = 0;
        int pending = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = BASE32.indexOf(digits.charAt(i));
            if (digit < 0) {
                throw new IllegalArgumentException("not base32: " + digits);
            }
            pending = (pending << BASE32_BITS) | digit;
            bits += BASE32_BITS;
            if (bits >= Byte.SIZE) {
                bits -= Byte.SIZE;
                decoded[written++] = (byte) (pending >>> bits);
                pending &= (1 << bits) - 1;
            }
        }
        if (bits >= BASE32_BITS || pending != 0) {
            throw new IllegalArgumentException("not base32 in its one form: " + digits);
        }
        return Bytes.copyOf(decoded);
    }
}
