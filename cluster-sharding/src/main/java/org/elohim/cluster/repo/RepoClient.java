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
import org.elohim.cluster.sync.Carrier;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.automerge.Frame;
import org.elohim.protocol.automerge.FrameCodec;
import org.elohim.protocol.automerge.RepoConnection;
import org.elohim.protocol.automerge.RepoConnection.Step;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Input.Taken;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One client of automerge-repo, from its first frame to its last.
///
/// Invariants: what it may hear and say is judged for each frame by what its token allows now; it
/// is told of nothing that is not fsynced; one frame of it is worked on at a time, and none while
/// ours to it are stuck.
///
/// What it may hear and say is decided in [RepoConnection]; its documents are in [OpenDocuments].
public final class RepoClient extends AbstractBehavior<RepoClient.Command>
        implements OpenDocuments.Line {
    private static final Duration JOIN_WITHIN = Duration.ofSeconds(10);
    // As long as a device may leave what it was sent unread.
    private static final Duration STUCK_MAX = Duration.ofMinutes(5);
    private static final String JOIN = "join";
    private static final String STUCK = "stuck";

    /// What can happen to it.
    public sealed interface Command {
        /// A frame has come.
        ///
        /// @param next is run when the next one may come
        record Received(Frame frame, Runnable next) implements Command {}

        /// What came is no frame.
        record Broken(String reason) implements Command {}

        /// Frames to it are no longer stuck.
        record Drained() implements Command {}

        record Disconnected() implements Command {}

        /// The node ends the connection.
        record End(String reason) implements Command {}

        record JoinDue() implements Command {}

        /// It was waited long enough for it to take what it was sent, or for its documents.
        record Stuck() implements Command {}

        /// What happens to one of the documents that it has open.
        sealed interface OfDocument extends Command {}

        /// Something was fsynced of it.
        record Moved(DocumentId document) implements OfDocument {}

        record SpeakOf(DocumentId document) implements OfDocument {}

        record Answered(Said said) implements OfDocument {}

        /// The family's other nodes were asked for it.
        record Looked(DocumentId document) implements OfDocument {}

        /// It was waited for as long as makes sense.
        record Awaited(DocumentId document) implements OfDocument {}

        record Accepted(DocumentId document, int conversation, Taken taken) implements OfDocument {}

        record Read(DocumentId document, int conversation, long ticket, List<Bytes> changes)
                implements OfDocument {}

        record Unread(DocumentId document) implements OfDocument {}

        record Unanswered(String reason) implements Command {}

        record Word(Frame.Ephemeral word) implements Command {}

        record News(DocumentId document, String storage, Frame.StorageHeads heads)
                implements Command {}
    }

    private final RepoClients.Node node;
    private final Carrier carrier;
    private final Grant.OfToken grant;
    private final ActorRef<RepoClients.Command> clients;
    private final TimerScheduler<Command> timers;
    private final RepoConnection connection;
    private final OpenDocuments documents;
    private final Set<String> follows = new HashSet<>();
    private Optional<Runnable> next = Optional.empty();
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
        this.documents =
                new OpenDocuments(node, context, timers, this, carrier, grant, connection, clients);
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
        if (!documents.enter()) {
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
            case Command.Received(var frame, var goOn) -> {
                next = Optional.of(goOn);
                received(frame);
            }
            case Command.Broken(var reason) -> {
                node.counters().count(Counter.FRAMES_MALFORMED);
                fail(reason);
            }
            case Command.Drained _ -> documents.drained();
            case Command.Disconnected _ -> over = true;
            case Command.End(var reason) -> fail(reason);
            case Command.JoinDue _ -> fail("no join within " + JOIN_WITHIN.toSeconds() + " s");
            case Command.OfDocument happened -> documents.on(happened);
            case Command.Stuck _ -> fail("stuck for " + STUCK_MAX.toMinutes() + " minutes");
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

    private void letNextCome() {
        if (next.isEmpty()) {
            return;
        }
        if (!documents.holdsAFrame() && !carrier.isCongested()) {
            next.get().run();
            next = Optional.empty();
            timers.cancel(STUCK);
        } else if (!timers.isTimerActive(STUCK)) {
            timers.startSingleTimer(STUCK, new Command.Stuck(), STUCK_MAX);
        }
    }

    @Override
    public void send(Frame frame) {
        node.counters().count(Counter.FRAMES_SENT);
        carrier.send(FrameCodec.encode(frame));
    }

    @Override
    public void fail(String reason) {
        if (!over) {
            connection.failure(reason).ifPresent(this::send);
            close(reason);
        }
    }

    @Override
    public boolean isOver() {
        return over;
    }

    private void close(String reason) {
        node.counters().count(Counter.SESSIONS_CLOSED_BY_US);
        carrier.close(reason);
        over = true;
    }

    private Behavior<Command> stopped() {
        if (!over) {
            // Where it fails, nobody would say when the next frame may come.
            carrier.close("the node has made a mistake; connect again");
        }
        documents.leave();
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
                case Step.Talk talk -> documents.talk(talk);
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
}
