package org.elohim.node.restart;

import java.net.InetSocketAddress;
import java.util.Optional;

/// Where a node serves.
///
/// @param grpc the port that speaks nothing else
/// @param door for the family's other nodes, where there is a family
public record Places(
        InetSocketAddress http, InetSocketAddress grpc, Optional<InetSocketAddress> door) {}
