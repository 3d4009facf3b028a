package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The SHA-256 hash that names a change, a blob or a set of heads.
///
/// Invariants: 32 bytes; order is bytewise, so it is the order of the hex texts too.
public record ContentHash(Bytes bytes) implements Comparable<ContentHash> {
    public static final int SIZE_BYTES = 32;

    public ContentHash {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("content hash bytes=" + bytes.size());
        }
    }

    /// The name of this content.
    public static ContentHash of(Bytes content) {
        MessageDigest sha256 = sha256();
        sha256.update(content.asReadOnlyBuffer());
        return new ContentHash(Bytes.copyOf(sha256.digest()));
    }

    // Nothing was hashed by it. Looking it up among all providers takes longer than a short
    // content.
    private static final MessageDigest FRESH = lookedUp();

    private static MessageDigest lookedUp() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }

    /// For content that comes in parts.
    public static MessageDigest sha256() {
        try {
            return (MessageDigest) FRESH.clone();
        } catch (CloneNotSupportedException other) {
            return lookedUp();
        }
    }

    /// Reads the text form: 64 lower-case hexadecimal digits.
    ///
    /// @throws IllegalArgumentException where the text is anything else
    public static ContentHash parse(String text) {
        if (text.length() != 2 * SIZE_BYTES) {
            throw new IllegalArgumentException(
                    "not a content hash (64 hex digits): characters=" + text.length());
        }
        for (int i = 0; i < text.length(); i++) {
            // One hash has one text: ids are compared and looked up as text in many places.
            if ("0123456789abcdef".indexOf(text.charAt(i)) < 0) {
                throw new IllegalArgumentException(
                        "not a lower-case hex digit: '" + text.charAt(i) + "'");
            }
        }
        return new ContentHash(Bytes.parseHex(text));
    }

    @Override
    public int compareTo(ContentHash other) {
        return bytes.compareTo(other.bytes);
    }

    @Override
    public String toString() {
        return bytes.toHex();
    }
}
