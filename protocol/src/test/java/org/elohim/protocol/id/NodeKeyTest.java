package org.elohim.protocol.id;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

class NodeKeyTest {
    // Tests 1 and 2 of RFC 8032, section 7.1.
    private static final Bytes SEED =
            Bytes.parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    private static final Bytes PUBLIC =
            Bytes.parseHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    private static final Bytes SIGNATURE_OF_NOTHING =
            Bytes.parseHex(
                    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                            + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");

    @Test
    void aPairFollowsFromItsSeed() {
        NodeKey key = NodeKey.ofSeed(SEED);
        assertEquals(PUBLIC, key.id().publicKey());
        assertEquals(SIGNATURE_OF_NOTHING, key.sign(Bytes.EMPTY));
    }

    @Test
    void aSeedOfAnotherLengthIsNone() {
        assertThrows(IllegalArgumentException.class, () -> NodeKey.ofSeed(SEED.slice(0, 31)));
    }

    @Test
    void halvesOfTwoPairsAreNoPair() {
        NodeKey one = NodeKey.generate();
        NodeKey other = NodeKey.generate();
        assertThrows(
                IllegalArgumentException.class,
                () -> NodeKey.of(one.privateKey(), other.publicKey()));
    }

    @Test
    void itIsNeverPrinted() {
        assertFalse(NodeKey.ofSeed(SEED).toString().contains("9d61"));
    }
}
