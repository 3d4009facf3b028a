package org.elohim.node.host;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// At which addresses others may reach this machine, the likeliest first: the one by which it
/// leaves its house, then those of real network cards, then the older interfaces before the newer.
///
/// Invariants: an interface that comes for containers or virtual machines stands behind the house's
/// own, whatever the system names first; what vanishes meanwhile takes nothing else with it.
public final class HostAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(HostAddresses.class);
    private static final Path INTERFACES = Path.of("/sys/class/net");
    // Kept for documentation, so they lie nowhere but behind the way out. Nothing is sent there.
    private static final List<String> OUTSIDE = List.of("203.0.113.1", "2001:db8::1");
    private static final int SOME_PORT = 9;

    private HostAddresses() {}

    /// An interface.
    ///
    /// @param isCard whether there is a device for it
    /// @param isTunnel whether it leads to one other machine alone, as a VPN does
    record Line(
            String name, int index, boolean isCard, boolean isTunnel, List<InetAddress> addresses) {
        Line {
            addresses = List.copyOf(addresses);
        }
    }

    private record Place(InetAddress address, Line line) {}

    /// The addresses that mean something to others.
    public static List<InetAddress> usable() {
        return addresses(present().keySet().stream().toList(), leadingOut());
    }

    /// The interfaces that are up, without the one to this machine itself.
    public static List<NetworkInterface> interfaces() {
        Map<Line, NetworkInterface> present = present();
        return lines(present.keySet().stream().toList(), leadingOut()).stream()
                .flatMap(line -> Optional.ofNullable(present.get(line)).stream())
                .toList();
    }

    /// In whatever order they are told.
    ///
    /// @param leadingOut the addresses by which the machine leaves its house
    static List<Line> lines(List<Line> told, List<InetAddress> leadingOut) {
        Set<InetAddress> out = outOf(told, leadingOut);
        return told.stream()
                .sorted(
                        Comparator.comparing(
                                        (Line line) ->
                                                line.addresses().stream().anyMatch(out::contains))
                                .thenComparing(Line::isCard)
                                .reversed()
                                .thenComparingInt(Line::index))
                .toList();
    }

    static List<InetAddress> addresses(List<Line> told, List<InetAddress> leadingOut) {
        Set<InetAddress> out = outOf(told, leadingOut);
        Comparator<Place> likeliest =
                Comparator.comparing((Place place) -> out.contains(place.address()))
                        .thenComparing(place -> place.line().isCard())
                        .thenComparing(place -> place.address() instanceof Inet4Address)
                        .thenComparing(place -> place.address().isSiteLocalAddress())
                        .reversed();
        return lines(told, leadingOut).stream()
                .flatMap(line -> line.addresses().stream().map(each -> new Place(each, line)))
                .filter(place -> isUsable(place.address()))
                .sorted(likeliest)
                .map(Place::address)
                .toList();
    }

    // Where all goes through a tunnel, its own end is the address of nobody in the house.
    private static Set<InetAddress> outOf(List<Line> told, List<InetAddress> leadingOut) {
        return told.stream()
                .filter(line -> !line.isTunnel())
                .flatMap(line -> line.addresses().stream())
                .filter(leadingOut::contains)
                .collect(Collectors.toSet());
    }

    // Link-local ones mean nothing to others without the name of their interface.
    private static boolean isUsable(InetAddress address) {
        return !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isMulticastAddress()
                && !address.isAnyLocalAddress();
    }

    private static Map<Line, NetworkInterface> present() {
        var present = new LinkedHashMap<Line, NetworkInterface>();
        try {
            for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
                line(each).ifPresent(line -> present.put(line, each));
            }
        } catch (SocketException untold) {
            LOG.warn(
                    "this machine's addresses cannot be told ({}); set cluster.advertise",
                    untold.toString());
        }
        return present;
    }

    private static Optional<Line> line(NetworkInterface each) {
        try {
            return each.isUp() && !each.isLoopback()
                    ? Optional.of(
                            new Line(
                                    each.getName(),
                                    each.getIndex(),
                                    Files.exists(INTERFACES.resolve(each.getName() + "/device")),
                                    each.isPointToPoint(),
                                    each.inetAddresses().toList()))
                    : Optional.empty();
        } catch (SocketException gone) {
            return Optional.empty();
        }
    }

    /// As the system would send to the outside, of each version.
    private static List<InetAddress> leadingOut() {
        return OUTSIDE.stream().flatMap(HostAddresses::towards).toList();
    }

    private static Stream<InetAddress> towards(String outside) {
        try (var socket = new DatagramSocket()) {
            // Only the way is looked up; no packet is sent.
            socket.connect(new InetSocketAddress(outside, SOME_PORT));
            return Stream.of(socket.getLocalAddress());
        } catch (IOException | IllegalArgumentException noWayOut) {
            return Stream.empty();
        }
    }
}
