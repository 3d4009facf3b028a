package org.elohim.cluster.repo;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.document.HeldBytes;
import org.elohim.cluster.replica.Asked;
import org.elohim.cluster.replica.BytesJson;
import org.elohim.cluster.sync.Carrier;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Elsewhere;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.EphemeralWords;
import org.elohim.protocol.automerge.Frame;
import org.elohim.protocol.automerge.FrameCodec;
import org.elohim.protocol.automerge.StorageNews;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// All clients of automerge-repo that are connected, and what goes from one to the others without
/// being written down: to those at this node, and to those at the family's other nodes.
///
/// Invariants: what is not kept is passed on once, and never back to whom it came from; what
/// another node has told is told to no third, since each tells all.
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
            HeldBytes held,
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

        /// What the clients' actors of a family's nodes say to each other. A frame is what clients
        /// say, so nothing new has to be agreed on between nodes.
        sealed interface OfFamily extends Command, Asked {}

        /// What a client has said at another node.
        record Overheard(
                @JsonSerialize(using = BytesJson.Writer.class)
                        @JsonDeserialize(using = BytesJson.Reader.class)
                        Bytes frame)
                implements OfFamily {}

        /// Clients there want to hear of these storages.
        record Follow(List<String> storages, ActorRef<Command> replyTo) implements OfFamily {
            public Follow {
                storages = List.copyOf(storages);
            }
        }

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

    // What the lines between nodes take in one piece is twice that.
    static final int OVERHEARD_BYTES_MAX = 128 << 10;

    /// To one question of another node.
    static final int ANSWERS_MAX = 1 << 12;

    private static final int FOLLOWED_MAX = 1 << 12;

    private final Node node;
    private final Consumer<Command.OfFamily> family;
    private final Set<ActorRef<RepoClient.Command>> clients = new HashSet<>();
    private final EphemeralWords words = new EphemeralWords();
    private final StorageNews news = new StorageNews();
    private final Set<String> followed = new LinkedHashSet<>();
    private final Set<ActorRef<Closed>> waiting = new HashSet<>();

    private RepoClients(
            ActorContext<Command> context, Node node, Consumer<Command.OfFamily> family) {
        super(context);
        this.node = node;
        this.family = family;
    }

    /// The clients of a node.
    ///
    /// @param family tells the family's other nodes
    public static Behavior<Command> create(Node node, Consumer<Command.OfFamily> family) {
        return Behaviors.setup(context -> new RepoClients(context, node, family));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.Connect.class, this::connect)
                .onMessage(Command.Stopped.class, this::stopped)
                .onMessage(Command.PassOn.class, this::passOn)
                .onMessage(Command.Heard.class, this::heard)
                .onMessage(Command.Overheard.class, this::overheard)
                .onMessage(Command.Follow.class, this::followed)
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
            tellFamily(order.word());
        }
        return this;
    }

    private Behavior<Command> heard(Command.Heard heard) {
        if (news.isNew(heard.document(), heard.storage(), heard.heads())) {
            var told =
                    new RepoClient.Command.News(heard.document(), heard.storage(), heard.heads());
            others(heard.from(), each -> each.tell(told));
            tellFamily(frame(heard.document(), heard.storage(), heard.heads()));
        }
        return this;
    }

    // Between nodes nobody looks at who speaks: each knows whom it has asked.
    private Frame frame(DocumentId document, String storage, Frame.StorageHeads heads) {
        String self = node.id().toString();
        return new Frame.HeadsChanged(self, self, document, Map.of(storage, heads));
    }

    private void tellFamily(Frame frame) {
        asHeard(frame).ifPresent(family);
    }

    private static Optional<Command.OfFamily> asHeard(Frame frame) {
        Bytes bytes = FrameCodec.encode(frame);
        return bytes.size() > OVERHEARD_BYTES_MAX
                ? Optional.empty()
                : Optional.of(new Command.Overheard(bytes));
    }

    private Behavior<Command> overheard(Command.Overheard overheard) {
        switch (FrameCodec.decode(overheard.frame())) {
            case Decoded.Parsed<Frame>(Frame.Ephemeral word) -> {
                if (words.isNew(word)) {
                    clients.forEach(each -> each.tell(new RepoClient.Command.Word(word)));
                }
            }
            case Decoded.Parsed<Frame>(Frame.HeadsChanged changed) ->
                    changed.newHeads()
                            .forEach(
                                    (storage, heads) -> {
                                        if (news.isNew(changed.document(), storage, heads)) {
                                            clients.forEach(
                                                    each ->
                                                            each.tell(
                                                                    new RepoClient.Command.News(
                                                                            changed.document(),
                                                                            storage,
                                                                            heads)));
                                        }
                                    });
            // Of a newer node, which knows more to tell.
            case Decoded.Parsed<Frame> _, Decoded.Malformed<Frame> _ -> {}
        }
        return this;
    }

    private Behavior<Command> followed(Command.Follow question) {
        question.storages().stream()
                .flatMap(
                        storage ->
                                news.of(storage).entrySet().stream()
                                        .map(
                                                told ->
                                                        frame(
                                                                told.getKey(),
                                                                storage,
                                                                told.getValue())))
                .flatMap(frame -> asHeard(frame).stream())
                .limit(ANSWERS_MAX)
                .forEach(question.replyTo()::tell);
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
        askFamily(asked.storages());
        return this;
    }

    // Once for each: from then on all that others tell is heard here.
    private void askFamily(Set<String> storages) {
        List<String> unknown = storages.stream().filter(followed::add).toList();
        if (!unknown.isEmpty()) {
            family.accept(new Command.Follow(unknown, getContext().getSelf()));
        }
        while (followed.size() > FOLLOWED_MAX) {
            followed.remove(followed.iterator().next());
        }
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
