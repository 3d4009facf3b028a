package org.elohim.tests;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;

/// What makes a device itself, for as long as a test runs.
record DeviceKey(NodeId id, PrivateKey secret) {
    static DeviceKey draw() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] encoded = pair.getPublic().getEncoded();
            Bytes key = Bytes.copyOf(encoded, encoded.length - 32, encoded.length);
            return new DeviceKey(new NodeId(key), pair.getPrivate());
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    Bytes sign(Bytes message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(secret);
            signature.update(message.toArray());
            return Bytes.copyOf(signature.sign());
        } catch (GeneralSecurityException broken) {
            throw new AssertionError(broken);
        }
    }
}
