package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;

/// A node, named by its Ed25519 public key.
///
/// Invariants: the key is 32 bytes; text and key determine each other; order is bytewise on the
/// key.
///
/// The text is the key's libp2p peer id: an identity multihash around the key's protobuf, in
/// Base58.
public record NodeId(Bytes publicKey) implements Comparable<NodeId> {
    public static final int KEY_BYTES = 32;

    // Identity multihash of 36 bytes: key type Ed25519 (field 1 = 1), key data (field 2, 32 bytes).
    private static final Bytes PEER_ID_PREFIX = Bytes.parseHex("002408011220");

    // An Ed25519 public key in X.509 form is this prefix and the 32 bytes of the key (RFC 8410).
    private static final Bytes X509_PREFIX = Bytes.parseHex("302a300506032b6570032100");

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

    /// Whether this key made the signature over the message; any bytes may be asked about.
    public boolean signed(Bytes message, Bytes signature) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(
                    KeyFactory.getInstance("Ed25519")
                            .generatePublic(
                                    new X509EncodedKeySpec(
                                            X509_PREFIX.concat(publicKey).toArray())));
            verifier.update(message.toArray());
            return verifier.verify(signature.toArray());
        } catch (GeneralSecurityException notAKeyOrNotASignature) {
            return false;
        }
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
