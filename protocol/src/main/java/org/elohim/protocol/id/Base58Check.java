package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

/// Base58 with a checksum behind the payload, so that a mistyped text is noticed: automerge-repo's
/// form of document ids and heads.
///
/// Invariants: a payload and its text determine each other.
public final class Base58Check {
    private static final int CHECKSUM_BYTES = 4;

    private Base58Check() {}

    public static String encode(Bytes payload) {
        return Base58.encode(payload.concat(checksum(payload)));
    }

    /// The payload of a text, which must have this size.
    ///
    /// @throws IllegalArgumentException where the text is none of a payload of this size, naming
    ///   what is wrong
    public static Bytes decode(String text, int sizeBytes) {
        Bytes decoded = Base58.decode(text);
        if (decoded.size() != sizeBytes + CHECKSUM_BYTES) {
            throw new IllegalArgumentException("bytes=" + decoded.size());
        }
        Bytes payload = decoded.slice(0, sizeBytes);
        if (!decoded.slice(sizeBytes, decoded.size()).equals(checksum(payload))) {
            throw new IllegalArgumentException("wrong checksum, mistyped?");
        }
        return payload;
    }

    private static Bytes checksum(Bytes payload) {
        return ContentHash.of(ContentHash.of(payload).bytes()).bytes().slice(0, CHECKSUM_BYTES);
    }
}
