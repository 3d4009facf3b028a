package org.elohim.cluster.repo;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.sync.Carrier;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Elsewhere;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.protocol.automerge.EphemeralWords;
import org.elohim.protocol.automerge.Frame;
import org.elohim.protocol.automerge.StorageNews;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// All clients of automerge-repo that are connected, and what goes from one to the others without
/// being written down.
///
/// Invariants: what is not kept is passed on once, and never back to whom it came from.
public final class RepoClients extends AbstractBehavior<RepoClients.Command> {
    /// What all of them share.
    ///
    /// @param storage names what this node keeps
    /// @param elsewhere where a document may be that is not here yet
    /// @param intake whether edits are taken
    public record Node(
            NodeId id,
            String storage,
            ActorRef<Documents.Command> documents,
            DocumentIndex index,
            Onlookers onlookers,
            ChangeBytes bytes,
            SyncCounters counters,
            Elsewhere elsewhere,
            Intake intake,
            InstantSource clock,
            LongSupplier monotonicMillis) {}

    /// What can be said.
    public sealed interface Command {
        /// Answered with who is to hear what the client sends.
        record Connect(
                Carrier carrier,
                Grant.OfToken grant,
                ActorRef<ActorRef<RepoClient.Command>> replyTo)
                implements Command {}

        record Stopped(ActorRef<RepoClient.Command> client) implements Command {}

        record PassOn(Frame.Ephemeral word, ActorRef<RepoClient.Command> from) implements Command {}

        /// What a storage is said to have of a document.
        record Heard(
                DocumentId document,
                String storage,
                Frame.StorageHeads heads,
                ActorRef<RepoClient.Command> from)
                implements Command {}

        /// What has been heard of these storages.
        record Tell(Set<String> storages, ActorRef<RepoClient.Command> to) implements Command {
            public Tell {
                storages = Set.copyOf(storages);
            }
        }

        /// Ends all connections; answered once nothing more will be acknowledged to any. No others
        /// come as long as no edits are taken.
        record EndAll(String reason, ActorRef<Closed> done) implements Command {}
    }

    /// All have ended.
    public record Closed() {}

    private final Node node;
    private final Set<ActorRef<RepoClient.Command>> clients = new HashSet<>();
    private final EphemeralWords words = new EphemeralWords();
    private final StorageNews news = new StorageNews();
    private final Set<ActorRef<Closed>> waiting = new HashSet<>();

    private RepoClients(ActorContext<Command> context, Node node) {
        super(context);
        this.node = node;
    }

    public static Behavior<Command> create(Node node) {
        return Behaviors.setup(context -> new RepoClients(context, node));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.Connect.class, this::connect)
                .onMessage(Command.Stopped.class, this::stopped)
                .onMessage(Command.PassOn.class, this::passOn)
                .onMessage(Command.Heard.class, this::heard)
                .onMessage(Command.Tell.class, this::tell)
                .onMessage(Command.EndAll.class, this::endAll)
                .build();
    }

    private Behavior<Command> connect(Command.Connect connect) {
        ActorRef<RepoClient.Command> client =
                getContext()
                        .spawnAnonymous(
                                RepoClient.create(
                                        node,
                                        connect.carrier(),
                                        connect.grant(),
                                        getContext().getSelf()));
        getContext().watchWith(client, new Command.Stopped(client));
        clients.add(client);
        // The socket may have been opened before that; it is told before it can say anything.
        node.intake().refusal().ifPresent(why -> client.tell(new RepoClient.Command.End(why)));
        connect.replyTo().tell(client);
        return this;
    }

    private Behavior<Command> stopped(Command.Stopped stopped) {
        clients.remove(stopped.client());
        return closed();
    }

    private Behavior<Command> passOn(Command.PassOn order) {
        if (words.isNew(order.word())) {
            others(order.from(), each -> each.tell(new RepoClient.Command.Word(order.word())));
        }
        return this;
    }

    private Behavior<Command> heard(Command.Heard heard) {
        if (news.isNew(heard.document(), heard.storage(), heard.heads())) {
            var told =
                    new RepoClient.Command.News(heard.document(), heard.storage(), heard.heads());
            others(heard.from(), each -> each.tell(told));
        }
        return this;
    }

    private void others(
            ActorRef<RepoClient.Command> than, Consumer<ActorRef<RepoClient.Command>> act) {
        for (ActorRef<RepoClient.Command> client : clients) {
            if (!client.equals(than)) {
                act.accept(client);
            }
        }
    }

    private Behavior<Command> tell(Command.Tell asked) {
        for (String storage : asked.storages()) {
            news.of(storage)
                    .forEach(
                            (document, heads) ->
                                    asked.to()
                                            .tell(
                                                    new RepoClient.Command.News(
                                                            document, storage, heads)));
        }
        return this;
    }

    private Behavior<Command> endAll(Command.EndAll order) {
        clients.forEach(client -> client.tell(new RepoClient.Command.End(order.reason())));
        waiting.add(order.done());
        return closed();
    }

    private Behavior<Command> closed() {
        if (clients.isEmpty()) {
            waiting.forEach(done -> done.tell(new Closed()));
            waiting.clear();
        }
        return this;
    }
}
