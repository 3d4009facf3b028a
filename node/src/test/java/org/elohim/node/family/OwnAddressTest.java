package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.libp2p.multiformats.IpAddress;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class OwnAddressTest {
    private static final IpAddress ALL = IpAddress.parse("0.0.0.0");
    private static final IpAddress ALL_OF_BOTH = IpAddress.parse("::");
    private static final IpAddress HOUSE = IpAddress.parse("192.168.1.20");
    private static final IpAddress OTHER = IpAddress.parse("10.0.0.7");
    private static final IpAddress WORLD = IpAddress.parse("2001:db8::1");

    @Test
    void whatIsConfiguredWins() {
        assertEquals(OTHER, OwnAddress.of(ALL, Optional.of(OTHER), List.of(HOUSE)));
        assertEquals(OTHER, OwnAddress.of(HOUSE, Optional.of(OTHER), List.of()));
    }

    @Test
    void whoListensAtOneAddressIsReachedThere() {
        assertEquals(HOUSE, OwnAddress.of(HOUSE, Optional.empty(), List.of(OTHER)));
    }

    @Test
    void whoListensAtAllIsReachedAtTheFirstUsableOne() {
        assertEquals(HOUSE, OwnAddress.of(ALL, Optional.empty(), List.of(HOUSE, OTHER)));
        assertEquals(HOUSE, OwnAddress.of(ALL, Optional.empty(), List.of(WORLD, HOUSE)));
        assertEquals(WORLD, OwnAddress.of(ALL_OF_BOTH, Optional.empty(), List.of(WORLD)));
    }

    @Test
    void withoutANetworkThereIsThisMachine() {
        assertEquals(
                IpAddress.parse("127.0.0.1"), OwnAddress.of(ALL, Optional.empty(), List.of(WORLD)));
    }
}
