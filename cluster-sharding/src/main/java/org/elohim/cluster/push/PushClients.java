package org.elohim.cluster.push;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Elsewhere;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.SyncCounters;

import java.util.HashSet;
import java.util.Set;

/// All clients that are told of documents.
public final class PushClients extends AbstractBehavior<PushClients.Command> {
    /// What all of them share.
    ///
    /// @param elsewhere where a document may be that is not here yet
    public record Node(
            DocumentIndex index,
            Onlookers onlookers,
            JournalReader journal,
            SyncCounters counters,
            Elsewhere elsewhere,
            Views views) {}

    /// What can be said.
    public sealed interface Command {
        /// Answered with who is to hear what the client wants.
        record Connect(
                PushCarrier carrier,
                Grant.OfToken grant,
                ActorRef<ActorRef<PushClient.Command>> replyTo)
                implements Command {}

        record Stopped(ActorRef<PushClient.Command> client) implements Command {}

        /// Ends all connections; nothing is acknowledged to any, so nobody waits for that.
        record EndAll(String reason) implements Command {}
    }

    private final Node node;
    private final Set<ActorRef<PushClient.Command>> clients = new HashSet<>();

    private PushClients(ActorContext<Command> context, Node node) {
        super(context);
        this.node = node;
    }

    public static Behavior<Command> create(Node node) {
        return Behaviors.setup(context -> new PushClients(context, node));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Command.class, this::on).build();
    }

    private Behavior<Command> on(Command command) {
        switch (command) {
            case Command.Connect(var carrier, var grant, var replyTo) -> {
                ActorRef<PushClient.Command> client =
                        getContext().spawnAnonymous(PushClient.create(node, carrier, grant));
                getContext().watchWith(client, new Command.Stopped(client));
                clients.add(client);
                replyTo.tell(client);
            }
            case Command.Stopped(var client) -> clients.remove(client);
            case Command.EndAll(var reason) ->
                    clients.forEach(each -> each.tell(new PushClient.Command.End(reason)));
        }
        return this;
    }
}
