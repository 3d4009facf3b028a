package org.elohim.cluster.repo;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;

import org.elohim.cluster.document.Conversations.Said;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.sync.Carrier;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.Questions;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.automerge.Frame;
import org.elohim.protocol.automerge.FrameCodec;
import org.elohim.protocol.automerge.Input;
import org.elohim.protocol.automerge.Output;
import org.elohim.protocol.automerge.RepoConnection;
import org.elohim.protocol.automerge.RepoConnection.Step;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Input.Taken;
import org.elohim.protocol.sync.Lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One client of automerge-repo, from its first frame to its last.
///
/// Invariants: what it may hear and say is judged for each frame by what its token allows now; it
/// is told of nothing that is not fsynced; one frame of it is worked on at a time, and none while
/// ours to it are stuck.
///
/// The file is long because it holds all that can happen to a client; what it may hear and say is
/// decided in [RepoConnection], and how it is with each document in [OpenDocument].
public final class RepoClient extends AbstractBehavior<RepoClient.Command> {
    private static final Duration JOIN_WITHIN = Duration.ofSeconds(10);
    // Whoever types makes several edits in this time: the others hear of them at once.
    private static final long TELL_EVERY_MILLIS = 10;
    // Whoever makes a document may tell another of it before the node: 100 ms is what
    // automerge-repo
    // puts off what it sends.
    private static final Duration COMES_WITHIN = Duration.ofMillis(500);
    private static final String JOIN = "join";
    private static final String NO_ANSWER =
            "the node could not read or write its journal in time; connect again, and what was not"
                    + " kept is sent again";

    /// What can happen to it.
    public sealed interface Command {
        /// Answered when the next frame may come.
        record Received(Frame frame, ActorRef<Next> next) implements Command {}

        /// What came is no frame.
        record Broken(String reason) implements Command {}

        /// Frames to it are no longer stuck.
        record Drained() implements Command {}

        record Disconnected() implements Command {}

        /// The node ends the connection.
        record End(String reason) implements Command {}

        record JoinDue() implements Command {}

        /// Something was fsynced of a document that it has open.
        record Moved(DocumentId document) implements Command {}

        record SpeakOf(DocumentId document) implements Command {}

        record Answered(Said said) implements Command {}

        /// The family's other nodes were asked for the document.
        record Looked(DocumentId document) implements Command {}

        /// It was waited for the document as long as makes sense.
        record Awaited(DocumentId document) implements Command {}

        record Accepted(DocumentId document, int conversation, Taken taken) implements Command {}

        record Read(DocumentId document, int conversation, long ticket, List<Bytes> changes)
                implements Command {}

        record Unread(DocumentId document) implements Command {}

        record Unanswered(String reason) implements Command {}

        record Word(Frame.Ephemeral word) implements Command {}

        record News(DocumentId document, String storage, Frame.StorageHeads heads)
                implements Command {}
    }

    /// The next frame may come.
    public record Next() {}

    private final RepoClients.Node node;
    private final Carrier carrier;
    private final Grant.OfToken grant;
    private final ActorRef<RepoClients.Command> clients;
    private final TimerScheduler<Command> timers;
    private final RepoConnection connection;
    private final Questions questions;
    private final ActorRef<Said> answers;
    private final Onlookers.Onlooker onlooker;
    private final Map<DocumentId, OpenDocument> documents = new HashMap<>();
    private final Set<DocumentId> behind = new LinkedHashSet<>();
    private final Set<String> follows = new HashSet<>();
    private Optional<ActorRef<Next>> next = Optional.empty();
    // Of the frame that came last, where its document is not ready for it.
    private Optional<Step.Talk> held = Optional.empty();
    private boolean over;

    private RepoClient(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            RepoClients.Node node,
            Carrier carrier,
            Grant.OfToken grant,
            ActorRef<RepoClients.Command> clients) {
        super(context);
        this.timers = timers;
        this.node = node;
        this.carrier = carrier;
        this.grant = grant;
        this.clients = clients;
        this.connection = new RepoConnection(node.id().toString(), node.storage(), this::allows);
        this.questions =
                new Questions(context.getSystem(), node.documents(), node.monotonicMillis());
        this.answers = context.messageAdapter(Said.class, Command.Answered::new);
        ActorRef<Command> self = context.getSelf();
        this.onlooker =
                new Onlookers.Onlooker(
                        document -> self.tell(new Command.Moved(document)),
                        () -> self.tell(new Command.End("its token was revoked")));
    }

    static Behavior<Command> create(
            RepoClients.Node node,
            Carrier carrier,
            Grant.OfToken grant,
            ActorRef<RepoClients.Command> clients) {
        return Behaviors.setup(
                context ->
                        Behaviors.withTimers(
                                timers ->
                                        new RepoClient(
                                                        context, timers, node, carrier, grant,
                                                        clients)
                                                .begin()));
    }

    private Behavior<Command> begin() {
        if (!node.onlookers().enter(onlooker, grant.token())) {
            getContext().getSelf().tell(new Command.End("its token was revoked"));
        }
        timers.startSingleTimer(JOIN, new Command.JoinDue(), JOIN_WITHIN);
        return this;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, this::on)
                .onSignal(PostStop.class, _ -> stopped())
                .build();
    }

    private Behavior<Command> on(Command command) {
        switch (command) {
            case Command.Received(var frame, var replyTo) -> {
                next = Optional.of(replyTo);
                received(frame);
            }
            case Command.Broken(var reason) -> {
                node.counters().count(Counter.FRAMES_MALFORMED);
                fail(reason);
            }
            case Command.Drained _ -> drained();
            case Command.Disconnected _ -> over = true;
            case Command.End(var reason) -> fail(reason);
            case Command.JoinDue _ -> fail("no join within " + JOIN_WITHIN.toSeconds() + " s");
            case Command.Moved(var id) -> find(id).ifPresent(this::moved);
            case Command.SpeakOf(var id) -> find(id).ifPresent(this::speak);
            case Command.Answered(var said) -> find(said.document()).ifPresent(of -> on(of, said));
            case Command.Looked(var id) -> find(id).ifPresent(this::lookedElsewhere);
            case Command.Awaited(var id) -> find(id).ifPresent(this::looked);
            case Command.Accepted accepted -> accepted(accepted);
            case Command.Read read -> read(read);
            case Command.Unread(var id) -> find(id).ifPresent(this::withhold);
            case Command.Unanswered(var reason) -> fail(reason);
            case Command.Word(var word) -> connection.passedOn(word).ifPresent(this::send);
            case Command.News(var id, var storage, var heads) -> {
                if (follows.contains(storage)) {
                    connection.news(id, storage, heads).ifPresent(this::send);
                }
            }
        }
        letNextCome();
        return over ? Behaviors.stopped() : this;
    }

    private Optional<OpenDocument> find(DocumentId id) {
        return Optional.ofNullable(documents.get(id));
    }

    private void letNextCome() {
        if (held.isEmpty() && !carrier.isCongested()) {
            next.ifPresent(replyTo -> replyTo.tell(new Next()));
            next = Optional.empty();
        }
    }

    private void send(Frame frame) {
        node.counters().count(Counter.FRAMES_SENT);
        carrier.send(FrameCodec.encode(frame));
    }

    private void fail(String reason) {
        if (!over) {
            connection.failure(reason).ifPresent(this::send);
            close(reason);
        }
    }

    private void close(String reason) {
        node.counters().count(Counter.SESSIONS_CLOSED_BY_US);
        carrier.close(reason);
        over = true;
    }

    private Behavior<Command> stopped() {
        node.onlookers().leave(onlooker, grant.token(), List.copyOf(documents.keySet()));
        documents.keySet().forEach(this::endConversation);
        return this;
    }

    // What it may have of a document that is not here is judged once it was looked for.
    private boolean allows(Access access, DocumentId id) {
        if (id.isLedger()) {
            return false;
        }
        Optional<Reach> reach = node.index().find(id).map(DocumentIndex.Entry::reach);
        return switch (access) {
            case READ ->
                    reach.map(known -> grant.allows(access, id, known))
                            .orElseGet(() -> mayReadSome(id));
            case WRITE ->
                    grant.allows(
                            access, id, reach.orElseGet(() -> grant.newcomer(node.id()).reach()));
        };
    }

    private boolean mayReadSome(DocumentId id) {
        for (Reach reach : Reach.values()) {
            if (grant.allows(Access.READ, id, reach)) {
                return true;
            }
        }
        return false;
    }

    private void received(Frame frame) {
        for (Step step : connection.received(frame)) {
            switch (step) {
                case Step.Send(var answer) -> send(answer);
                case Step.Joined _ -> timers.cancel(JOIN);
                case Step.Talk talk -> talk(talk);
                case Step.Refused(var _, int changes) ->
                        node.counters().count(Counter.CHANGES_REFUSED, changes);
                case Step.PassOn(var word) ->
                        clients.tell(new RepoClients.Command.PassOn(word, getContext().getSelf()));
                case Step.Follow(var more, var less) -> {
                    follows.removeAll(less);
                    follow(more);
                }
                case Step.Heard(var id, var storage, var heads) ->
                        clients.tell(
                                new RepoClients.Command.Heard(
                                        id, storage, heads, getContext().getSelf()));
                case Step.Close(var reason, boolean broken) -> {
                    if (broken) {
                        node.counters().count(Counter.FRAMES_MALFORMED);
                    }
                    close(reason);
                }
            }
        }
    }

    private void follow(Set<String> more) {
        follows.addAll(more);
        if (follows.size() > Frame.STORAGES_MAX) {
            fail("it follows more than " + Frame.STORAGES_MAX + " storages");
        } else if (!more.isEmpty()) {
            clients.tell(new RepoClients.Command.Tell(more, getContext().getSelf()));
        }
    }

    private void talk(Step.Talk talk) {
        OpenDocument document = documents.computeIfAbsent(talk.document(), this::open);
        if (document.isBusy()) {
            held = Optional.of(talk);
        } else {
            hear(document, talk);
        }
    }

    private OpenDocument open(DocumentId id) {
        node.onlookers().watch(onlooker, id);
        return new OpenDocument(id);
    }

    private void hear(OpenDocument document, Step.Talk talk) {
        document.silent = false;
        if (bringsNothing(talk) && node.index().find(document.id).isEmpty()) {
            document.looking = Optional.of(talk);
            getContext()
                    .pipeToSelf(
                            node.elsewhere()
                                    .obtain(
                                            document.id,
                                            reach -> grant.allows(Access.READ, document.id, reach)),
                            (_, _) -> new Command.Looked(document.id));
        } else {
            converse(document, new Input.Received(talk.message()), talk.anew());
        }
    }

    private static boolean bringsNothing(Step.Talk talk) {
        return talk.message().heads().isEmpty() && talk.message().changes().isEmpty();
    }

    private void lookedElsewhere(OpenDocument document) {
        if (node.index().find(document.id).isPresent()) {
            looked(document);
        } else if (document.looking.isPresent()) {
            timers.startSingleTimer(
                    new Command.Awaited(document.id),
                    new Command.Awaited(document.id),
                    COMES_WITHIN);
        }
    }

    private void looked(OpenDocument document) {
        Optional<Step.Talk> asked = document.looking;
        if (asked.isEmpty()) {
            return;
        }
        timers.cancel(new Command.Awaited(document.id));
        document.looking = Optional.empty();
        if (connection.isOpen(document.id)) {
            asked.ifPresent(
                    talk -> converse(document, new Input.Received(talk.message()), talk.anew()));
        } else {
            connection.absent(document.id).ifPresent(this::send);
        }
        goOn(document);
    }

    private void converse(OpenDocument document, Input input, boolean anew) {
        if (anew) {
            document.forgotten();
        }
        document.asked();
        tell(document.id, new Document.Command.Converse(answers, input, anew, document.shared));
    }

    private void tell(DocumentId id, Document.Command command) {
        node.documents().tell(new Documents.Command.Tell(id, command));
    }

    private void endConversation(DocumentId id) {
        tell(id, new Document.Command.EndConversation(answers));
    }

    private void on(OpenDocument document, Said said) {
        switch (said) {
            case Said.Told told -> told(document, told);
            case Said.Absent _ -> {
                document.answered(true);
                document.shared = List.of();
                connection.absent(document.id).ifPresent(this::send);
            }
            case Said.Slept _ -> {
                boolean begins = !document.settled && !document.silent;
                document.forgotten();
                if (begins) {
                    converse(document, new Input.Begun(), false);
                }
            }
        }
        goOn(document);
    }

    private void told(OpenDocument document, Said.Told told) {
        document.answered(told.ready());
        document.shared = told.shared();
        document.settled = told.settled();
        if (!told.theirs().equals(document.theirs)) {
            document.theirs = told.theirs();
            heardOfStorage(document);
        }
        for (Output output : told.outputs()) {
            switch (output) {
                case Output.Send(var message) ->
                        connection.said(document.id, message).ifPresent(this::send);
                case Output.ReadChanges read -> read(document, read);
                case Output.Take take -> take(document, take);
                case Output.Failed(var reason) -> fail(reason);
            }
        }
    }

    // So that others can follow what is kept at this client.
    private void heardOfStorage(OpenDocument document) {
        if (document.theirs.size() <= Frame.HEADS_MAX) {
            connection
                    .storage()
                    .map(
                            storage ->
                                    new RepoClients.Command.Heard(
                                            document.id,
                                            storage,
                                            new Frame.StorageHeads(
                                                    document.theirs, node.clock().millis()),
                                            getContext().getSelf()))
                    .ifPresent(clients::tell);
        }
    }

    private void goOn(OpenDocument document) {
        if (over || document.isBusy()) {
            return;
        }
        Optional<Step.Talk> waits = held.filter(talk -> talk.document().equals(document.id));
        if (waits.isPresent()) {
            held = Optional.empty();
            hear(document, waits.get());
        } else if (document.moved) {
            speak(document);
        }
    }

    private void moved(OpenDocument document) {
        document.moved = true;
        if (document.looking.isPresent()) {
            // It has come.
            looked(document);
        } else if (!document.isBusy()) {
            speak(document);
        }
    }

    private void speak(OpenDocument document) {
        if (document.isBusy() || !document.moved) {
            return;
        }
        if (!connection.isOpen(document.id)) {
            // Told nothing from here on, it would be taken to know what it was to be told.
            withhold(document);
            return;
        }
        if (carrier.isCongested()) {
            behind.add(document.id);
            return;
        }
        long now = node.monotonicMillis().getAsLong();
        long since = now - document.spokenMillis;
        if (since >= 0 && since < TELL_EVERY_MILLIS) {
            if (!timers.isTimerActive(document.id)) {
                timers.startSingleTimer(
                        document.id,
                        new Command.SpeakOf(document.id),
                        Duration.ofMillis(TELL_EVERY_MILLIS - since));
            }
            return;
        }
        document.moved = false;
        document.spokenMillis = now;
        boolean wasSilent = document.silent;
        document.silent = false;
        converse(document, wasSilent ? new Input.Begun() : new Input.Grown(), wasSilent);
    }

    private void withhold(OpenDocument document) {
        document.moved = false;
        document.silent = true;
        document.forgotten();
        endConversation(document.id);
        connection.absent(document.id).ifPresent(this::send);
    }

    private void drained() {
        List<DocumentId> late = List.copyOf(behind);
        behind.clear();
        late.forEach(id -> find(id).ifPresent(this::speak));
    }

    private void read(OpenDocument document, Output.ReadChanges read) {
        int conversation = document.conversation;
        getContext()
                .pipeToSelf(
                        node.bytes().read(document.id, read.locations()),
                        (changes, failed) ->
                                failed == null
                                        ? new Command.Read(
                                                document.id, conversation, read.ticket(), changes)
                                        : unread(document.id, failed));
    }

    private Command unread(DocumentId id, Throwable failed) {
        if (Damaged.in(failed).isEmpty()) {
            return unanswered(failed);
        }
        node.index().unreadable(id);
        return new Command.Unread(id);
    }

    private Command unanswered(Throwable failed) {
        Optional<NotWritten> full = NotWritten.in(failed);
        if (full.isEmpty()) {
            getContext().getLog().warn("no answer for a client: {}", failed.toString());
        }
        return new Command.Unanswered(full.map(Throwable::getMessage).orElse(NO_ANSWER));
    }

    private void read(Command.Read read) {
        OpenDocument document = documents.get(read.document());
        if (document == null || document.conversation != read.conversation()) {
            return;
        }
        boolean sealed =
                read.changes().stream().anyMatch(change -> change.at(0) == SealedChange.VERSION);
        if (sealed) {
            // Written for those who have the family's keys; no such client can read it.
            withhold(document);
        } else {
            converse(document, new Input.ChangesRead(read.ticket(), read.changes()), false);
        }
    }

    private void take(OpenDocument document, Output.Take take) {
        var changes = new ArrayList<Change>();
        for (Bytes bytes : take.changes()) {
            switch (ChangeChunk.parse(bytes)) {
                case Decoded.Parsed<ChangeChunk>(var change) -> changes.add(change);
                case Decoded.Malformed<ChangeChunk>(var reason) -> {
                    node.counters().count(Counter.CHANGES_POISONED);
                    converse(document, new Input.Poisoned(take.ticket(), reason), false);
                    return;
                }
            }
        }
        node.counters().count(Counter.CHANGES_RECEIVED, changes.size());
        int conversation = document.conversation;
        var batch = new Document.Batch(take.ticket(), List.<ContentHash>of(), changes);
        getContext()
                .pipeToSelf(
                        questions.<List<Taken>>write(
                                document.id,
                                to ->
                                        new Document.Command.Accept(
                                                List.of(batch),
                                                Lane.NEW,
                                                Entry.DEVICE,
                                                null,
                                                grant.newcomer(node.id()),
                                                to)),
                        (reply, failed) ->
                                failed == null
                                        ? new Command.Accepted(
                                                document.id,
                                                conversation,
                                                reply.getValue().getFirst())
                                        : unanswered(failed));
    }

    private void accepted(Command.Accepted accepted) {
        node.counters().count(Counter.CHANGES_REFUSED, accepted.taken().refused().size());
        OpenDocument document = documents.get(accepted.document());
        if (document != null && document.conversation == accepted.conversation()) {
            converse(
                    document,
                    new Input.Taken(accepted.taken().ticket(), accepted.taken().missing()),
                    false);
        }
    }
}
