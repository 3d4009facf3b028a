package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;

import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;

/// The address of what a node has registered of itself.
///
/// Invariants: the record itself is written by an actor that no cluster is needed for, since a node
/// is ready only once it is written.
public final class NodeReplica {
    private static final Duration RECORD_ANSWERS_WITHIN = Duration.ofSeconds(2);

    private NodeReplica() {}

    /// What can be asked.
    public sealed interface Question extends Asked {
        record Get(ActorRef<Answer> replyTo) implements Question {}
    }

    /// What is answered.
    public sealed interface Answer extends Asked {
        record Registered(String node, String displayName, long storageBytes, long registeredMillis)
                implements Answer {}

        record Unknown(String node, String reason) implements Answer {}
    }

    static EntityTypeKey<Question> typeKey(NodeId node) {
        return EntityTypeKey.create(Question.class, "RegisteredNode-" + node);
    }

    static Behavior<Question> create(
            NodeId self, String entity, ActorRef<RegisteredNode.Command> record) {
        return Behaviors.receive(
                (context, question) -> {
                    switch (question) {
                        case Question.Get(var replyTo) -> {
                            if (!entity.equals(self.toString())) {
                                replyTo.tell(
                                        new Answer.Unknown(entity, "it is another node's to tell"));
                                return Behaviors.same();
                            }
                            var _ =
                                    AskPattern.askWithStatus(
                                                    record,
                                                    RegisteredNode.Command.Get::new,
                                                    RECORD_ANSWERS_WITHIN,
                                                    context.getSystem().scheduler())
                                            .handle(
                                                    (summary, failed) ->
                                                            failed == null
                                                                    ? registered(summary)
                                                                    : new Answer.Unknown(
                                                                            entity,
                                                                            String.valueOf(
                                                                                    failed
                                                                                            .getMessage())))
                                            .thenAccept(replyTo::tell);
                        }
                    }
                    return Behaviors.same();
                });
    }

    private static Answer registered(RegisteredNode.Summary summary) {
        return new Answer.Registered(
                summary.nodeId().toString(),
                summary.displayName(),
                summary.capacity().storageBytes(),
                summary.registeredAt().toEpochMilli());
    }
}
