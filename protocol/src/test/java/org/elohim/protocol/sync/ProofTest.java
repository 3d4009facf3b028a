package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;

class ProofTest {
    private static final Bytes NONCE = Bytes.copyOf(new byte[Proof.NONCE_BYTES]);
    private final KeyPair pair = generate();
    private final NodeId self = nodeId(pair);
    private final NodeId verifier = nodeId(generate());

    @Test
    void holdsForTheChallengeItAnswers() {
        assertTrue(Proof.holds(hello(self, proof(verifier, NONCE)), verifier, NONCE));
    }

    @Test
    void doesNotHoldForAnotherVerifierNonceOrName() {
        Bytes other = Bytes.copyOf(new byte[] {1}).concat(NONCE);
        assertFalse(Proof.holds(hello(self, proof(self, NONCE)), verifier, NONCE));
        assertFalse(Proof.holds(hello(self, proof(verifier, other)), verifier, NONCE));
        assertFalse(Proof.holds(hello(verifier, proof(verifier, NONCE)), verifier, NONCE));
    }

    @Test
    void rubbishIsNoProof() {
        assertFalse(Proof.holds(hello(self, Bytes.EMPTY), verifier, NONCE));
        assertFalse(Proof.holds(hello(self, Bytes.copyOf(new byte[64])), verifier, NONCE));
    }

    private Bytes proof(NodeId to, Bytes challenge) {
        return Proof.of(self, to, challenge, this::sign);
    }

    private Bytes sign(Bytes message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(message.toArray());
            return Bytes.copyOf(signature.sign());
        } catch (GeneralSecurityException broken) {
            throw new AssertionError(broken);
        }
    }

    private static SyncMessage.Hello hello(NodeId identity, Bytes proof) {
        return new SyncMessage.Hello(1, identity, 0, 1, 1, 0, 0, 0, NONCE, proof);
    }

    private static KeyPair generate() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException broken) {
            throw new AssertionError(broken);
        }
    }

    private static NodeId nodeId(KeyPair pair) {
        byte[] encoded = pair.getPublic().getEncoded();
        return new NodeId(Bytes.copyOf(encoded).slice(encoded.length - 32, encoded.length));
    }
}
