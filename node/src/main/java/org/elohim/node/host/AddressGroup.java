package org.elohim.node.host;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/// Addresses that are one to whoever counts: an address of version 6 stands for its network.
public final class AddressGroup {
    // Whoever has one address of a network of version 6 has this many more.
    private static final int NETWORK_BYTES = 8;

    private AddressGroup() {}

    public static String of(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        try {
            byte[] network = Arrays.copyOf(address.getAddress(), address.getAddress().length);
            Arrays.fill(network, NETWORK_BYTES, network.length, (byte) 0);
            return InetAddress.getByAddress(network).getHostAddress();
        } catch (UnknownHostException bug) {
            throw new IllegalStateException(bug);
        }
    }
}
