package org.elohim.node.family;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.pattern.StatusReply;

import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.Standing;
import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.Intake;
import org.elohim.node.family.FamilyKeys.Refused;
import org.elohim.node.family.FamilyKeys.Stay;
import org.elohim.node.restart.Restart;
import org.elohim.protocol.family.Departure;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Puts into effect how this node leaves its family, as [Departure] decides.
///
/// Invariants: that it leaves is on the disk before anything follows from it, and that it has left
/// before it begins without a family; as long as it leaves it takes no edits, also after a crash;
/// one write or question at a time.
public final class Leaving extends AbstractBehavior<Leaving.Command> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final String ELSEWHERE =
            "connect to another node of the family, which takes what you have";

    /// Why edits are refused meanwhile.
    public static final String LEAVES =
            "this node leaves its family and takes no edits any more; " + ELSEWHERE;

    /// Why they are refused afterwards.
    public static final String HAS_LEFT =
            "this node has left its family and takes no edits any more; " + ELSEWHERE;

    /// What can be said.
    public sealed interface Command {
        /// The node is to leave. Answered once that is on the disk.
        record Order(ActorRef<StatusReply<Told>> replyTo) implements Command {}

        /// It is to stay after all.
        record CallOff(ActorRef<StatusReply<Told>> replyTo) implements Command {}

        record Tell(ActorRef<Told> replyTo) implements Command {}

        /// Of a timer.
        record Look() implements Command {}

        /// How the family stands now.
        record Stands(Standing standing) implements Command {}

        /// Devices and people have ended what they did here.
        record Settled(Settlement settlement) implements Command {}

        record Forgotten(NodeId by) implements Command {}

        /// A decision is on the disk, or is not for this reason.
        record Decided(Stay stay, Optional<String> failure, List<ActorRef<StatusReply<Told>>> ask)
                implements Command {
            public Decided {
                ask = List.copyOf(ask);
            }
        }
    }

    /// How far it is.
    public enum Stage {
        NO_FAMILY,
        MEMBER,
        WAITING,
        TAKING_LEAVE,
        LEFT
    }

    /// Up to where all lies that was acknowledged.
    ///
    /// @param through nothing where that is not sure yet
    /// @param obstacle why it does not get surer by waiting, in words; empty where it may
    public record Settlement(OptionalLong through, String obstacle) {
        public static Settlement through(long place) {
            return new Settlement(OptionalLong.of(place), "");
        }

        public static Settlement notYet() {
            return new Settlement(OptionalLong.empty(), "");
        }

        public static Settlement hindered(String why) {
            return new Settlement(OptionalLong.empty(), why);
        }
    }

    /// How it stands.
    ///
    /// @param needed how many other full nodes have to hold everything
    /// @param holders who does
    /// @param reasons why the others do not, in words
    public record Told(Stage stage, int needed, List<NodeId> holders, List<String> reasons) {
        public Told {
            holders = List.copyOf(holders);
            reasons = List.copyOf(reasons);
        }

        static Told at(Stage stage) {
            return new Told(stage, 0, List.of(), List.of());
        }
    }

    /// What it works with.
    ///
    /// @param observer whether this node adds nothing, so that nobody has to hold it
    /// @param rest whether the node is to meet nobody any more, or again
    /// @param settle ends what devices and people do here, and tells up to where all lies that was
    ///   acknowledged
    /// @param clockMillis never goes back
    public record Node(
            FamilyKeys keys,
            Copies copies,
            boolean observer,
            Intake intake,
            ActorRef<Family.Command> family,
            Rest rest,
            Supplier<CompletionStage<Settlement>> settle,
            Restart restart,
            LongSupplier clockMillis) {}

    /// Whoever is about to leave is not to be met.
    @FunctionalInterface
    public interface Rest {
        void rest(boolean now);
    }

    private interface Step {
        void take() throws Refused;
    }

    private final Node node;
    private Optional<Departure> departure = Optional.empty();
    private Set<NodeId> full = Set.of();
    private Set<NodeId> reachable = Set.of();
    private Told told;
    private boolean busy;

    private Leaving(ActorContext<Command> context, TimerScheduler<Command> timers, Node node) {
        super(context);
        context.setLoggerName(Leaving.class);
        this.node = node;
        this.told = Told.at(stage());
        if (node.keys().stay() == Stay.LEAVES) {
            begin();
        }
        timers.startTimerWithFixedDelay(new Command.Look(), LOOK_EVERY);
        node.family()
                .tell(
                        new Family.Command.Follow(
                                context.messageAdapter(Standing.class, Command.Stands::new)));
    }

    public static Behavior<Command> create(Node node) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Leaving(context, timers, node)));
    }

    private Stage stage() {
        return switch (node.keys().stay()) {
            case HAS_LEFT -> Stage.LEFT;
            case LEAVES -> Stage.WAITING;
            case STAYS -> node.keys().ring().isPresent() ? Stage.MEMBER : Stage.NO_FAMILY;
        };
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Command.class, this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Command.Order(var replyTo) -> order(replyTo);
            case Command.CallOff(var replyTo) -> callOff(replyTo);
            case Command.Tell(var replyTo) -> replyTo.tell(told);
            case Command.Look() -> look();
            case Command.Stands(var standing) -> stands(standing);
            case Command.Settled(var settlement) -> settled(settlement);
            case Command.Forgotten(var by) -> {
                // What an observer writes reaches nobody.
                if (full.contains(by)) {
                    departure.ifPresent(Departure::forgotten);
                    look();
                }
            }
            case Command.Decided decided -> decided(decided);
        }
        return this;
    }

    private void stands(Standing standing) {
        full = new HashSet<>();
        reachable = new HashSet<>();
        for (Standing.Member member : standing.members()) {
            if (!member.node().equals(standing.account().node()) && member.part() == Part.FULL) {
                full.add(member.node());
                if (member.reach() == Standing.Reach.REACHABLE) {
                    reachable.add(member.node());
                }
            }
        }
    }

    private List<Departure.Other> others() {
        var others = new ArrayList<Departure.Other>();
        Set<NodeId> met = new HashSet<>();
        for (Copies.Copy copy : node.copies().copies()) {
            met.add(copy.node());
            others.add(
                    new Departure.Other(
                            copy.node(),
                            copy.connected() && reachable.contains(copy.node()),
                            node.observer() ? Long.MAX_VALUE : copy.through(),
                            copy.trouble()));
        }
        full.stream()
                .filter(member -> !met.contains(member))
                .sorted()
                .forEach(
                        member ->
                                others.add(
                                        new Departure.Other(
                                                member,
                                                false,
                                                0,
                                                "has not been met since this node was started")));
        return others;
    }

    private void order(ActorRef<StatusReply<Told>> replyTo) {
        switch (told.stage()) {
            case NO_FAMILY ->
                    replyTo.tell(
                            StatusReply.error(
                                    "This node belongs to no family, so there is none to leave."
                                            + " It can be switched off as it is; what lies here"
                                            + " lies nowhere else."));
            case MEMBER -> {
                if (busy) {
                    replyTo.tell(StatusReply.error("This is being decided right now. Ask again."));
                } else if (!Departure.isPossible(others())) {
                    replyTo.tell(
                            StatusReply.error(
                                    "No other full node of the family is connected, so what lies"
                                        + " here would lie nowhere any more. Start another node, or"
                                        + " wait for it: ./elohim family members tells who is"
                                        + " there. Nothing forces this; where this node is given up"
                                        + " all the same, switch it off and keep its data directory"
                                        + " until another node has everything."));
                } else {
                    decide(Stay.LEAVES, node.keys()::beginToLeave, List.of(replyTo));
                }
            }
            case WAITING, TAKING_LEAVE, LEFT -> replyTo.tell(StatusReply.success(told));
        }
    }

    private void callOff(ActorRef<StatusReply<Told>> replyTo) {
        switch (told.stage()) {
            case NO_FAMILY, MEMBER -> replyTo.tell(StatusReply.success(told));
            case WAITING -> {
                if (busy || departure.filter(Departure::canStay).isEmpty()) {
                    replyTo.tell(StatusReply.error("This is being decided right now. Ask again."));
                } else {
                    decide(Stay.STAYS, node.keys()::callOff, List.of(replyTo));
                }
            }
            case TAKING_LEAVE ->
                    replyTo.tell(
                            StatusReply.error(
                                    "The others hold everything and are just forgetting this node."
                                            + " Wait until it has left, and let it join again."));
            case LEFT ->
                    replyTo.tell(
                            StatusReply.error(
                                    "This node has left its family. It joins again with the code"
                                            + " that ./elohim family show prints on another node:"
                                            + " ./elohim family join CODE."));
        }
    }

    private void decide(Stay stay, Step step, List<ActorRef<StatusReply<Told>>> ask) {
        busy = true;
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(
                                () -> {
                                    try {
                                        step.take();
                                    } catch (Refused refused) {
                                        throw new CompletionException(refused);
                                    }
                                },
                                // A file is written.
                                task -> Thread.ofVirtual().start(task)),
                        (_, failed) ->
                                new Command.Decided(
                                        stay, Optional.ofNullable(failed).map(Leaving::why), ask));
    }

    private static String why(Throwable failed) {
        Throwable cause = failed.getCause() == null ? failed : failed.getCause();
        return String.valueOf(cause.getMessage());
    }

    private void decided(Command.Decided decided) {
        busy = false;
        if (decided.failure().isPresent()) {
            String why = decided.failure().get();
            getContext().getLog().warn("the family is not left, or not stayed in, yet: {}", why);
            decided.ask().forEach(each -> each.tell(StatusReply.error(why)));
            return;
        }
        switch (decided.stay()) {
            case LEAVES -> begin();
            case STAYS -> {
                departure = Optional.empty();
                node.intake().reopen();
                told = Told.at(stage());
                getContext().getLog().info("the node stays in its family");
            }
            case HAS_LEFT -> {
                departure.ifPresent(Departure::keyGivenUp);
                told = Told.at(Stage.LEFT);
                node.restart()
                        .restart(
                                "the node has left its family, and may be switched off",
                                Optional.empty());
            }
        }
        decided.ask().forEach(each -> each.tell(StatusReply.success(told)));
    }

    private void begin() {
        node.intake().close(LEAVES);
        departure = Optional.of(new Departure(node.copies().wanted()));
        told = Told.at(Stage.WAITING);
        getContext().getLog().info("the node leaves its family, and takes no edits any more");
    }

    private void look() {
        if (busy || departure.isEmpty()) {
            return;
        }
        switch (departure.get().next(others(), node.clockMillis().getAsLong())) {
            case Departure.Step.Settle() -> settle();
            case Departure.Step.Wait(int needed, var holders, var reasons) ->
                    told = new Told(Stage.WAITING, needed, holders, reasons);
            case Departure.Step.TakeLeave() -> takeLeave();
            case Departure.Step.Return() -> {
                getContext().getLog().warn("nobody has heard the farewell; the node waits again");
                node.rest().rest(false);
                node.family().tell(new Family.Command.Stay());
                told = Told.at(Stage.WAITING);
            }
            case Departure.Step.GiveUpKey() -> decide(Stay.HAS_LEFT, node.keys()::leave, List.of());
            case Departure.Step.Listen(), Departure.Step.Nothing() -> {}
        }
    }

    private void settle() {
        busy = true;
        getContext()
                .pipeToSelf(
                        node.settle().get(),
                        (settled, failed) ->
                                new Command.Settled(
                                        failed == null ? settled : Settlement.notYet()));
    }

    private void settled(Settlement settlement) {
        busy = false;
        settlement.through().ifPresent(place -> departure.ifPresent(each -> each.settled(place)));
        if (!settlement.obstacle().isEmpty() && told.stage() == Stage.WAITING) {
            told = new Told(Stage.WAITING, 0, List.of(), List.of(settlement.obstacle()));
        }
    }

    private void takeLeave() {
        getContext().getLog().info("others hold everything; the node takes its leave of them");
        told = new Told(Stage.TAKING_LEAVE, told.needed(), told.holders(), List.of());
        node.rest().rest(true);
        ActorRef<Command> self = getContext().getSelf();
        node.family()
                .tell(new Family.Command.TakeLeave(by -> self.tell(new Command.Forgotten(by))));
    }
}
