package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.Base58;
import org.elohim.protocol.id.NodeId;

import java.util.Optional;

/// The name of any libp2p peer: a multihash of its public key, whatever kind of key that is.
///
/// Invariants: an identity hash of a short key or SHA-256 of a long one; the text printed is
/// Base58.
///
/// It stands here and not with the keys because addresses contain peer ids and keys do not need
/// addresses.
public record PeerId(Bytes multihash) {
    // Keys up to this size stand in the id themselves (libp2p peer-ids specification).
    private static final int INLINE_KEY_BYTES_MAX = 42;
    private static final int SHA2_256_BYTES = 32;
    // CIDv1 of a libp2p key.
    private static final Bytes CID_PREFIX = Bytes.parseHex("0172");

    public PeerId {
        Optional<String> problem = problem(multihash);
        if (problem.isPresent()) {
            throw new IllegalArgumentException(problem.get());
        }
    }

    public static PeerId of(NodeId node) {
        return new PeerId(Base58.decode(node.toString()));
    }

    /// Reads `12D3Koo…`, `Qm…` or the CIDv1 form `bafz…`.
    ///
    /// @throws IllegalArgumentException where the text is none of them
    public static PeerId parse(String text) {
        if (text.startsWith("1") || text.startsWith("Qm")) {
            return new PeerId(Base58.decode(text));
        }
        Bytes cid;
        try {
            cid = Multibase.decode(text);
        } catch (IllegalArgumentException notMultibase) {
            throw new IllegalArgumentException(
                    "not a peer id (12D3Koo…, Qm… or bafz…): " + notMultibase.getMessage(),
                    notMultibase);
        }
        if (!cid.startsWith(CID_PREFIX)) {
            throw new IllegalArgumentException("not a peer id: a CID of something else");
        }
        return new PeerId(cid.slice(CID_PREFIX.size(), cid.size()));
    }

    /// Why these bytes are no peer id; empty where they are one.
    static Optional<String> problem(Bytes multihash) {
        return switch (Multihash.decode(multihash)) {
            case Multihash.Decoded.Malformed(var reason) -> Optional.of("peer id: " + reason);
            case Multihash.Decoded.Hash(var hash) when isPeerHash(hash) -> Optional.empty();
            case Multihash.Decoded.Hash(var hash) ->
                    Optional.of(
                            "peer id: hash function="
                                    + hash.code()
                                    + " digest bytes="
                                    + hash.digest().size());
        };
    }

    private static boolean isPeerHash(Multihash hash) {
        return (hash.code() == Multihash.IDENTITY && hash.digest().size() <= INLINE_KEY_BYTES_MAX)
                || (hash.code() == Multihash.SHA2_256 && hash.digest().size() == SHA2_256_BYTES);
    }

    /// The node of this name, where its key is Ed25519 as all of ours are.
    public Optional<NodeId> node() {
        try {
            return Optional.of(NodeId.parse(toString()));
        } catch (IllegalArgumentException anotherKindOfKey) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return Base58.encode(multihash);
    }
}
