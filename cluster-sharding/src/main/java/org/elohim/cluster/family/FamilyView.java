package org.elohim.cluster.family;

import akka.actor.typed.ActorSystem;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;

import java.util.Set;

/// The family as this node's cluster membership shows it at one moment.
///
/// Invariants: `unreachable` is a part of `members`; a node that has not joined counts nobody.
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

    private static final Set<MemberStatus> PRESENT =
            Set.of(MemberStatus.up(), MemberStatus.weaklyUp(), MemberStatus.leaving());

    public static FamilyView of(ActorSystem<?> system) {
        Cluster cluster = Cluster.get(system);
        ClusterEvent.CurrentClusterState state = cluster.state();
        if (!PRESENT.contains(cluster.selfMember().status())) {
            return new FamilyView(Status.FORMING, 0, 0);
        }
        int members = 0;
        for (Member member : state.getMembers()) {
            if (PRESENT.contains(member.status())) {
                members++;
            }
        }
        return of(members, state.getUnreachable().size());
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
