package org.elohim.node.family;

import org.elohim.libp2p.multiformats.IpAddress;
import org.elohim.node.config.NodeConfig;
import org.elohim.protocol.Bytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The address that this node tells the family's others to be its own.
///
/// Invariants: what is configured wins; an address that stands for all is never told, since nobody
/// could reach it.
public final class OwnAddress {
    private static final Logger LOG = LoggerFactory.getLogger(OwnAddress.class);
    static final IpAddress THIS_MACHINE_ONLY = IpAddress.parse("127.0.0.1");

    private OwnAddress() {}

    public static IpAddress of(NodeConfig.Cluster config) {
        return of(config.listen(), config.advertise(), usable());
    }

    static IpAddress of(IpAddress listen, Optional<IpAddress> advertise, List<IpAddress> usable) {
        if (advertise.isPresent()) {
            return advertise.get();
        }
        if (!standsForAll(listen)) {
            return listen;
        }
        return usable.stream()
                .filter(each -> each.isV4() || !listen.isV4())
                .findFirst()
                .orElse(THIS_MACHINE_ONLY);
    }

    private static boolean standsForAll(IpAddress address) {
        return address.bytes().equals(Bytes.copyOf(new byte[address.bytes().size()]));
    }

    /// At which others may reach this machine, the likeliest first: of version 4 before 6, of a
    /// house before the world.
    static List<IpAddress> usable() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(OwnAddress::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .flatMap(OwnAddress::usable)
                    .sorted(
                            Comparator.comparing((InetAddress each) -> each instanceof Inet4Address)
                                    .thenComparing(InetAddress::isSiteLocalAddress)
                                    .reversed())
                    .map(each -> new IpAddress(Bytes.copyOf(each.getAddress())))
                    .toList();
        } catch (SocketException untold) {
            LOG.warn(
                    "this machine's addresses cannot be told ({}); set cluster.advertise",
                    untold.toString());
            return List.of();
        }
    }

    private static boolean isUp(NetworkInterface network) {
        try {
            return network.isUp() && !network.isLoopback();
        } catch (SocketException gone) {
            return false;
        }
    }

    private static Stream<InetAddress> usable(InetAddress address) {
        return address.isLoopbackAddress()
                        || address.isLinkLocalAddress()
                        || address.isMulticastAddress()
                        || address.isAnyLocalAddress()
                ? Stream.empty()
                : Stream.of(address);
    }
}
