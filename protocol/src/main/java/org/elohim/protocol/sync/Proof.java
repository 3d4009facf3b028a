package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;

import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/// That whoever says Hello holds the key it is named by.
///
/// Invariants: a proof is good for one challenge of one verifier only, so nobody can pass on what
/// was said to him.
public final class Proof {
    /// Nobody guesses it, nobody draws it twice.
    public static final int NONCE_BYTES = 32;

    // In front of what is signed, so that it cannot be taken for anything else the key signs.
    private static final Bytes LABEL =
            Bytes.copyOf("elohim sync hello 1\n".getBytes(StandardCharsets.US_ASCII));

    private Proof() {}

    /// What `self` answers to a challenge; `signer` holds its private key.
    public static Bytes of(
            NodeId self, NodeId verifier, Bytes challenge, UnaryOperator<Bytes> signer) {
        return signer.apply(message(self, verifier, challenge));
    }

    /// Whether this Hello comes from the one it names, in answer to this challenge.
    public static boolean holds(SyncMessage.Hello hello, NodeId verifier, Bytes challenge) {
        NodeId named = hello.identity();
        return named.signed(message(named, verifier, challenge), hello.proof());
    }

    private static Bytes message(NodeId self, NodeId verifier, Bytes challenge) {
        return LABEL.concat(self.publicKey()).concat(verifier.publicKey()).concat(challenge);
    }
}
