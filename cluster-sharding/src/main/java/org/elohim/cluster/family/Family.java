package org.elohim.cluster.family;

import akka.actor.AddressFromURIString;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;

import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Downing;
import org.elohim.protocol.family.Encounters;
import org.elohim.protocol.family.Membership;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// This node's place in its family: which cluster it joins, who belongs to it, who leads, and what
/// becomes of those that were cut apart. What it decides is decided in
/// `org.elohim.protocol.family`; here it is put into effect.
///
/// Invariants: nothing in the node waits for it; the leader's duties run only in a term that is on
/// the disk; of two clusters of the family, and of two processes of a node, one goes by itself.
public final class Family extends AbstractBehavior<Family.Command> {
    /// Where others find this actor.
    public static final String NAME = "family";

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final Duration SAY_AGAIN_EVERY = Duration.ofSeconds(10);
    private static final Duration WRITE_AGAIN_AFTER = Duration.ofSeconds(1);

    /// What can be said.
    public sealed interface Command {
        /// The node's door is open, or there is none: a cluster is to be joined, that of somebody
        /// who answers, or the own one.
        ///
        /// @param joinFirst the door of the node whose cluster is to be joined before any other
        record Begin(Optional<Door> door, Optional<Address> joinFirst) implements Command {}

        /// Somebody of the family has answered at its door.
        ///
        /// @param actors where its actors are
        record Met(Address door, Account account, String actors) implements Command {}

        /// Nobody of the family has answered there.
        record NobodyAt(Address door) implements Command {}

        /// Of a timer, or because something has changed.
        record Look() implements Command {}

        /// Of a timer.
        record SayAgain() implements Command {}

        record Written(Term term) implements Command {}

        record NotWritten(String reason) implements Command {}

        record WriteAgain() implements Command {}

        /// Of a sibling: the highest term that it has seen, and where its door is.
        record Said(String node, String door, long number, String leader)
                implements Command, Spoken {}

        /// Of a sibling, which has met another cluster of the family there: it is ours to give way,
        /// and this node's turn.
        record Elsewhere(String door) implements Command, Spoken {}

        /// From now on.
        record TakeOn(Duties duties) implements Command {}

        record Tell(ActorRef<Standing> replyTo) implements Command {}

        /// A dead blade is none of the family any more. Answered once that is written down for all,
        /// or could not be.
        ///
        /// @param evenAlive where its owner no longer has it in hand
        record Remove(NodeId gone, boolean evenAlive, ActorRef<Removal> replyTo)
                implements Command {}

        /// Of a sibling, whose owner has removed that node.
        record Forget(String gone) implements Command, Spoken {}

        /// A node that seemed to be gone is one of the family after all.
        record Back(NodeId node) implements Command {}

        /// Wants to hear of each node that is removed for good.
        record OnRemoved(Consumer<NodeId> listener) implements Command {}

        /// From now on whoever is gone for good is written down here for the whole family.
        record WriteDownIn(Removing.Book book) implements Command {}

        /// This node is about to leave: it asks all to forget it, and tells them nothing else any
        /// more.
        ///
        /// @param forgottenBy hears of each that has written down for all that it is gone
        record TakeLeave(Consumer<NodeId> forgottenBy) implements Command {}

        /// It stays after all.
        record Stay() implements Command {}

        /// Of a sibling that is about to leave.
        record Farewell(String node) implements Command, Spoken {}

        /// The answer to that.
        record Forgotten(String by, String gone) implements Command, Spoken {}

        /// Wants to hear at once, and whenever it changes.
        record Follow(ActorRef<Standing> follower) implements Command {}
    }

    /// Where others of the family meet this node.
    ///
    /// @param asked the doors of others that are asked now
    /// @param others hears of the doors of others
    public record Door(Address own, Set<Address> asked, Consumer<Address> others) {
        public Door {
            asked = Set.copyOf(asked);
        }
    }

    /// The node whose place this is, and what it does with its decisions.
    ///
    /// @param highest term that was ever seen here
    /// @param lostMillis how long a member may be lost before it is given up
    /// @param clockMillis never goes back
    public record Node(
            NodeId id,
            Part part,
            Optional<Term> highest,
            TermDisk disk,
            Renewal renewal,
            Optional<FamilyLines> lines,
            long lostMillis,
            LongSupplier clockMillis) {}

    private final TimerScheduler<Command> timers;
    private final Node node;
    private final Cluster cluster;
    private final Joining joining;
    private final Downing downing;
    private final Encounters encounters = new Encounters();
    private final Leading leading;
    private final Standings standings;
    private final Telling telling;
    private final Removing removing;
    private final DumbLines dumbLines;
    private final List<ActorRef<Standing>> followers = new ArrayList<>();
    private Optional<Door> door = Optional.empty();
    private Set<String> known;
    private boolean leaving;
    private boolean renewing;

    private Family(ActorContext<Command> context, TimerScheduler<Command> timers, Node node) {
        super(context);
        context.setLoggerName(Family.class);
        this.timers = timers;
        this.node = node;
        this.cluster = Cluster.get(Adapter.toClassic(context.getSystem()));
        this.downing = new Downing(node.lostMillis());
        this.joining = new Joining(cluster.selfAddress().toString());
        this.leading = new Leading(context, node.id(), node.highest(), node.disk());
        this.standings = new Standings(node.id(), cluster.selfUniqueAddress());
        this.telling = new Telling(Adapter.toClassic(context.getSystem()), node.id());
        this.removing = new Removing(node.id(), cluster, standings, telling, context.getLog());
        this.dumbLines = new DumbLines(node.lines());
        this.known = Set.of(ClusterSight.name(cluster.selfUniqueAddress()));
    }

    /// To be started under its name, once for each node.
    public static Behavior<Command> create(Node node) {
        return Behaviors.setup(
                context ->
                        Behaviors.withTimers(
                                timers -> {
                                    var family = new Family(context, timers, node);
                                    family.watchCluster();
                                    DumbEnds.cutAtTheEndOf(context.getSystem());
                                    return family;
                                }));
    }

    private void watchCluster() {
        ClusterSight.onChange(getContext(), new Command.Look());
        // Events come before the view shows what they tell, and time alone gives members up.
        timers.startTimerWithFixedDelay(new Command.Look(), LOOK_EVERY);
        timers.startTimerWithFixedDelay(new Command.SayAgain(), SAY_AGAIN_EVERY);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, this::receive)
                .onSignal(PostStop.class, _ -> ended())
                .build();
    }

    private Behavior<Command> ended() {
        leading.end();
        return this;
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Command.Begin(var open, var joinFirst) -> {
                door = open;
                joining.begin(
                        open.isPresent(),
                        open.map(Door::asked).orElseGet(Set::of),
                        joinFirst,
                        now());
                look();
            }
            case Command.Met(var at, var account, var actors) -> {
                joining.answered(at, account, actors, now());
                look();
                meet(at, account, actors);
            }
            case Command.NobodyAt(var at) -> {
                joining.failed(at);
                look();
            }
            case Command.Look() -> look();
            case Command.SayAgain() -> telling.again();
            case Command.Written(var term) -> {
                leading.terms().written(term);
                look();
            }
            case Command.NotWritten(var reason) -> {
                getContext()
                        .getLog()
                        .warn(
                                "the term of the family's leader cannot be written ({}), so this"
                                        + " node does not lead; it is tried again",
                                reason);
                timers.startSingleTimer(new Command.WriteAgain(), WRITE_AGAIN_AFTER);
            }
            case Command.WriteAgain() -> {
                leading.terms().failed();
                look();
            }
            case Command.Said heard -> hear(heard);
            case Command.Elsewhere(var at) -> lookThere(at);
            case Command.TakeOn(var duty) -> leading.takeOn(duty);
            case Command.Tell(var replyTo) -> replyTo.tell(standings.now());
            case Command.Remove(var gone, boolean evenAlive, var replyTo) ->
                    removing.remove(gone, evenAlive).thenAccept(replyTo::tell);
            case Command.Forget(var gone) -> removing.hear(gone);
            case Command.Back(var back) -> removing.isBack(back);
            case Command.OnRemoved(var listener) -> removing.tell(listener);
            case Command.WriteDownIn(var book) -> removing.writeDownIn(book);
            case Command.TakeLeave(var forgottenBy) -> removing.takeLeave(forgottenBy);
            case Command.Stay() -> removing.stay();
            case Command.Farewell(var gone) -> removing.hearFarewell(gone);
            case Command.Forgotten(var by, var gone) -> removing.hearForgotten(by, gone);
            case Command.Follow(var follower) -> {
                followers.add(follower);
                follower.tell(standings.now());
            }
        }
        return this;
    }

    private void hear(Command.Said heard) {
        try {
            leading.terms().hear(new Term(heard.number(), NodeId.parse(heard.leader())));
            Address at = Address.parse(heard.door());
            standings.isAt(NodeId.parse(heard.node()), at);
            door.ifPresent(own -> own.others().accept(at));
        } catch (IllegalArgumentException malformed) {
            getContext().getLog().warn("a sibling says what cannot be: {}", heard);
        }
        look();
    }

    private void lookThere(String at) {
        try {
            Address address = Address.parse(at);
            door.ifPresent(own -> own.others().accept(address));
        } catch (IllegalArgumentException malformed) {
            getContext().getLog().warn("a sibling tells of what is no address: {}", at);
        }
    }

    private void look() {
        var sight = ClusterSight.of(cluster, node.id());
        leaveOrBeGivenUp(sight.ownStatus());
        join(sight);
        for (var outlived : sight.outlived()) {
            getContext().getLog().info("{} has come back as another one", outlived.address());
            cluster.down(outlived.address());
        }
        sight.membership().ifPresent(membership -> giveUp(membership, sight));
        leading.terms()
                .toLead(
                        leaving || renewing
                                ? Optional.empty()
                                : sight.membership().flatMap(Membership::leader),
                        now());
        welcome(sight);
        leading.next(now()).ifPresent(term -> note("leads the family, in term {}", term.number()));
        // Nobody is to find the door of one that is about to leave.
        door.filter(_ -> !removing.takesLeave())
                .ifPresent(open -> telling.tell(sight, open.own(), leading.terms().highest()));
        if (standings.see(sight, leading.acting(), leading.terms().highest(), now())) {
            followers.forEach(each -> each.tell(standings.now()));
        }
    }

    /// Only the order to end takes a member out by its own will.
    private void leaveOrBeGivenUp(MemberStatus own) {
        // One that is alone may be out before anybody has seen it leave.
        boolean isEnding =
                CoordinatedShutdown.get(getContext().getSystem()).getShutdownReason().isPresent();
        leaving |=
                isEnding
                        || own.equals(MemberStatus.leaving())
                        || own.equals(MemberStatus.exiting());
        boolean isOut = own.equals(MemberStatus.down()) || own.equals(MemberStatus.removed());
        if (joining.isOver() && isOut && !leaving) {
            renew("the family gave this node up while it could not be reached", Optional.empty());
        }
    }

    private void renew(String why, Optional<Address> joinFirst) {
        if (!renewing && !leaving) {
            renewing = true;
            getContext().getLog().info("comes back as a new member: {}", why);
            node.renewal().order(why, joinFirst);
        }
    }

    private void join(ClusterSight sight) {
        String own = cluster.selfAddress().toString();
        joining.next(sight.membership().isPresent(), now())
                .ifPresent(
                        to -> {
                            boolean begins = to.equals(own);
                            note(
                                    begins
                                            ? "begins the family's cluster, at {}"
                                            : "joins the family's cluster at {}",
                                    to);
                            cluster.join(AddressFromURIString.parse(to));
                        });
    }

    // To somebody without a family it means nothing.
    private void note(String what, Object of) {
        if (door.isPresent()) {
            getContext().getLog().info(what, of);
        } else {
            getContext().getLog().debug(what, of);
        }
    }

    private void giveUp(Membership membership, ClusterSight sight) {
        removing.downLost(membership, sight);
        boolean somebodyWaits = sight.somebodyWaits() || joining.somebodyWaits(now());
        SortedSet<NodeId> lost = downing.toRemove(membership, somebodyWaits, now());
        for (NodeId each : lost) {
            ClusterSight.Seen seen = sight.members().get(each);
            if (seen != null) {
                getContext().getLog().info("{} is given up: nobody has heard it for long", each);
                cluster.down(seen.process().address());
            }
        }
    }

    /// Whoever is new may have led others meanwhile: what follows is later than all of that.
    private void welcome(ClusterSight sight) {
        Set<String> now = new HashSet<>();
        sight.members().values().forEach(each -> now.add(each.name()));
        if (!known.containsAll(now)) {
            leading.terms().merged();
            telling.again();
        }
        // A view without members is none: the same ones are there again in the next.
        if (!now.isEmpty()) {
            known = now;
        }
    }

    private void meet(Address at, Account other, String actors) {
        var sight = ClusterSight.of(cluster, node.id());
        Optional<Membership> membership = sight.membership();
        if (membership.isEmpty() || renewing || leaving) {
            return;
        }
        NodeId next =
                membership.get().leader().orElseGet(() -> membership.get().reachable().getFirst());
        switch (encounters.met(standings.now().account(), next, other, now())) {
            case Encounters.Step.Nothing() ->
                    dumbLines.answered(sight, other, now()).ifPresent(this::tellOfDumbLine);
            case Encounters.Step.Remove(var process) -> remove(sight, process);
            case Encounters.Step.GiveWay() ->
                    renew("it joins the cluster at " + actors, Optional.of(at));
            case Encounters.Step.PassOn(var to) ->
                    telling.tellOne(sight, to, new Command.Elsewhere(at.toString()));
        }
    }

    private void tellOfDumbLine(akka.actor.Address address) {
        note("{} answers at its door and not on its lines: it is called anew", address);
    }

    private void remove(ClusterSight sight, String process) {
        for (ClusterSight.Seen each : sight.members().values()) {
            if (each.name().equals(process)) {
                note("{} has given this node up", each.process().address());
                cluster.down(each.process().address());
            }
        }
    }

    private long now() {
        return node.clockMillis().getAsLong();
    }
}
