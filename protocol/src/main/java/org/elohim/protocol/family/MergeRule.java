package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.Optional;

/// Which of two clusters of one family gives way, when they have met.
///
/// Invariants: exactly one of the two does, and both know which; its members restart one after the
/// other, the lowest id first, so that the others go on serving meanwhile.
public final class MergeRule {
    private MergeRule() {}

    /// A cluster as its members tell it to those outside.
    ///
    /// @param incarnation names this cluster among all that there ever were
    /// @param leader empty where it has observers only
    public record Cluster(String incarnation, Optional<NodeId> leader) {}

    /// Whether the members of the own cluster are to join the other one.
    public static boolean givesWay(Cluster own, Cluster other) {
        return !own.incarnation().equals(other.incarnation()) && isWeaker(own, other);
    }

    // One with a leader is stronger than one without, then the lower leader, then the lower name:
    // it could lead both, where it was seen in one before its restart and in the other after it.
    private static boolean isWeaker(Cluster own, Cluster other) {
        if (own.leader().isEmpty() || other.leader().isEmpty()) {
            return own.leader().isEmpty()
                    && (other.leader().isPresent()
                            || own.incarnation().compareTo(other.incarnation()) > 0);
        }
        int byLeader = own.leader().get().compareTo(other.leader().get());
        return byLeader > 0
                || (byLeader == 0 && own.incarnation().compareTo(other.incarnation()) > 0);
    }
}
