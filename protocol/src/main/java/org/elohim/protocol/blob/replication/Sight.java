package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;

import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The full nodes of the family, as one of them sees them at a moment.
///
/// Invariants: who is not named is gone for good, so whoever makes one knows all members first.
public record Sight(NodeId self, SortedMap<NodeId, Seen> nodes, long nowMillis) {
    /// In place of the time since when a node is away.
    public static final long HERE = -1;

    /// One of them.
    ///
    /// @param awaySinceMillis since when it was not heard, [#HERE] where it is
    /// @param hasRoom whether it has said to have room for more
    public record Seen(Holder holder, long awaySinceMillis, boolean hasRoom) {
        public boolean isHere() {
            return awaySinceMillis == HERE;
        }
    }

    public Sight {
        nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
        if (!nodes.containsKey(self)) {
            throw new IllegalArgumentException("a sight of others alone: self=" + self);
        }
    }

    Optional<Seen> of(NodeId node) {
        return Optional.ofNullable(nodes.get(node));
    }

    boolean isHere(NodeId node) {
        Seen seen = nodes.get(node);
        return seen != null && seen.isHere();
    }

    Optional<NodeId> firstGone(Collection<NodeId> some) {
        for (NodeId node : some) {
            if (!nodes.containsKey(node)) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }
}
