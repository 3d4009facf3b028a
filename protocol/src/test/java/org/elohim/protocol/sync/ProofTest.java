package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

class ProofTest {
    private static final Bytes NONCE = Bytes.copyOf(new byte[Proof.NONCE_BYTES]);
    private final NodeKey key = NodeKey.generate();
    private final NodeId self = key.id();
    private final NodeId verifier = NodeKey.generate().id();

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
        return Proof.of(self, to, challenge, key::sign);
    }

    private static SyncMessage.Hello hello(NodeId identity, Bytes proof) {
        return new SyncMessage.Hello(1, identity, 0, 1, 1, 1, 0, 0, 0, 0, NONCE, proof);
    }
}
