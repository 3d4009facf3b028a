package org.elohim.protocol.id;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeIdTest {
    // The Ed25519 key and peer id of the published libp2p peer-id vectors.
    private static final Bytes KEY =
            Bytes.parseHex("1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e");
    private static final String TEXT = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";

    @Test
    void theTextIsTheLibp2pPeerIdOfTheKey() {
        assertEquals(TEXT, new NodeId(KEY).toString());
        assertEquals(new NodeId(KEY), NodeId.parse(TEXT));
    }

    @Test
    void orderIsBytewiseOnTheKey() {
        var low = new NodeId(Bytes.parseHex("01".repeat(32)));
        var high = new NodeId(Bytes.parseHex("ff".repeat(32)));

        assertTrue(low.compareTo(high) < 0);
    }

    @Test
    void aKeyOfAnotherLengthIsNoNodeId() {
        assertThrows(IllegalArgumentException.class, () -> new NodeId(Bytes.parseHex("00")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "12D3Koo",
                "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC",
                "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pqq",
                "0OIl",
                "12D3KooW\u00e9"
            })
    void whatIsNoPeerIdOfAnEd25519KeyIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> NodeId.parse(text));
    }
}
