package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// What one node knows of its cluster: who belongs to it, and who does not see whom.
///
/// Invariants: `self` is a member, and so is whoever sees somebody or is seen; what is decided from
/// it depends on nothing else, so nodes that know the same decide the same.
///
/// @param blind between whom nothing gets through, as the members themselves say
public record Membership(NodeId self, Map<NodeId, Part> members, Set<Blind> blind) {
    /// What a member takes part in.
    public enum Part {
        /// Holds everything and may lead.
        FULL,
        /// Holds a part, never leads, and its word keeps nobody in the family.
        OBSERVER
    }

    /// One member does not hear another.
    public record Blind(NodeId observer, NodeId subject) {}

    public Membership {
        members = Map.copyOf(members);
        blind = Set.copyOf(blind);
        if (!members.containsKey(self)) {
            throw new IllegalArgumentException(self + " is no member");
        }
        for (Blind each : blind) {
            if (!members.containsKey(each.observer()) || !members.containsKey(each.subject())) {
                throw new IllegalArgumentException("of a stranger: " + each);
            }
        }
    }

    /// Everybody there is a way to, over full members: they pass on what they hear.
    public SortedSet<NodeId> reachable() {
        var reached = new TreeSet<NodeId>(Set.of(self));
        Deque<NodeId> next = new ArrayDeque<>(reached);
        while (!next.isEmpty()) {
            NodeId from = next.remove();
            for (NodeId to : members.keySet()) {
                if (sees(from, to) && reached.add(to) && members.get(to) == Part.FULL) {
                    next.add(to);
                }
            }
        }
        return reached;
    }

    /// Members that this node hears of only through others.
    public SortedSet<NodeId> reachableThroughOthers() {
        var apart = reachable();
        apart.removeIf(member -> sees(self, member));
        return apart;
    }

    /// Members that no way leads to: gone, or on the other side of a cut.
    public SortedSet<NodeId> lost() {
        var lost = new TreeSet<>(members.keySet());
        lost.removeAll(reachable());
        return lost;
    }

    /// The lowest of those that can be reached and may lead; nobody where only observers are left.
    public Optional<NodeId> leader() {
        return reachable().stream().filter(id -> members.get(id) == Part.FULL).findFirst();
    }

    // What gets through in one direction only carries no conversation.
    private boolean sees(NodeId one, NodeId other) {
        return !blind.contains(new Blind(one, other)) && !blind.contains(new Blind(other, one));
    }
}
