package org.elohim.node.family;

import org.elohim.node.config.NodeConfig;
import org.elohim.protocol.family.Address;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Where others may find this node's door, as far as it knows itself.
public final class DoorAddresses {
    /// More make a join code long; one that is reached is enough.
    private static final int ADDRESSES_MAX = 4;

    private DoorAddresses() {}

    /// Of a door that listens as the configuration says.
    public static List<Address> of(NodeConfig.Cluster config, int port) {
        if (port == 0) {
            return List.of();
        }
        return config.advertise()
                .map(advertised -> List.of(new Address(advertised.toString(), port)))
                .orElseGet(() -> of(config.listen().toString(), port));
    }

    private static List<Address> of(String listen, int port) {
        try {
            InetAddress at = InetAddress.getByName(listen);
            if (!at.isAnyLocalAddress()) {
                return List.of(new Address(plain(at), port));
            }
            return own().stream()
                    .sorted(Comparator.comparing(each -> !(each instanceof Inet4Address)))
                    .limit(ADDRESSES_MAX)
                    .map(each -> new Address(plain(each), port))
                    .toList();
        } catch (UnknownHostException | SocketException unknown) {
            return List.of();
        }
    }

    // Link-local ones mean nothing to others without the name of their interface.
    private static List<InetAddress> own() throws SocketException {
        var own = new ArrayList<InetAddress>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (each.isUp() && !each.isLoopback()) {
                each.inetAddresses()
                        .filter(address -> !address.isLinkLocalAddress())
                        .forEach(own::add);
            }
        }
        return own;
    }

    private static String plain(InetAddress address) {
        return address.getHostAddress().replaceFirst("%.*", "");
    }
}
