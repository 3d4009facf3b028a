package org.elohim.cluster.repo;

import akka.actor.ActorSelection;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Adapter;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;

import org.elohim.cluster.repo.RepoClients.Command;

import java.util.function.Consumer;

/// The clients' actors at the family's other nodes.
///
/// Invariants: telling waits for nobody, and whoever cannot be reached now hears nothing of it
/// later: what goes this way is kept nowhere.
public final class OtherNodes implements Consumer<Command.OfFamily> {
    // Found by it at each node, so it stays.
    private static final String NAME = "repo-clients";

    private final ActorSystem<?> system;
    private final Cluster cluster;

    private OtherNodes(ActorSystem<?> system) {
        this.system = system;
        this.cluster = Cluster.get(system);
    }

    /// Starts those of this node, where the others find them.
    public static ActorRef<Command> start(ActorSystem<?> system, RepoClients.Node node) {
        return system.systemActorOf(
                RepoClients.create(node, new OtherNodes(system)), NAME, Props.empty());
    }

    @Override
    public void accept(Command.OfFamily word) {
        CurrentClusterState state = cluster.state();
        for (Member member : state.getMembers()) {
            if (isThere(member) && !state.getUnreachable().contains(member)) {
                at(member).tell(word, akka.actor.ActorRef.noSender());
            }
        }
    }

    private boolean isThere(Member member) {
        return !member.uniqueAddress().equals(cluster.selfMember().uniqueAddress())
                && (member.status().equals(MemberStatus.up())
                        || member.status().equals(MemberStatus.weaklyUp()));
    }

    private ActorSelection at(Member member) {
        return Adapter.toClassic(system).actorSelection(member.address() + "/system/" + NAME);
    }
}
