package org.elohim.node.data;

import java.net.InetSocketAddress;

/// `node.url`: where a running node serves HTTP. The file is there only while it runs, or after it
/// was killed: whoever reads it must know that the directory is held.
public final class NodeAddress {
    public static final String FILE_NAME = "node.url";

    private NodeAddress() {}

    public static String url(InetSocketAddress http) {
        String host = http.getAddress().getHostAddress();
        return "http://%s:%d"
                .formatted(host.indexOf(':') >= 0 ? "[" + host + "]" : host, http.getPort());
    }
}
