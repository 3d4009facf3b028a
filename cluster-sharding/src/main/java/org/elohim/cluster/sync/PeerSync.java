package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.journal.Patience;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// The relationship with one peer: its positions, and the session over whatever carrier there is.
///
/// Invariants: one session at a time; outputs are carried out in their order, and none behind a
/// `Persist` before that is fsynced; positions that were made under one grant are not used under
/// another, since they have passed what the peer was not allowed then. A disk that takes nothing
/// ends a connection only where going on would be wrong: reading goes on meanwhile.
///
/// The file is long because it holds all that can be said to it; what the session wants is carried
/// out in [Errands].
public final class PeerSync
        extends EventSourcedBehavior<PeerSync.Command, PeerSync.Event, PeerSync.State> {
    // Far below what a peer is waited for; positions may have to be journaled more often still.
    private static final long TICK_MILLIS_MAX = 500;
    // Long enough for a phone that changes networks, short enough not to keep who left.
    private static final Duration KEPT_AFTER_DISCONNECT = Duration.ofMinutes(2);
    private static final int EVENTS_PER_SNAPSHOT = 100;
    private static final int SNAPSHOTS_KEPT = 2;
    private static final String REVOKED = "the token was revoked";
    private static final String FORGOTTEN =
            "this node was removed from the family, or has left it; it may come again as a new one";

    /// What can be said to it.
    public sealed interface Command {
        /// A carrier. Its peer has proved who it is, or will have before its first message comes.
        ///
        /// @param challenge for the peer to sign, or empty where it has done that already
        /// @param proof of this node, for the peer's challenge
        /// @param hello the peer's first message, where it has spoken first
        record Connect(
                long connection,
                Carrier carrier,
                Grant grant,
                Bytes challenge,
                Bytes proof,
                SyncMessage.@Nullable Hello hello)
                implements Command {}

        /// Answered once the next message may come.
        record Received(long connection, SyncMessage message, ActorRef<Next> next)
                implements Command {}

        record Disconnected(long connection) implements Command {}

        /// The carrier is no longer congested.
        record Drained(long connection) implements Command {}

        record TokenRevoked(ContentHash token) implements Command {}

        /// Of the hub, while somebody is connected.
        record Committed(Input.Fresh fresh) implements Command {}

        /// The answer to what the session had asked of documents or journal.
        ///
        /// @param era of the connection that had asked: the next one's session counts its questions
        ///   from 1 again
        record Answer(long era, List<Input> inputs) implements Command {
            public Answer {
                inputs = List.copyOf(inputs);
            }
        }

        /// There is no answer, and the session would wait for it for ever.
        ///
        /// @param era of the connection that had asked
        record Unanswered(long era, String reason) implements Command {}

        /// A document has, or has not, noted that it was deleted or restored.
        record MarkDone(
                long era, Output.TakeMark mark, StatusReply<Document.Description> description)
                implements Command {}

        /// A document has taken what was sent to it together.
        record TakesDone(long era, DocumentId document, Lane lane, List<Input.Taken> answers)
                implements Command {
            public TakesDone {
                answers = List.copyOf(answers);
            }
        }

        record Stop(String reason) implements Command {}

        /// Make room, unless somebody has connected meanwhile.
        record Sleep() implements Command {}

        record Describe(ActorRef<Description> replyTo) implements Command {}

        /// The peer is none of the family any more, or was: should it come again, all begins anew.
        record Forget() implements Command {}

        /// No edits are taken any more. A device hears so and has to leave; others stay.
        record EndDevice(String reason, ActorRef<Ended> replyTo) implements Command {}

        /// Of what this session awaits, enough of the family's other nodes hold it now.
        record Safer() implements Command {}

        /// Compare all documents with a sibling that is connected.
        record CompareAll() implements Command {}

        /// What a sibling lacks of the own journal; nothing where that could not be counted.
        record Counted(Optional<JournalReader.Backlog> backlog) implements Command {}

        /// Of a timer.
        record Tick() implements Command {}

        /// Of a timer: nobody has connected for a while.
        record Idle() implements Command {}
    }

    /// How it stands with the peer.
    ///
    /// @param known whether the two have ever met
    /// @param held positions of the peer's stream that are durable here
    /// @param acknowledged positions of this node's stream that the peer has acknowledged
    public record Description(boolean known, boolean connected, long held, long acknowledged) {}

    /// The next message may come.
    public record Next() {}

    /// Nothing more will be acknowledged to a device here.
    public record Ended() {}

    /// What happened.
    public sealed interface Event extends Journaled {
        /// Positions as of now.
        ///
        /// @param grant digest of what the peer was allowed
        record CursorAdvanced(Output.State state, ContentHash grant) implements Event {}

        /// What was known of the peer is not gone on from.
        record Forgotten() implements Event {}
    }

    /// Where the relationship stood when it was last written down.
    public sealed interface State {
        record Unknown() implements State, Journaled {}

        record Known(Output.State state, ContentHash grant) implements State, Journaled {}
    }

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Peers.Node node;
    private final NodeId peer;
    private final ActorRef<Peers.Command> peers;
    private final Errands errands;
    private final Assurance assurance;
    private final BooleanSupplier takesWrites;
    private boolean stopping;

    private @Nullable Live live;

    /// The session and what it hangs on, as long as what the peer is granted stays the same; the
    /// token that grants it is that of the last connection.
    private static final class Live {
        final SyncSession session;
        Grant grant;
        @Nullable Carrier carrier;
        long connection;
        @Nullable ActorRef<Next> waiting;

        Live(SyncSession session, Grant grant) {
            this.session = session;
            this.grant = grant;
        }
    }

    private PeerSync(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Peers.Node node,
            NodeId peer,
            ActorRef<Peers.Command> peers) {
        super(PersistenceId.of("PeerSync", peer.toString()), Patience.restart());
        this.context = context;
        this.timers = timers;
        this.node = node;
        this.peer = peer;
        this.peers = peers;
        this.errands = new Errands(context, node, peer);
        this.assurance = new Assurance(context, node, peer);
        this.takesWrites = LocalJournal.get(context.getSystem())::takesWrites;
    }

    static Behavior<Command> create(Peers.Node node, NodeId peer, ActorRef<Peers.Command> peers) {
        return Behaviors.setup(
                context ->
                        Behaviors.withTimers(
                                timers -> new PeerSync(context, timers, node, peer, peers)));
    }

    @Override
    public State emptyState() {
        return new State.Unknown();
    }

    @Override
    public SignalHandler<State> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(PostStop.instance(), _ -> leave("the node stops"))
                .onSignal(PreRestart.instance(), _ -> startAgain())
                .build();
    }

    private void startAgain() {
        breakOff();
        // Whoever waits for the end of this actor would hold back all that is said to it, for ever.
        if (stopping) {
            context.getSelf().tell(new Command.Stop("the node stops"));
        }
    }

    /// Ends the connection with what the session knows beyond the journal; the next one begins
    /// where the journal ends.
    private void breakOff() {
        String reason = SyncMessage.words(String.valueOf(new NotWritten().getMessage()));
        if (live != null && live.carrier != null) {
            errands.send(live.carrier, new SyncMessage.Failure(reason));
        }
        leave(reason);
        timers.cancel(Command.Tick.class);
        timers.startSingleTimer(Command.Idle.class, new Command.Idle(), KEPT_AFTER_DISCONNECT);
    }

    private void leave(String reason) {
        node.hub().unregister(context.getSelf());
        node.copies().forget(context.getSelf());
        if (live != null && live.carrier != null) {
            release(live);
            live.carrier.close(reason);
            assurance.disconnected(live.session, live.grant);
        }
        live = null;
    }

    @Override
    public CommandHandler<Command, Event, State> commandHandler() {
        return this::decide;
    }

    private Effect<Event, State> decide(State state, Command command) {
        return switch (command) {
            case Command.Connect connect -> connect(state, connect);
            case Command.Received received -> received(received);
            case Command.Disconnected(long connection) -> disconnected(connection);
            case Command.Drained(long connection) -> {
                if (live != null && live.connection == connection) {
                    next(live);
                }
                yield Effect().none();
            }
            case Command.TokenRevoked(var token) ->
                    live != null
                                    && live.grant instanceof Grant.OfToken(var shown, var _)
                                    && shown.equals(token)
                            ? end(live, REVOKED)
                            : Effect().none();
            case Command.Committed(var fresh) -> drive(List.of(fresh));
            case Command.Answer(long era, var inputs) ->
                    errands.isOf(era) ? drive(inputs) : Effect().none();
            case Command.TakesDone done -> drive(errands.takesDone(done));
            case Command.MarkDone done ->
                    live == null || live.carrier == null
                            ? Effect().none()
                            : drive(errands.markDone(live.carrier, done));
            case Command.Unanswered(long era, var reason) ->
                    live != null && errands.isOf(era) ? end(live, reason) : Effect().none();
            case Command.Tick() -> ticked();
            case Command.Safer() -> drive(List.of());
            case Command.CompareAll() -> drive(List.of(new Input.CompareAll()));
            case Command.Counted(var backlog) -> {
                backlog.ifPresentOrElse(assurance::counted, assurance::notCounted);
                yield drive(standing());
            }
            case Command.Idle() -> {
                if (live == null || live.carrier == null) {
                    peers.tell(new Peers.Command.Sleepy(peer));
                }
                yield Effect().none();
            }
            case Command.Stop(var reason) -> stop(reason);
            case Command.Sleep() -> {
                if (live == null || live.carrier == null) {
                    yield stop("idle");
                }
                peers.tell(new Peers.Command.Awake(peer, context.getSelf()));
                yield Effect().none();
            }
            case Command.Describe(var replyTo) -> {
                replyTo.tell(description(state));
                if (live == null) {
                    // It was woken for the question alone.
                    timers.startSingleTimer(
                            Command.Idle.class, new Command.Idle(), KEPT_AFTER_DISCONNECT);
                }
                yield Effect().none();
            }
            case Command.Forget() -> forget(state);
            case Command.EndDevice(var reason, var replyTo) -> endDevice(reason, replyTo);
        };
    }

    private Description description(State state) {
        if (live != null) {
            return description(live.session.state(), live.carrier != null);
        }
        return switch (state) {
            case State.Unknown() -> new Description(false, false, 0, 0);
            case State.Known(var positions, var _) -> description(positions, false);
        };
    }

    private static Description description(Output.State positions, boolean connected) {
        return new Description(true, connected, positions.held(), positions.mine().acknowledged());
    }

    // The peer hears why, and comes again when it thinks right.
    private Effect<Event, State> end(Live ended, String reason) {
        if (ended.carrier == null) {
            return Effect().none();
        }
        errands.send(ended.carrier, new SyncMessage.Failure(SyncMessage.words(reason)));
        return drive(List.of(new Input.Closing(reason)));
    }

    private Effect<Event, State> connect(State state, Command.Connect connect) {
        // The socket may have been opened before that, and have said nothing until now.
        Optional<String> refusal =
                connect.grant() instanceof Grant.OfToken
                        ? node.intake().refusal()
                        : Optional.empty();
        if (refusal.isPresent()) {
            return refuse(connect.carrier(), refusal.get());
        }
        if (!node.hub().register(context.getSelf(), connect.grant())) {
            return refuse(connect.carrier(), REVOKED);
        }
        Live before = live;
        if (before != null && before.carrier != null) {
            release(before);
            before.carrier.close("replaced by a newer connection");
        }
        if (before == null || !before.grant.digest().equals(connect.grant().digest())) {
            live =
                    new Live(
                            Relationship.session(node, peer, state, connect.grant()),
                            connect.grant());
        }
        Live now = Objects.requireNonNull(live);
        now.grant = connect.grant();
        now.carrier = connect.carrier();
        now.connection = connect.connection();
        now.waiting = null;
        errands.forget();
        assurance.connected(now.session, now.grant);
        timers.cancel(Command.Idle.class);
        timers.startTimerWithFixedDelay(Command.Tick.class, new Command.Tick(), tickInterval());
        var inputs = new ArrayList<Input>();
        inputs.add(tick());
        inputs.add(new Input.Connected(connect.connection(), connect.challenge(), connect.proof()));
        if (connect.hello() != null) {
            inputs.add(new Input.Received(connect.connection(), connect.hello()));
        }
        return drive(inputs);
    }

    private Effect<Event, State> refuse(Carrier carrier, String reason) {
        errands.send(carrier, new SyncMessage.Failure(SyncMessage.words(reason)));
        carrier.close(reason);
        return Effect().none();
    }

    private Duration tickInterval() {
        return Duration.ofMillis(Math.min(TICK_MILLIS_MAX, node.persistMillis()));
    }

    private Input.Tick tick() {
        return new Input.Tick(node.monotonicMillis().getAsLong());
    }

    private Effect<Event, State> ticked() {
        var inputs = new ArrayList<Input>();
        inputs.add(tick());
        inputs.addAll(standing());
        return drive(inputs);
    }

    private List<Input> standing() {
        return live == null || live.carrier == null
                ? List.of()
                : assurance.tick(live.session, live.grant);
    }

    private Effect<Event, State> received(Command.Received received) {
        if (live == null || live.connection != received.connection() || live.carrier == null) {
            received.next().tell(new Next());
            return Effect().none();
        }
        Live now = live;
        now.waiting = received.next();
        assurance.heard(received.message());
        Effect<Event, State> effect =
                drive(List.of(new Input.Received(received.connection(), received.message())));
        next(now);
        return effect;
    }

    /// Of a connection that ends: it would be waited for, and the peer taken for connected.
    private static void release(Live live) {
        if (live.waiting != null) {
            live.waiting.tell(new Next());
            live.waiting = null;
        }
    }

    /// Lets the peer's next message come, unless ours are not getting through.
    private static void next(Live live) {
        if (live.waiting != null && (live.carrier == null || !live.carrier.isCongested())) {
            live.waiting.tell(new Next());
            live.waiting = null;
        }
    }

    private Effect<Event, State> disconnected(long connection) {
        if (live == null || live.connection != connection) {
            return Effect().none();
        }
        release(live);
        live.carrier = null;
        node.hub().unregister(context.getSelf());
        assurance.disconnected(live.session, live.grant);
        rest();
        return drive(List.of(new Input.Disconnected(connection)));
    }

    private void rest() {
        errands.forget();
        timers.cancel(Command.Tick.class);
        timers.startSingleTimer(Command.Idle.class, new Command.Idle(), KEPT_AFTER_DISCONNECT);
    }

    private Effect<Event, State> stop(String reason) {
        stopping = true;
        if (live == null) {
            return Effect().stop();
        }
        if (live.carrier != null) {
            errands.send(live.carrier, new SyncMessage.Failure(SyncMessage.words(reason)));
        }
        var events = new ArrayList<Event>();
        for (Output output : live.session.handle(new Input.Closing(reason))) {
            if (output instanceof Output.Persist(var state, _)) {
                events.add(new Event.CursorAdvanced(state, live.grant.digest()));
            } else {
                perform(live, output);
            }
        }
        return takesWrites.getAsBoolean() ? Effect().persist(events).thenStop() : Effect().stop();
    }

    // Positions that are in doubt afterwards cost duplicates.
    private Effect<Event, State> endDevice(String reason, ActorRef<Ended> replyTo) {
        if (live != null && live.grant instanceof Grant.OfToken) {
            if (live.carrier != null) {
                errands.send(live.carrier, new SyncMessage.Failure(SyncMessage.words(reason)));
            }
            leave(reason);
            rest();
        }
        replyTo.tell(new Ended());
        return Effect().none();
    }

    private Effect<Event, State> forget(State state) {
        leave(FORGOTTEN);
        rest();
        node.copies().remove(peer);
        return switch (state) {
            case State.Unknown() -> Effect().none();
            case State.Known _ -> Effect().persist(new Event.Forgotten());
        };
    }

    private Effect<Event, State> drive(List<Input> inputs) {
        if (live == null) {
            return Effect().none();
        }
        Live now = live;
        var outputs = new ArrayList<Output>();
        inputs.forEach(input -> outputs.addAll(now.session.handle(input)));
        assurance
                .after(now.session, now.grant)
                .forEach(input -> outputs.addAll(now.session.handle(input)));
        int firstPersist = 0;
        while (firstPersist < outputs.size()
                && !(outputs.get(firstPersist) instanceof Output.Persist)) {
            perform(now, outputs.get(firstPersist));
            firstPersist++;
        }
        errands.run(now.grant);
        if (firstPersist == outputs.size()) {
            return Effect().none();
        }
        List<Output> rest = outputs.subList(firstPersist, outputs.size());
        List<Output.Persist> positions =
                rest.stream()
                        .filter(Output.Persist.class::isInstance)
                        .map(Output.Persist.class::cast)
                        .toList();
        if (!takesWrites.getAsBoolean()) {
            if (positions.stream().anyMatch(Output.Persist::firm)) {
                breakOff();
            } else {
                performBehind(now, rest);
            }
            return Effect().none();
        }
        return Effect()
                .persist(new Event.CursorAdvanced(positions.getLast().state(), now.grant.digest()))
                .thenRun(_ -> performBehind(now, rest));
    }

    private void performBehind(Live live, List<Output> rest) {
        rest.stream()
                .filter(output -> !(output instanceof Output.Persist))
                .forEach(output -> perform(live, output));
        errands.run(live.grant);
    }

    private void perform(Live live, Output output) {
        switch (output) {
            case Output.Send(long connection, var message) -> {
                if (live.carrier != null && connection == live.connection) {
                    errands.send(live.carrier, message);
                    assurance.sent(message);
                }
            }
            case Output.Close(long connection, var reason) -> {
                if (live.carrier != null && connection == live.connection) {
                    node.counters().count(SyncCounters.Counter.SESSIONS_CLOSED_BY_US);
                    assurance.parted(reason);
                    live.carrier.close(reason);
                }
            }
            case Output.ReadPage read -> errands.readPage(live.grant, read);
            case Output.Take take -> errands.take(take);
            case Output.TakeMark mark -> errands.takeMark(live.grant, mark);
            case Output.TakeRuling take -> errands.takeRuling(live.grant, take);
            case Output.ReadChanges read -> errands.readChanges(read);
            case Output.Obtain obtain -> errands.obtain(live.grant, obtain);
            case Output.ReadDigests read -> errands.readDigests(read);
            case Output.CompareDigests compare -> errands.compare(live.grant, compare);
            case Output.Refused(var refused) ->
                    node.counters()
                            .count(
                                    SyncCounters.Counter.CHANGES_REFUSED_BY_PEERS,
                                    SyncCounters.refusedIn(refused));
            case Output.Acknowledged _ -> assurance.acknowledged();
            // What a device says of how safe things are with it would mean nothing.
            case Output.Reached _, Output.Obstacle _ -> {}
            case Output.Persist _ -> throw new IllegalStateException("persisted elsewhere");
        }
    }

    @Override
    public EventHandler<State, Event> eventHandler() {
        return PeerSync::evolve;
    }

    static State evolve(State state, Event event) {
        return switch (event) {
            case Event.CursorAdvanced(var positions, var grant) ->
                    new State.Known(positions, grant);
            case Event.Forgotten() -> new State.Unknown();
        };
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(EVENTS_PER_SNAPSHOT, SNAPSHOTS_KEPT)
                .withDeleteEventsOnSnapshot();
    }
}
