package org.elohim.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.host.HostAddresses.Line;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

class HostAddressesTest {
    private static final boolean CARD = true;
    // As Linux has them once there is a container: the newest first in Java's list.
    private static final Line VETH = line("veth1a2b", 9, !CARD, "fe80::42");
    private static final Line DOCKER = line("docker0", 4, !CARD, "172.17.0.1", "fe80::41");
    private static final Line OLDER_BRIDGE = line("virbr0", 3, !CARD, "192.168.122.1");
    private static final Line WIRE = line("eth0", 2, CARD, "2001:db8:7::20", "192.168.1.20");
    private static final Line AIR = line("wlan0", 5, CARD, "192.168.1.21");
    private static final Line TUNNEL = new Line("wg0", 8, !CARD, true, addresses("10.8.0.2"));
    // In a container, or on a bridge over the card, the house's own line is none of a card.
    private static final Line BRIDGED = line("br0", 2, !CARD, "192.168.1.20");

    private static Line line(String name, int index, boolean isCard, String... addresses) {
        return new Line(name, index, isCard, false, addresses(addresses));
    }

    private static List<InetAddress> addresses(String... texts) {
        return Arrays.stream(texts).map(HostAddressesTest::address).toList();
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException none) {
            throw new IllegalArgumentException(none);
        }
    }

    private static void assertAddresses(
            List<Line> told, List<InetAddress> leadingOut, String... likeliestFirst) {
        assertEquals(addresses(likeliestFirst), HostAddresses.addresses(told, leadingOut));
    }

    private static void assertLines(
            List<Line> told, List<InetAddress> leadingOut, Line... likeliestFirst) {
        assertEquals(List.of(likeliestFirst), HostAddresses.lines(told, leadingOut));
    }

    @Test
    void whatLeadsOutComesFirst() {
        assertAddresses(
                List.of(VETH, DOCKER, BRIDGED),
                addresses("192.168.1.20"),
                "192.168.1.20",
                "172.17.0.1");
        assertAddresses(
                List.of(DOCKER, AIR, WIRE),
                addresses("192.168.1.21", "2001:db8:7::20"),
                "192.168.1.21",
                "2001:db8:7::20",
                "192.168.1.20",
                "172.17.0.1");
        assertLines(
                List.of(VETH, DOCKER, AIR, OLDER_BRIDGE, WIRE),
                addresses("192.168.1.21"),
                AIR,
                WIRE,
                OLDER_BRIDGE,
                DOCKER,
                VETH);
    }

    @Test
    void whereNothingLeadsOutCardsComeBeforeTheRestAndTheOlderBeforeTheNewer() {
        assertAddresses(
                List.of(VETH, AIR, DOCKER, OLDER_BRIDGE, WIRE),
                List.of(),
                "192.168.1.20",
                "192.168.1.21",
                "2001:db8:7::20",
                "192.168.122.1",
                "172.17.0.1");
        assertAddresses(List.of(DOCKER, BRIDGED), List.of(), "192.168.1.20", "172.17.0.1");
        assertLines(List.of(VETH, DOCKER, WIRE), List.of(), WIRE, DOCKER, VETH);
    }

    @Test
    void theEndOfATunnelIsNotTheHouse() {
        assertAddresses(
                List.of(TUNNEL, WIRE),
                addresses("10.8.0.2"),
                "192.168.1.20",
                "2001:db8:7::20",
                "10.8.0.2");
    }

    @Test
    void whatMeansNothingToOthersIsLeftOut() {
        assertAddresses(
                List.of(line("eth0", 2, CARD, "fe80::7", "127.0.0.1", "0.0.0.0", "224.0.0.251")),
                addresses("0.0.0.0"));
    }

    @Test
    void thisMachineHasWhatItsInterfacesHave() {
        List<InetAddress> all =
                HostAddresses.interfaces().stream().flatMap(each -> each.inetAddresses()).toList();
        for (InetAddress each : HostAddresses.usable()) {
            assertTrue(all.contains(each) && !each.isLoopbackAddress(), each.toString());
        }
    }
}
