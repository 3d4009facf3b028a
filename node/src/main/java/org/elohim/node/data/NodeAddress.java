package org.elohim.node.data;

import java.net.InetSocketAddress;

/// `node.url`: where a running node serves HTTP. The file is there only while it runs, or after it
/// was killed: whoever reads it must know that the directory is held.
public final class NodeAddress {
    public static final String FILE_NAME = "node.url";

    private NodeAddress() {}

    public static String url(InetSocketAddress http) {
        return "http://" + hostAndPort(http);
    }

    /// As it stands in the address of anything.
    public static String hostAndPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "%s:%d"
                .formatted(host.indexOf(':') >= 0 ? "[" + host + "]" : host, address.getPort());
    }
}
