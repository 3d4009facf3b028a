package org.elohim.protocol.sync;

import org.elohim.protocol.id.NodeId;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// How much of this node's journal each other full node of the family holds.
///
/// Invariants: it knows what was acknowledged and nothing else; a node that went back, for its disk
/// was replaced, counts for what it has acknowledged since; one number per node.
public final class Holdings {
    private final SortedMap<NodeId, Long> through = new TreeMap<>();

    /// This full node holds all of the journal up to this place, and of what lies behind nothing is
    /// sure. Says whether that is news.
    public boolean holds(NodeId node, long ordering) {
        Long before = through.put(node, ordering);
        return before == null || before != ordering;
    }

    /// This node is none of the others any more.
    public void remove(NodeId node) {
        through.remove(node);
    }

    /// How many of them hold all up to this place.
    public int holders(long ordering) {
        return (int) through.values().stream().filter(held -> held >= ordering).count();
    }

    /// All up to this place is held by as many as wanted; 0 where there are not so many.
    ///
    /// @param wanted at least one: nothing is safe that lies in one place
    public long heldBy(int wanted) {
        if (wanted < 1) {
            throw new IllegalArgumentException("wanted=" + wanted);
        }
        List<Long> descending =
                through.values().stream().sorted(Collections.reverseOrder()).toList();
        return descending.size() < wanted ? 0 : descending.get(wanted - 1);
    }

    /// By node, in the order of their ids.
    public Map<NodeId, Long> all() {
        return Collections.unmodifiableMap(new TreeMap<>(through));
    }
}
