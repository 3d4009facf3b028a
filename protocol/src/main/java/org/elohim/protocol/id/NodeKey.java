package org.elohim.protocol.id;

import org.elohim.protocol.Bytes;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;

/// The Ed25519 key pair that is a node, or a device.
///
/// Invariants: both halves belong together; the private half is never printed.
public final class NodeKey {
    public static final int SEED_BYTES = 32;

    // An Ed25519 public key in X.509 form is this prefix and the 32 bytes of the key (RFC 8410).
    private static final Bytes X509_PREFIX = Bytes.parseHex("302a300506032b6570032100");

    private final KeyPair pair;
    private final NodeId id;

    private NodeKey(KeyPair pair, NodeId id) {
        this.pair = pair;
        this.id = id;
    }

    public static NodeKey generate() {
        try {
            return of(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
        } catch (GeneralSecurityException noEd25519) {
            throw new IllegalStateException("this JDK has no Ed25519", noEd25519);
        }
    }

    /// The pair that follows from these bytes, which are its private half (RFC 8032).
    public static NodeKey ofSeed(Bytes seed) {
        if (seed.size() != SEED_BYTES) {
            throw new IllegalArgumentException("seed of bytes=" + seed.size());
        }
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new Dictated(seed));
            KeyPair pair = generator.generateKeyPair();
            Bytes made =
                    Bytes.copyOf(((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow());
            if (!made.equals(seed)) {
                throw new IllegalStateException("this JDK does not draw a key as its seed");
            }
            return of(pair);
        } catch (GeneralSecurityException noEd25519) {
            throw new IllegalStateException("this JDK has no Ed25519", noEd25519);
        }
    }

    /// The JDK tells a public half only of pairs that it has drawn, so the dice are loaded.
    private static final class Dictated extends SecureRandom {
        private static final long serialVersionUID = 1;

        private final transient Bytes drawn;

        Dictated(Bytes drawn) {
            this.drawn = drawn;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(drawn.toArray(), 0, bytes, 0, bytes.length);
        }
    }

    /// The pair of two halves.
    ///
    /// @throws IllegalArgumentException where they do not belong together
    public static NodeKey of(PrivateKey privateKey, PublicKey publicKey) {
        return of(new KeyPair(publicKey, privateKey));
    }

    private static NodeKey of(KeyPair pair) {
        Bytes encoded = Bytes.copyOf(pair.getPublic().getEncoded());
        if (!encoded.startsWith(X509_PREFIX)) {
            throw new IllegalArgumentException("not an Ed25519 public key");
        }
        var key = new NodeKey(pair, new NodeId(encoded.slice(X509_PREFIX.size(), encoded.size())));
        Bytes probe = Bytes.copyOf(new byte[] {1, 2, 3});
        if (!key.id.signed(probe, key.sign(probe))) {
            throw new IllegalArgumentException("private and public key do not belong together");
        }
        return key;
    }

    public NodeId id() {
        return id;
    }

    public Bytes sign(Bytes message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(message.toArray());
            return Bytes.copyOf(signature.sign());
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("signing failed", broken);
        }
    }

    public PrivateKey privateKey() {
        return pair.getPrivate();
    }

    public PublicKey publicKey() {
        return pair.getPublic();
    }

    @Override
    public String toString() {
        return "NodeKey[" + id + "]";
    }
}
