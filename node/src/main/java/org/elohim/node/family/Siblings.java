package org.elohim.node.family;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;

import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.Standing;
import org.elohim.node.sync.Watch;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The family's other nodes: asks and calls them as [Acquaintances] says, as long as the node runs.
public final class Siblings extends AbstractBehavior<Siblings.Command> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    /// What can be said.
    public sealed interface Command {
        /// The own door is open, so others can be asked and told of it.
        record Begin(Calls calls) implements Command {}

        /// Of a timer.
        record Look() implements Command {}

        /// A node of the family may be there.
        record MayBeAt(Address address) implements Command {}

        /// Others may be there, says a code that was given to this node: also after a restart.
        record OfCode(List<Address> addresses) implements Command {
            public OfCode {
                addresses = List.copyOf(addresses);
            }
        }

        /// A node of the family has asked at our door.
        ///
        /// @param misses whether it does not see us in its cluster
        record AskedBy(Address address, boolean misses) implements Command {}

        /// Somebody in the local network says so, who may be anybody.
        record HeardOf(Address address) implements Command {}

        record Answered(Address address, DoorWords words) implements Command {}

        /// How the family stands now.
        record Stands(Standing standing) implements Command {}

        record Failed(Address address, String trouble) implements Command {}

        record Met(NodeId node, Runnable hangUp) implements Command {}

        record Left(NodeId node) implements Command {}

        record Tell(ActorRef<All> replyTo) implements Command {}

        /// Ask at all addresses now.
        record Hurry() implements Command {}

        /// This node is none of the family any more.
        record Forget(NodeId node) implements Command {}

        /// The own node is about to leave, or stays after all: while it leaves it looks for nobody.
        record Rest(boolean now) implements Command {}
    }

    /// Everybody who is known.
    public record All(List<Acquaintances.Found> siblings) {
        public All {
            siblings = List.copyOf(siblings);
        }
    }

    /// How others are reached. Both may fail, and say why in words for a person.
    interface Calls {
        /// Asks who is there.
        ///
        /// @param misses whether the other is not seen in the own cluster
        CompletionStage<DoorWords> ask(Address address, boolean misses);

        /// Done once the connection is there; who is at its other end is told to the watch.
        CompletionStage<?> call(Address address, Watch watch);
    }

    private final TimerScheduler<Command> timers;
    private final NodeId self;
    private final KnownAddresses addresses;
    private final ActorRef<Family.Command> family;
    private final Consumer<Standing> onStanding;
    private final Watch watch;
    private final Acquaintances acquaintances;
    private final DumbConnections dumb = new DumbConnections();
    private Optional<Calls> calls = Optional.empty();
    private boolean resting;

    private Siblings(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            NodeId self,
            KnownAddresses addresses,
            ActorRef<Family.Command> family,
            Consumer<Standing> onStanding) {
        super(context);
        context.setLoggerName(Siblings.class);
        this.timers = timers;
        this.self = self;
        this.addresses = addresses;
        this.family = family;
        this.onStanding = onStanding;
        this.watch = watch(context.getSelf());
        this.acquaintances = new Acquaintances(self);
    }

    /// Begins to search once it is told that the own door is open.
    ///
    /// @param addresses hears where somebody of the family was met
    /// @param family hears what they answer
    /// @param onStanding hears how the family stands, whenever that changes
    static Behavior<Command> create(
            NodeId self,
            KnownAddresses addresses,
            ActorRef<Family.Command> family,
            Consumer<Standing> onStanding) {
        return Behaviors.setup(
                context ->
                        Behaviors.withTimers(
                                timers ->
                                        new Siblings(
                                                context,
                                                timers,
                                                self,
                                                addresses,
                                                family,
                                                onStanding)));
    }

    /// Tells the actor who comes and goes.
    public static Watch watch(ActorRef<Command> siblings) {
        return new Watch() {
            @Override
            public void met(NodeId peer, Runnable hangUp) {
                siblings.tell(new Command.Met(peer, hangUp));
            }

            @Override
            public void left(NodeId peer) {
                siblings.tell(new Command.Left(peer));
            }
        };
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Command.class, this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Command.Begin(var door) -> {
                calls = Optional.of(door);
                timers.startTimerWithFixedDelay(new Command.Look(), Duration.ZERO, LOOK_EVERY);
                family.tell(
                        new Family.Command.Follow(
                                getContext().messageAdapter(Standing.class, Command.Stands::new)));
            }
            case Command.Look() -> {
                if (!resting) {
                    acquaintances.due(now()).forEach(this::take);
                }
            }
            case Command.Rest(boolean begins) -> resting = begins;
            case Command.MayBeAt(var address) -> acquaintances.mayBeAt(address);
            case Command.OfCode(var told) ->
                    told.forEach(
                            address -> {
                                addresses.remember(address, Optional.empty());
                                acquaintances.mayBeAt(address);
                            });
            case Command.AskedBy(var address, var misses) -> {
                acquaintances.mayBeAt(address);
                if (misses) {
                    acquaintances.wondered(address);
                }
            }
            case Command.HeardOf(var address) -> acquaintances.heardOf(address);
            case Command.Answered(var address, var words) -> {
                NodeId node = words.account().node();
                // Nobody is met where somebody was forgotten while the answer was on its way.
                if (!node.equals(self) && acquaintances.knows(address)) {
                    addresses.remember(address, Optional.of(node));
                    family.tell(new Family.Command.Met(address, words.account(), words.actors()));
                }
                acquaintances.answered(address, node, now()).ifPresent(this::take);
                dumb.answered(node, now()).ifPresent(Runnable::run);
            }
            case Command.Stands(var standing) -> {
                onStanding.accept(standing);
                Set<NodeId> reachable = reachable(standing);
                acquaintances.within(reachable, now());
                dumb.within(reachable, now());
            }
            case Command.Failed(var address, var trouble) -> {
                getContext().getLog().debug("{} cannot be reached: {}", address, trouble);
                acquaintances.failed(address, trouble, now());
                family.tell(new Family.Command.NobodyAt(address));
            }
            case Command.Met(var node, var hangUp) -> {
                getContext().getLog().info("connected with {} of the family", node);
                acquaintances.met(node);
                dumb.met(node, hangUp, now());
            }
            case Command.Left(var node) -> {
                getContext().getLog().info("no longer connected with {} of the family", node);
                acquaintances.left(node, now());
                if (!acquaintances.isConnected(node)) {
                    dumb.left(node);
                }
            }
            case Command.Hurry() -> acquaintances.hurry();
            case Command.Tell(var replyTo) -> replyTo.tell(new All(acquaintances.all()));
            case Command.Forget(var node) -> {
                acquaintances.forget(node, addresses.of(node)).forEach(addresses::forget);
                addresses.of(node).forEach(addresses::forget);
            }
        }
        return this;
    }

    private static Set<NodeId> reachable(Standing standing) {
        return standing.members().stream()
                .filter(each -> each.reach() == Standing.Reach.REACHABLE)
                .map(Standing.Member::node)
                .collect(Collectors.toSet());
    }

    private void take(Acquaintances.Step step) {
        calls.ifPresent(open -> take(open, step));
    }

    private void take(Calls calls, Acquaintances.Step step) {
        switch (step) {
            case Acquaintances.Step.Ask(var address) ->
                    getContext()
                            .pipeToSelf(
                                    calls.ask(address, acquaintances.isApart(address)),
                                    (words, failed) ->
                                            failed == null
                                                    ? new Command.Answered(address, words)
                                                    : failed(address, failed));
            case Acquaintances.Step.Call(var address) ->
                    calls.call(address, watch)
                            .whenComplete(
                                    (_, failed) -> {
                                        if (failed != null) {
                                            getContext().getSelf().tell(failed(address, failed));
                                        }
                                    });
        }
    }

    private static Command failed(Address address, Throwable failed) {
        Throwable why =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        return new Command.Failed(address, String.valueOf(why.getMessage()));
    }

    // Never 0, however young the machine is.
    private static long now() {
        return 1 + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() & Long.MAX_VALUE);
    }
}
