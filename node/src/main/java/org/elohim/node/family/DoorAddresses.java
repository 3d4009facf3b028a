package org.elohim.node.family;

import org.elohim.node.config.NodeConfig;
import org.elohim.node.host.HostAddresses;
import org.elohim.protocol.family.Address;

import java.net.InetAddress;
import java.net.UnknownHostException;
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
            return HostAddresses.usable().stream()
                    .limit(ADDRESSES_MAX)
                    .map(each -> new Address(plain(each), port))
                    .toList();
        } catch (UnknownHostException unknown) {
            return List.of();
        }
    }

    private static String plain(InetAddress address) {
        return address.getHostAddress().replaceFirst("%.*", "");
    }
}
