package org.elohim.node;

import org.elohim.node.data.NodeAddress;
import org.elohim.protocol.id.NodeId;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// What a person sees once the node is ready: who it is, where its data lies and where it serves.
record StartBlock(
        String version,
        NodeId node,
        String family,
        Optional<InetSocketAddress> door,
        Path dataDirectory,
        InetSocketAddress http,
        InetSocketAddress grpc,
        String token,
        Duration took) {

    String render() {
        return String.format(
                Locale.ROOT,
                """
                elohim-node %s is ready (%.1f s)
                  node    %s
                  family  %s
                  data    %s
                  health  %s/health
                  grpc    %s
                  token   %s
                Ctrl-C stops it.
                """,
                version,
                took.toMillis() / 1000.0,
                node,
                door.map(at -> family + ", its door at port " + at.getPort()).orElse(family),
                dataDirectory,
                NodeAddress.url(http),
                NodeAddress.hostAndPort(grpc),
                token);
    }
}
