package org.elohim.cluster.family;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.cluster.Cluster;

import org.elohim.protocol.family.Membership;
import org.elohim.protocol.id.NodeId;

import java.util.Optional;

/// The family as this node's cluster membership shows it at one moment.
///
/// Invariants: `unreachable` is a part of `members`; a node that has not joined counts nobody.
///
/// @param unreachable to whom there is no way, not even over others
public record FamilyView(Status status, int members, int unreachable) {
    public enum Status {
        /// This node has not joined yet, not even itself.
        FORMING,
        /// Up, and the only one.
        ALONE,
        /// Up with others, all of them within reach.
        WHOLE,
        /// Somebody is out of reach.
        DEGRADED
    }

    public static FamilyView of(ActorSystem<?> system, NodeId self) {
        Optional<Membership> seen =
                ClusterSight.of(Cluster.get(Adapter.toClassic(system)), self).membership();
        return seen.map(each -> of(each.members().size(), each.lost().size()))
                .orElseGet(() -> new FamilyView(Status.FORMING, 0, 0));
    }

    static FamilyView of(int members, int unreachable) {
        Status status =
                unreachable > 0 ? Status.DEGRADED : members == 1 ? Status.ALONE : Status.WHOLE;
        return new FamilyView(status, members, unreachable);
    }

    public boolean isWell() {
        return status == Status.ALONE || status == Status.WHOLE;
    }
}
