package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

import java.nio.charset.StandardCharsets;

/// A document, named by a random UUID (version 4).
///
/// Invariants: 16 bytes with the version and variant bits of a random UUID; text and bytes
/// determine each other.
///
/// The text is that of automerge-repo: Base58Check, so that a mistyped id is noticed. Ids that are
/// not random are refused, because two people who derive the same id would meet in one document.
public record DocumentId(Bytes uuid) implements Comparable<DocumentId> {
    public static final int SIZE_BYTES = 16;
    private static final int VERSION_AT = 6;
    private static final int VARIANT_AT = 8;

    /// The one document that is no user's: what all nodes of a family must know beside documents.
    ///
    /// It is the same everywhere, also on a node that is alone and in a family whose key was
    /// changed, so what two nodes wrote before they met simply comes together.
    public static final DocumentId LEDGER =
            ofRandom(
                    ContentHash.of(
                                    Bytes.copyOf(
                                            "elohim family ledger 1\n"
                                                    .getBytes(StandardCharsets.US_ASCII)))
                            .bytes()
                            .slice(0, SIZE_BYTES)
                            .toArray());

    public DocumentId {
        if (uuid.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("document id bytes=" + uuid.size());
        }
        int version = (uuid.at(VERSION_AT) & 0xf0) >>> 4;
        int variant = (uuid.at(VARIANT_AT) & 0xc0) >>> 6;
        if (version != 4 || variant != 2) {
            throw new IllegalArgumentException(
                    "not a random UUID: version=" + version + " variant=" + variant);
        }
    }

    /// The id made of 16 random bytes, of which six bits give way to version and variant.
    public static DocumentId ofRandom(byte[] random) {
        byte[] uuid = random.clone();
        if (uuid.length != SIZE_BYTES) {
            throw new IllegalArgumentException("random bytes=" + uuid.length);
        }
        uuid[VERSION_AT] = (byte) ((uuid[VERSION_AT] & 0x0f) | 0x40);
        uuid[VARIANT_AT] = (byte) ((uuid[VARIANT_AT] & 0x3f) | 0x80);
        return new DocumentId(Bytes.copyOf(uuid));
    }

    /// Whether only nodes of the family may have it, and nobody may delete it or rule on it.
    public boolean isLedger() {
        return equals(LEDGER);
    }

    /// Reads the text form.
    ///
    /// @throws IllegalArgumentException where the text is no document id, naming what is wrong
    public static DocumentId parse(String text) {
        Bytes uuid;
        try {
            uuid = Base58Check.decode(text, SIZE_BYTES);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("not a document id: " + wrong.getMessage(), wrong);
        }
        return new DocumentId(uuid);
    }

    @Override
    public int compareTo(DocumentId other) {
        return uuid.compareTo(other.uuid);
    }

    @Override
    public String toString() {
        return Base58Check.encode(uuid);
    }
}
