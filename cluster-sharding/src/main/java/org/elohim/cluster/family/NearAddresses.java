package org.elohim.cluster.family;

import org.elohim.protocol.family.Announcement;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The addresses of this machine in its local networks, and which others lie in them.
final class NearAddresses {
    // Those behind are virtual ones, that lead to nobody.
    private static final int INTERFACES_MAX = 8;

    private NearAddresses() {}

    /// One address of each interface at which others of the network can be spoken with. None where
    /// the door is for this machine alone.
    ///
    /// @param interfaces of this machine, those that lead to others first
    static List<InetAddress> toSpeakAt(InetAddress door, List<NetworkInterface> interfaces)
            throws SocketException {
        if (door.isLoopbackAddress()) {
            return List.of();
        }
        var all = new ArrayList<InetAddress>();
        for (NetworkInterface each : interfaces) {
            if (all.size() < INTERFACES_MAX && isUsable(each)) {
                each.inetAddresses()
                        .filter(own -> door.isAnyLocalAddress() || own.equals(door))
                        .min(Comparator.comparing(own -> !(own instanceof Inet4Address)))
                        .ifPresent(all::add);
            }
        }
        return all;
    }

    private static boolean isUsable(NetworkInterface each) throws SocketException {
        return each.isUp()
                && !each.isLoopback()
                && !each.isPointToPoint()
                && each.supportsMulticast();
    }

    /// What others in the same network can reach this machine at.
    static List<String> beside(InetAddress own) throws SocketException {
        NetworkInterface its = NetworkInterface.getByInetAddress(own);
        var hosts = new ArrayList<String>(List.of(plain(own)));
        if (its != null) {
            its.inetAddresses()
                    .filter(each -> !each.equals(own) && !each.isLinkLocalAddress())
                    .map(NearAddresses::plain)
                    .forEach(hosts::add);
        }
        return hosts.stream().distinct().limit(Announcement.HOSTS_MAX).toList();
    }

    private static String plain(InetAddress address) {
        return address.getHostAddress().replaceFirst("%.*", "");
    }

    /// Whether an address can be one of the local network: whoever announces others would have us
    /// call strangers.
    static boolean isNear(String host) {
        try {
            // Whatever it is, nobody is asked for it.
            InetAddress address = InetAddress.ofLiteral(host);
            if (address.isLoopbackAddress()
                    || address.isAnyLocalAddress()
                    || address.isMulticastAddress()) {
                return false;
            }
            return address.isSiteLocalAddress()
                    || address.isLinkLocalAddress()
                    || isUniqueLocal(address)
                    || isInNetworkOfOurs(address);
        } catch (IllegalArgumentException | SocketException none) {
            return false;
        }
    }

    private static boolean isUniqueLocal(InetAddress address) {
        return address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc;
    }

    private static boolean isInNetworkOfOurs(InetAddress address) throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(each -> each.getInterfaceAddresses().stream())
                .anyMatch(each -> isIn(address, each));
    }

    static boolean isIn(InetAddress address, InterfaceAddress network) {
        return isSame(
                address.getAddress(),
                network.getAddress().getAddress(),
                network.getNetworkPrefixLength());
    }

    static boolean isSame(byte[] one, byte[] other, int bits) {
        if (one.length != other.length || bits < 1) {
            return false;
        }
        for (int i = 0; i < bits && i < 8 * one.length; i++) {
            int mask = 0x80 >> i % 8;
            if ((one[i / 8] & mask) != (other[i / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
