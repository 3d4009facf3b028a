package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

/// A node, named by its Ed25519 public key.
///
/// Invariants: the key is 32 bytes; text and key determine each other; order is bytewise on the
/// key.
///
/// The text is the key's libp2p peer id: an identity multihash around the key's protobuf, in
/// Base58.
public record NodeId(Bytes publicKey) implements Comparable<NodeId> {
    private static final int KEY_BYTES = 32;
    // Identity multihash of 36 bytes: key type Ed25519 (field 1 = 1), key data (field 2, 32 bytes).
    private static final Bytes PEER_ID_PREFIX = Bytes.parseHex("002408011220");

    public NodeId {
        if (publicKey.size() != KEY_BYTES) {
            throw new IllegalArgumentException("public key bytes=" + publicKey.size());
        }
    }

    /// Reads the text form.
    ///
    /// @throws IllegalArgumentException where the text is no peer id of an Ed25519 key
    public static NodeId parse(String text) {
        Bytes decoded;
        try {
            decoded = Base58.decode(text);
        } catch (IllegalArgumentException notBase58) {
            throw new IllegalArgumentException(
                    "not a node id (12D3Koo…): " + notBase58.getMessage(), notBase58);
        }
        if (!decoded.startsWith(PEER_ID_PREFIX)
                || decoded.size() != PEER_ID_PREFIX.size() + KEY_BYTES) {
            throw new IllegalArgumentException("not the peer id of an Ed25519 key (12D3Koo…)");
        }
        return new NodeId(decoded.slice(PEER_ID_PREFIX.size(), decoded.size()));
    }

    @Override
    public int compareTo(NodeId other) {
        return publicKey.compareTo(other.publicKey);
    }

    @Override
    public String toString() {
        return Base58.encode(PEER_ID_PREFIX.concat(publicKey));
    }
}
