package org.elohim.cluster.repo;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.TimerScheduler;

import org.elohim.cluster.document.Conversations.Said;
import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.repo.RepoClient.Command;
import org.elohim.cluster.sync.Carrier;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.Questions;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.automerge.Frame;
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
import org.elohim.protocol.sync.Input.Taken;
import org.elohim.protocol.sync.Lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// The documents that a client has open, and its conversation with each.
///
/// Invariants: belongs to the client's actor and its thread; the client is told of nothing that is
/// not fsynced; a frame whose document is not ready for it is held, and no other comes meanwhile.
final class OpenDocuments {
    // Whoever types makes several edits in this time: the others hear of them at once.
    private static final long TELL_EVERY_MILLIS = 10;
    // Whoever makes a document may tell another of it before the node: 100 ms is what
    // automerge-repo puts off what it sends.
    private static final Duration COMES_WITHIN = Duration.ofMillis(500);
    private static final String NO_ANSWER =
            "the node could not read or write its journal in time; connect again, and what was not"
                    + " kept is sent again";

    /// The connection to the client.
    interface Line {
        void send(Frame frame);

        /// Says why, and ends it.
        void fail(String reason);

        boolean isOver();
    }

    private final RepoClients.Node node;
    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Line line;
    private final Carrier carrier;
    private final Grant.OfToken grant;
    private final RepoConnection connection;
    private final ActorRef<RepoClients.Command> clients;
    private final Questions questions;
    private final ActorRef<Said> answers;
    private final Onlookers.Onlooker onlooker;
    private final Map<DocumentId, OpenDocument> documents = new HashMap<>();
    private final Set<DocumentId> behind = new LinkedHashSet<>();
    // Of the frame that came last, where its document is not ready for it.
    private Optional<Step.Talk> held = Optional.empty();

    OpenDocuments(
            RepoClients.Node node,
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Line line,
            Carrier carrier,
            Grant.OfToken grant,
            RepoConnection connection,
            ActorRef<RepoClients.Command> clients) {
        this.node = node;
        this.context = context;
        this.timers = timers;
        this.line = line;
        this.carrier = carrier;
        this.grant = grant;
        this.connection = connection;
        this.clients = clients;
        this.questions =
                new Questions(context.getSystem(), node.documents(), node.monotonicMillis());
        this.answers = context.messageAdapter(Said.class, Command.Answered::new);
        ActorRef<Command> self = context.getSelf();
        this.onlooker =
                new Onlookers.Onlooker(
                        document -> self.tell(new Command.Moved(document)),
                        () -> self.tell(new Command.End("its token was revoked")));
    }

    /// False where the token is revoked already.
    boolean enter() {
        return node.onlookers().enter(onlooker, grant.token());
    }

    void leave() {
        node.onlookers().leave(onlooker, grant.token(), List.copyOf(documents.keySet()));
        documents.keySet().forEach(this::endConversation);
    }

    boolean holdsAFrame() {
        return held.isPresent();
    }

    void on(Command.OfDocument command) {
        switch (command) {
            case Command.Moved(var id) -> find(id).ifPresent(this::moved);
            case Command.SpeakOf(var id) -> find(id).ifPresent(this::speak);
            case Command.Answered(var said) -> find(said.document()).ifPresent(of -> on(of, said));
            case Command.Looked(var id) -> find(id).ifPresent(this::lookedElsewhere);
            case Command.Awaited(var id) -> find(id).ifPresent(this::looked);
            case Command.Accepted accepted -> accepted(accepted);
            case Command.Read read -> read(read);
            case Command.Unread(var id) -> find(id).ifPresent(this::withhold);
        }
    }

    private Optional<OpenDocument> find(DocumentId id) {
        return Optional.ofNullable(documents.get(id));
    }

    void talk(Step.Talk talk) {
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
            context.pipeToSelf(
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
            connection.absent(document.id).ifPresent(line::send);
        }
        goOn(document);
    }

    private void converse(OpenDocument document, Input input, boolean anew) {
        if (anew) {
            document.forgotten();
        }
        document.asked();
        tell(
                document.id,
                new Document.Command.Converse(
                        answers,
                        input,
                        anew,
                        document.shared,
                        node.held(),
                        node.bytes()::inMemory));
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
                connection.absent(document.id).ifPresent(line::send);
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
                        connection.said(document.id, message).ifPresent(line::send);
                case Output.ReadChanges read -> read(document, read);
                case Output.Take take -> take(document, take);
                case Output.Failed(var reason) -> line.fail(reason);
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
                                            context.getSelf()))
                    .ifPresent(clients::tell);
        }
    }

    private void goOn(OpenDocument document) {
        if (line.isOver() || document.isBusy()) {
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
        connection.absent(document.id).ifPresent(line::send);
    }

    void drained() {
        List<DocumentId> late = List.copyOf(behind);
        behind.clear();
        late.forEach(id -> find(id).ifPresent(this::speak));
    }

    private void read(OpenDocument document, Output.ReadChanges read) {
        int conversation = document.conversation;
        CompletableFuture<List<Bytes>> bytes =
                node.bytes().read(document.id, read.locations()).toCompletableFuture();
        if (bytes.isDone() && !bytes.isCompletedExceptionally()) {
            // What was written last lies in memory.
            read(new Command.Read(document.id, conversation, read.ticket(), bytes.join()));
            return;
        }
        context.pipeToSelf(
                bytes,
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
            context.getLog().warn("no answer for a client: {}", failed.toString());
        }
        return new Command.Unanswered(full.map(Throwable::getMessage).orElse(NO_ANSWER));
    }

    private void read(Command.Read read) {
        OpenDocument document = documents.get(read.document());
        if (document == null || document.conversation != read.conversation()) {
            return;
        }
        if (read.changes().stream().anyMatch(SealedChange::isSealed)) {
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
        context.pipeToSelf(
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
                                        document.id, conversation, reply.getValue().getFirst())
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
