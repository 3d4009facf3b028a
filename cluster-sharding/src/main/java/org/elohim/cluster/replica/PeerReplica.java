package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;

import org.elohim.cluster.sync.PeerSync;
import org.elohim.cluster.sync.Peers;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/// The address of what a node has with one of its peers: a device, or another node.
///
/// Invariants: nothing of it can be changed from here, since positions mean something to the two
/// alone; the session runs in the actor that this one asks, over whatever carrier the peer has come
/// by.
public final class PeerReplica {
    // It may have to be read from the journal.
    private static final Duration PEER_ANSWERS_WITHIN = Duration.ofSeconds(2);

    private PeerReplica() {}

    /// What can be asked.
    public sealed interface Question extends Asked {
        record Describe(ActorRef<Answer> replyTo) implements Question {}
    }

    /// What is answered, and by whom.
    public sealed interface Answer extends Asked {
        /// The two have met.
        ///
        /// @param connected whether the peer is connected with this node now
        /// @param held positions of the peer's stream that are durable at this node
        /// @param acknowledged positions of this node's stream that the peer has acknowledged
        record Related(String node, String peer, boolean connected, long held, long acknowledged)
                implements Answer {}

        record Unrelated(String node, String reason) implements Answer {}
    }

    static EntityTypeKey<Question> typeKey(NodeId node) {
        return EntityTypeKey.create(Question.class, "PeerSync-" + node);
    }

    static Behavior<Question> create(NodeId self, String entity, ActorRef<Peers.Command> peers) {
        return Behaviors.receive(
                (context, question) -> {
                    switch (question) {
                        case Question.Describe(var replyTo) ->
                                describe(self, entity, peers, context.getSystem(), replyTo);
                    }
                    return Behaviors.same();
                });
    }

    private static void describe(
            NodeId self,
            String entity,
            ActorRef<Peers.Command> peers,
            ActorSystem<?> system,
            ActorRef<Answer> replyTo) {
        NodeId peer;
        try {
            peer = NodeId.parse(entity);
        } catch (IllegalArgumentException nobody) {
            replyTo.tell(
                    new Answer.Unrelated(self.toString(), String.valueOf(nobody.getMessage())));
            return;
        }
        CompletionStage<PeerSync.Description> described =
                AskPattern.ask(
                        peers,
                        to -> new Peers.Command.Tell(peer, new PeerSync.Command.Describe(to)),
                        PEER_ANSWERS_WITHIN,
                        system.scheduler());
        var _ =
                described
                        .handle(
                                (found, failed) ->
                                        failed == null
                                                ? answer(self, peer, found)
                                                : new Answer.Unrelated(
                                                        self.toString(),
                                                        String.valueOf(failed.getMessage())))
                        .thenAccept(replyTo::tell);
    }

    private static Answer answer(NodeId self, NodeId peer, PeerSync.Description found) {
        return found.known()
                ? new Answer.Related(
                        self.toString(),
                        peer.toString(),
                        found.connected(),
                        found.held(),
                        found.acknowledged())
                : new Answer.Unrelated(self.toString(), "the two have never met");
    }
}
