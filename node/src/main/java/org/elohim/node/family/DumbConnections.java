package org.elohim.node.family;

import org.elohim.protocol.id.NodeId;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Connections on which nothing gets through any more, though their other end answers at its door:
/// after a cut the kernel tries to send again ever more seldom, as long after the heal as the cut
/// took. They are hung up, so that a new one is opened.
///
/// Invariants: a connection that was opened after the other was lost sight of is left alone, and
/// none is hung up twice.
final class DumbConnections {
    private record Connection(Runnable hangUp, long sinceMillis) {}

    private final Map<NodeId, Connection> connections = new HashMap<>();
    private final Map<NodeId, Long> lostMillis = new HashMap<>();
    private Set<NodeId> within = Set.of();

    void met(NodeId node, Runnable hangUp, long nowMillis) {
        connections.put(node, new Connection(hangUp, nowMillis));
    }

    /// None is left.
    void left(NodeId node) {
        connections.remove(node);
    }

    /// These are seen in the cluster. Whoever is seen no more was lost sight of now; whoever never
    /// was is of another cluster, and its connection is as good as any.
    void within(Set<NodeId> nodes, long nowMillis) {
        within.stream()
                .filter(each -> !nodes.contains(each))
                .forEach(each -> lostMillis.put(each, nowMillis));
        lostMillis.keySet().removeAll(nodes);
        within = Set.copyOf(nodes);
    }

    /// The other answers at its door. Says how to hang up the connection with it, where that is
    /// dumb.
    Optional<Runnable> answered(NodeId node, long nowMillis) {
        Connection connection = connections.get(node);
        Long lost = lostMillis.get(node);
        if (connection == null || lost == null || connection.sinceMillis() >= lost) {
            return Optional.empty();
        }
        connections.put(node, new Connection(() -> {}, nowMillis));
        return Optional.of(connection.hangUp());
    }
}
