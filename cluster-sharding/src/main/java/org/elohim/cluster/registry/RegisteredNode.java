package org.elohim.cluster.registry;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;

import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.journal.Patience;
import org.elohim.cluster.journal.Waiter;
import org.elohim.protocol.id.NodeId;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// What the network knows of one node.
///
/// Invariants: a node has capacity and name from its first event on; no accepted capacity is above
/// the limits of [Capacity#complaint()]; a repeated command journals nothing and is answered like
/// the first.
public final class RegisteredNode
        extends EventSourcedBehavior<
                RegisteredNode.Command, RegisteredNode.Event, RegisteredNode.State> {
    static final int DISPLAY_NAME_CHARACTERS_MAX = 200;

    // A capacity change is rare and small: recovery stays at one page of events.
    private static final int EVENTS_PER_SNAPSHOT = 100;
    private static final int SNAPSHOTS_KEPT = 2;

    /// What can be asked of a node's entry.
    public sealed interface Command {
        record Register(
                String displayName, Capacity capacity, ActorRef<StatusReply<Summary>> replyTo)
                implements Command {}

        record UpdateCapacity(Capacity capacity, ActorRef<StatusReply<Summary>> replyTo)
                implements Command {}

        record Get(ActorRef<StatusReply<Summary>> replyTo) implements Command {}
    }

    /// What happened to a node's entry; `at` is shown to people and never used for order.
    public sealed interface Event extends Journaled {
        record Registered(String displayName, Capacity capacity, Instant at) implements Event {}

        record Renamed(String displayName, Instant at) implements Event {}

        record CapacityUpdated(Capacity capacity, Instant at) implements Event {}
    }

    /// A node's entry.
    public sealed interface State {
        /// Nobody has registered the node yet.
        record Unknown() implements State {}

        /// The node as last described.
        record Known(String displayName, Capacity capacity, Instant registeredAt, Instant updatedAt)
                implements State, Journaled {}
    }

    /// The answer to every command.
    public record Summary(
            NodeId nodeId,
            String displayName,
            Capacity capacity,
            Instant registeredAt,
            Instant updatedAt) {}

    /// What a command leads to.
    sealed interface Decision {
        /// Journal these (perhaps none), then answer with the entry.
        record Accepted(List<Event> events) implements Decision {
            public Accepted {
                events = List.copyOf(events);
            }
        }

        record Refused(String reason) implements Decision {}
    }

    private final NodeId nodeId;
    private final InstantSource clock;
    private final Waiter waiter;

    private RegisteredNode(NodeId nodeId, InstantSource clock, BooleanSupplier takesWrites) {
        super(persistenceId(nodeId), Patience.restart());
        this.nodeId = nodeId;
        this.clock = clock;
        this.waiter = new Waiter(takesWrites);
    }

    /// What is known of this node.
    ///
    /// @param takesWrites whether the disk took what was last to be written
    public static Behavior<Command> create(
            NodeId nodeId, InstantSource clock, BooleanSupplier takesWrites) {
        return new RegisteredNode(nodeId, clock, takesWrites);
    }

    static PersistenceId persistenceId(NodeId nodeId) {
        return PersistenceId.of("RegisteredNode", nodeId.toString());
    }

    @Override
    public State emptyState() {
        return new State.Unknown();
    }

    @Override
    public CommandHandler<Command, Event, State> commandHandler() {
        return (state, command) ->
                switch (decide(state, command, now())) {
                    case Decision.Accepted(var events) -> accept(events, replyTo(command));
                    case Decision.Refused(var reason) ->
                            Effect().reply(replyTo(command), StatusReply.error(reason));
                };
    }

    // As the journal keeps it, so that the state is the same before and after a restart.
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private Effect<Event, State> accept(
            List<Event> events, ActorRef<StatusReply<Summary>> replyTo) {
        if (events.isEmpty()) {
            return Effect().none().thenReply(replyTo, this::answer);
        }
        if (!waiter.waits(replyTo)) {
            return Effect().none();
        }
        return Effect()
                .persist(events)
                .thenRun(
                        after -> {
                            waiter.written();
                            replyTo.tell(answer(after));
                        });
    }

    private StatusReply<Summary> answer(State state) {
        return switch (state) {
            case State.Unknown() -> StatusReply.error("node not registered");
            case State.Known(var name, var capacity, var registeredAt, var updatedAt) ->
                    StatusReply.success(
                            new Summary(nodeId, name, capacity, registeredAt, updatedAt));
        };
    }

    private static ActorRef<StatusReply<Summary>> replyTo(Command command) {
        return switch (command) {
            case Command.Register(_, _, var replyTo) -> replyTo;
            case Command.UpdateCapacity(_, var replyTo) -> replyTo;
            case Command.Get(var replyTo) -> replyTo;
        };
    }

    static Decision decide(State state, Command command, Instant now) {
        return switch (command) {
            case Command.Register(var name, var capacity, _) ->
                    complaint(name)
                            .or(capacity::complaint)
                            .<Decision>map(Decision.Refused::new)
                            .orElseGet(() -> register(state, name, capacity, now));
            case Command.UpdateCapacity(var capacity, _) ->
                    capacity.complaint()
                            .<Decision>map(Decision.Refused::new)
                            .orElseGet(() -> updateCapacity(state, capacity, now));
            case Command.Get _ -> new Decision.Accepted(List.of());
        };
    }

    private static Decision register(State state, String name, Capacity capacity, Instant now) {
        return switch (state) {
            case State.Unknown() ->
                    new Decision.Accepted(List.of(new Event.Registered(name, capacity, now)));
            case State.Known known -> {
                List<Event> changes = new ArrayList<>();
                if (!known.displayName().equals(name)) {
                    changes.add(new Event.Renamed(name, now));
                }
                if (!known.capacity().equals(capacity)) {
                    changes.add(new Event.CapacityUpdated(capacity, now));
                }
                yield new Decision.Accepted(changes);
            }
        };
    }

    private static Decision updateCapacity(State state, Capacity capacity, Instant now) {
        return switch (state) {
            case State.Unknown() -> new Decision.Refused("node not registered");
            case State.Known known when known.capacity().equals(capacity) ->
                    new Decision.Accepted(List.of());
            case State.Known _ ->
                    new Decision.Accepted(List.of(new Event.CapacityUpdated(capacity, now)));
        };
    }

    private static Optional<String> complaint(String displayName) {
        if (displayName.isBlank()) {
            return Optional.of("display name is blank");
        }
        return displayName.length() > DISPLAY_NAME_CHARACTERS_MAX
                ? Optional.of(
                        "display name characters=%d, at most %d"
                                .formatted(displayName.length(), DISPLAY_NAME_CHARACTERS_MAX))
                : Optional.empty();
    }

    @Override
    public EventHandler<State, Event> eventHandler() {
        return RegisteredNode::evolve;
    }

    // Replay runs this on every start: total, and no rejection of what was once accepted.
    static State evolve(State state, Event event) {
        return switch (event) {
            case Event.Registered(var name, var capacity, var at) ->
                    new State.Known(name, capacity, at, at);
            case Event.Renamed(var name, var at) ->
                    switch (state) {
                        case State.Unknown unknown -> unknown;
                        case State.Known(_, var capacity, var registeredAt, _) ->
                                new State.Known(name, capacity, registeredAt, at);
                    };
            case Event.CapacityUpdated(var capacity, var at) ->
                    switch (state) {
                        case State.Unknown unknown -> unknown;
                        case State.Known(var name, _, var registeredAt, _) ->
                                new State.Known(name, capacity, registeredAt, at);
                    };
        };
    }

    @Override
    public SignalHandler<State> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(PreRestart.instance(), _ -> waiter.failed())
                .onSignal(PostStop.instance(), _ -> waiter.failed())
                .build();
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(EVENTS_PER_SNAPSHOT, SNAPSHOTS_KEPT);
    }
}
