package org.elohim.node.family;

import org.elohim.libp2p.multiformats.IpAddress;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.host.HostAddresses;
import org.elohim.protocol.Bytes;

import java.util.List;
import java.util.Optional;

/// The address that this node tells the family's others to be its own.
///
/// Invariants: what is configured wins; an address that stands for all is never told, since nobody
/// could reach it.
public final class OwnAddress {
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

    static List<IpAddress> usable() {
        return HostAddresses.usable().stream()
                .map(each -> new IpAddress(Bytes.copyOf(each.getAddress())))
                .toList();
    }
}
