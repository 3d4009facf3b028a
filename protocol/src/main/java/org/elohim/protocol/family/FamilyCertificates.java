package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.certificate.Ed25519Certificate;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.security.cert.X509Certificate;

/// What tells the family's nodes from strangers on a wire.
///
/// Invariants: whoever has the key has the same authority and can certify any node, so none has to
/// be asked; a certificate holds the node's own key, so whoever shows it has to be that node.
///
/// A node that was stolen can certify itself as well: it is shut out by another family key.
public final class FamilyCertificates {
    /// What the name of every family's authority begins with; the tag follows.
    static final String NAME = "elohim family ";

    private static final String PURPOSE = "certificate authority v1";

    private final String name;
    private final NodeKey authority;
    private final X509Certificate root;

    private FamilyCertificates(String name, NodeKey authority) {
        this.name = name;
        this.authority = authority;
        this.root = Ed25519Certificate.ofAuthority(name, authority.id(), authority::sign);
    }

    public static FamilyCertificates of(FamilyKey key) {
        Bytes seed = key.derive(PURPOSE, NodeKey.SEED_BYTES);
        return new FamilyCertificates(NAME + key.tag(), NodeKey.ofSeed(seed));
    }

    /// The one certificate that the family's nodes trust.
    public X509Certificate root() {
        return root;
    }

    /// With which this node proves to others of the family who it is.
    public X509Certificate issue(NodeId node) {
        return Ed25519Certificate.ofSpeaker(name, node.toString(), node, authority::sign);
    }
}
