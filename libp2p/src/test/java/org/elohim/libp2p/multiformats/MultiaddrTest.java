package org.elohim.libp2p.multiformats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Collections;
import java.util.Optional;

class MultiaddrTest {
    // From the published libp2p peer-id vectors.
    private static final String PEER = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
    private static final String PEER_AS_CID =
            "bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6";
    private static final String RSA_PEER = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC";

    // Bytes written by js-libp2p.
    @ParameterizedTest
    @CsvSource({
        "/ip4/127.0.0.1/tcp/4001, 047f000001060fa1",
        "/ip6/::1/udp/4001/quic-v1, 290000000000000000000000000000000191020fa1cd03",
        "/ip4/127.0.0.1/tcp/4001/ws, 047f000001060fa1dd03",
        "/dns4/example.com/tcp/443/tls/ws, 360b6578616d706c652e636f6d0601bbc003dd03",
        "/ip6zone/eth0/ip6/fe80::1/tcp/1,"
                + " 2a046574683029fe800000000000000000000000000001060001",
        "/unix/%2Ftmp%2Fx, 9003062f746d702f78",
    })
    void bytesAreThoseOfOtherLibp2pImplementations(String text, String hex) {
        Multiaddr address = Multiaddr.parse(text);

        assertEquals(hex, address.encode().toHex());
        assertEquals(text, address.toString());
        assertEquals(new Multiaddr.Decoded.Address(address), Multiaddr.decode(address.encode()));
    }

    @Test
    void aCertificateHashIsAMultihashInBase64Url() {
        Bytes bytes = Bytes.parseHex("0401020304910223829802d203221220" + "00".repeat(32));

        var decoded = assertInstanceOf(Multiaddr.Decoded.Address.class, Multiaddr.decode(bytes));

        assertEquals(
                "/ip4/1.2.3.4/udp/9090/webrtc-direct/certhash/uEiA" + "A".repeat(43),
                decoded.address().toString());
        assertEquals(decoded.address(), Multiaddr.parse(decoded.address().toString()));
    }

    @Test
    void everySpellingOfAPeerIsTheSameAddress() {
        Multiaddr address = Multiaddr.parse("/ip4/10.0.0.1/tcp/1/p2p/" + PEER);

        assertEquals(address, Multiaddr.parse("/ip4/10.0.0.1/tcp/1/ipfs/" + PEER));
        assertEquals(address, Multiaddr.parse("/ip4/10.0.0.1/tcp/1/p2p/" + PEER_AS_CID));
        assertEquals("/ip4/10.0.0.1/tcp/1/p2p/" + PEER, address.toString());
    }

    @Test
    void thePeerIsTheOneAtTheFarEnd() {
        Multiaddr relayed =
                Multiaddr.parse("/ip4/10.0.0.1/tcp/1/p2p/" + RSA_PEER + "/p2p-circuit/p2p/" + PEER);

        assertEquals(Optional.of(NodeId.parse(PEER)), relayed.peer().orElseThrow().node());
        assertEquals(Optional.empty(), Multiaddr.parse("/ip4/10.0.0.1/tcp/1").peer());
        assertEquals(Optional.empty(), PeerId.parse(RSA_PEER).node());
        assertEquals(PeerId.parse(PEER), PeerId.of(NodeId.parse(PEER)));
    }

    @Test
    void thePortCanBeReplaced() {
        Multiaddr address = Multiaddr.parse("/ip4/0.0.0.0/udp/4001/quic-v1").withPort(7);

        assertEquals("/ip4/0.0.0.0/udp/7/quic-v1", address.toString());
        assertEquals(Optional.of(7), address.port());
        assertTrue(address.has(Protocol.QUIC_V1));
    }

    @ParameterizedTest
    @CsvSource({
        "'', an address starts with /",
        "ip4/1.2.3.4, an address starts with /",
        "/, unknown protocol ''",
        "/ip4/1.2.3.4/, unknown protocol ''",
        "/carrier-pigeon/1, unknown protocol 'carrier-pigeon'",
        "/ip4, ip4 lacks its value",
        "/ip4/1.2.3, ip4: not an IP address: 1.2.3",
        "/ip4/::1, 'ip4: value bytes=16, not 4'",
        "/ip4/1.2.3.4/tcp/65536, tcp: not a port from 0 to 65535: 65536",
        "/tcp/-1, tcp: not a port from 0 to 65535: -1",
        "/unix/%2, unix: path with a stray %: %2",
        "/certhash/xAA, 'certhash: unknown multibase ''x'' (known: b base32, u base64url, z"
                + " base58)'",
    })
    void theReasonOfARefusalIsNamed(String text, String reason) {
        var refused = assertThrows(IllegalArgumentException.class, () -> Multiaddr.parse(text));

        assertEquals(reason, refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0f",
                "04",
                "047f0000",
                "a503",
                "a50300",
                "a5030401020304",
                "8400",
                "35022f61",
                "3501ff",
                "35ffffffff0f",
                "9003010000",
                "0601"
            })
    void foreignBytesThatAreNoAddressAreMalformed(String hex) {
        assertInstanceOf(Multiaddr.Decoded.Malformed.class, Multiaddr.decode(Bytes.parseHex(hex)));
    }

    @Test
    void anAddressHasABoundedNumberOfPartsAndBytes() {
        var circuit = new Multiaddr.Component(Protocol.P2P_CIRCUIT, Bytes.EMPTY);
        var name = new Multiaddr.Component(Protocol.DNS, Bytes.parseHex("61".repeat(200)));

        assertThrows(
                IllegalArgumentException.class,
                () -> new Multiaddr(Collections.nCopies(Multiaddr.COMPONENTS_MAX + 1, circuit)));
        assertThrows(
                IllegalArgumentException.class, () -> new Multiaddr(Collections.nCopies(6, name)));
        assertInstanceOf(
                Multiaddr.Decoded.Malformed.class,
                Multiaddr.decode(Bytes.parseHex("a202".repeat(Multiaddr.COMPONENTS_MAX + 1))));
    }
}
