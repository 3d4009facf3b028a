package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a node tells at its door of the cluster that it belongs to.
///
/// Invariants: `process` is a member where there is any, and whoever is reachable is a member; no
/// two processes of a node ever have the same name.
///
/// @param process names the node from its start to its end
/// @param members of its cluster as it knows them; nobody while it has not joined any
/// @param reachable those members that there is a way to, over full members
/// @param leader who is to lead those that are reachable
public record Account(
        NodeId node,
        String process,
        Set<String> members,
        Set<String> reachable,
        Optional<NodeId> leader) {
    public Account {
        members = Set.copyOf(members);
        reachable = Set.copyOf(reachable);
        if (!members.containsAll(reachable) || (!members.isEmpty() && !members.contains(process))) {
            throw new IllegalArgumentException("members that are none: " + members + reachable);
        }
    }

    public boolean isMember() {
        return !members.isEmpty();
    }

    /// Names the cluster: the lowest of its processes that can be reached. So nothing has to be
    /// agreed on, and two clusters that have nobody in common never have the same name, however
    /// they came to be.
    public String incarnation() {
        SortedSet<String> sorted = new TreeSet<>(reachable);
        return sorted.isEmpty() ? "" : sorted.getFirst();
    }

    MergeRule.Cluster cluster() {
        return new MergeRule.Cluster(incarnation(), leader);
    }

    boolean knows(Account other) {
        return members.contains(other.process);
    }

    boolean hasNobodyInCommonWith(Account other) {
        return Collections.disjoint(reachable, other.reachable);
    }
}
