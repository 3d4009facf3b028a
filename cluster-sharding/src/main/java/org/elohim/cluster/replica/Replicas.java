package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;

import org.elohim.cluster.family.Roles;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.sync.Peers;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The regions of this node's replicas, and the ways to those of its siblings.
///
/// Invariants: nothing that serves this node's own devices goes through here, so it may be late or
/// absent; the replicas of a node are at that node alone, whatever becomes of the others; whoever
/// is not a member now is not asked. The actor waits for nothing: where the actors end while a
/// region begins, Akka's answer never comes, and the end would wait for this one.
public final class Replicas extends AbstractBehavior<Replicas.Command> {
    // No document's id, so that the answer costs nothing.
    private static final String GREETING = "greeting";
    private static final Duration GREETED_WITHIN = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration HOST_AGAIN_AFTER = Duration.ofSeconds(1);

    /// What can be said.
    public sealed interface Command {
        /// Members have come or gone, or can be reached again or no longer.
        record Look() implements Command {}

        /// The way to a sibling begins to be there.
        record Reached(NodeId sibling) implements Command {}

        /// It does not, and is tried again.
        record NotReached(NodeId sibling, Throwable why) implements Command {}

        /// Of a timer: the own regions are to begin.
        record Host() implements Command {}

        /// They have begun.
        record Hosted() implements Command {}

        /// They have not, and are tried again.
        record NotHosted(Throwable why) implements Command {}

        record Met(NodeId sibling) implements Command {}

        record Missed(NodeId sibling) implements Command {}

        record Tell(ActorRef<Siblings> replyTo) implements Command {}
    }

    /// Whose replicas can be asked now.
    ///
    /// @param unreachable of the other members those that cannot be asked
    public record Siblings(List<NodeId> nodes, List<NodeId> unreachable) {
        public Siblings {
            nodes = List.copyOf(nodes);
            unreachable = List.copyOf(unreachable);
        }
    }

    /// What Akka is asked for. Each may take long, and fail.
    interface Regions {
        /// Begins what is at this node, as far as it has not begun.
        void host();

        /// Begins the way to another.
        void reach(NodeId sibling);
    }

    private final TimerScheduler<Command> timers;
    private final NodeId self;
    private final Regions regions;
    private final Cluster cluster;
    private final ClusterSharding sharding;
    // A thread of its own, since each beginning is waited for.
    private final ExecutorService beginnings;
    // Who was told of as not to be reached.
    private final Set<NodeId> troubled = new HashSet<>();
    private boolean hostTroubled;
    private final Set<NodeId> proxied = new HashSet<>();
    private final Set<NodeId> reached = new HashSet<>();
    private final Set<NodeId> asked = new HashSet<>();
    private final Set<NodeId> met = new HashSet<>();

    private Replicas(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            NodeId self,
            Regions regions) {
        super(context);
        this.timers = timers;
        this.self = self;
        this.regions = regions;
        beginnings =
                Executors.newSingleThreadExecutor(Thread.ofVirtual().name("regions").factory());
        cluster = Cluster.get(context.getSystem());
        sharding = ClusterSharding.get(context.getSystem());
        host();
        watchCluster();
        // An event may come before the view shows what it tells.
        timers.startTimerWithFixedDelay(new Command.Look(), LOOK_EVERY);
        lookForSiblings();
    }

    /// Starts it, once for each node.
    public static ActorRef<Command> start(
            ActorSystem<?> system,
            DocumentReplica.Source documents,
            ActorRef<Peers.Command> peers,
            ActorRef<RegisteredNode.Command> record) {
        NodeId self = documents.self();
        return system.systemActorOf(
                create(self, new ShardRegions(system, documents, peers, record)),
                "replicas",
                Props.empty());
    }

    static Behavior<Command> create(NodeId self, Regions regions) {
        return Behaviors.setup(
                context ->
                        Behaviors.withTimers(
                                timers -> new Replicas(context, timers, self, regions)));
    }

    private void host() {
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(regions::host, beginnings),
                        (_, failed) ->
                                failed == null
                                        ? new Command.Hosted()
                                        : new Command.NotHosted(failed));
    }

    private void watchCluster() {
        var subscriptions = cluster.subscriptions();
        subscriptions.tell(
                Subscribe.create(
                        getContext()
                                .messageAdapter(
                                        ClusterEvent.MemberEvent.class, _ -> new Command.Look()),
                        ClusterEvent.MemberEvent.class));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, this::receive)
                .onSignal(PostStop.class, _ -> stopped())
                .build();
    }

    private Behavior<Command> stopped() {
        var _ = beginnings.shutdownNow();
        return this;
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Command.Look() -> lookForSiblings();
            case Command.Reached(var sibling) -> {
                reached.add(sibling);
                troubled.remove(sibling);
                lookForSiblings();
            }
            case Command.NotReached(var sibling, var why) -> {
                proxied.remove(sibling);
                notReached(sibling, why);
            }
            case Command.Host() -> host();
            case Command.Hosted() -> {
                if (hostTroubled) {
                    getContext()
                            .getLog()
                            .info("the family's other nodes can ask for what is here now");
                }
            }
            case Command.NotHosted(var why) -> {
                notHosted(why);
                timers.startSingleTimer(new Command.Host(), HOST_AGAIN_AFTER);
            }
            case Command.Met(var sibling) -> met.add(sibling);
            case Command.Missed(var sibling) -> asked.remove(sibling);
            case Command.Tell(var replyTo) -> replyTo.tell(siblings());
        }
        return this;
    }

    // Told once: it is tried each second.
    private void notHosted(Throwable why) {
        if (!hostTroubled) {
            hostTroubled = true;
            getContext()
                    .getLog()
                    .warn(
                            "the family's other nodes cannot ask for what is here: the actors for"
                                    + " their questions have not begun; it is tried again and"
                                    + " again");
        }
        getContext().getLog().debug("the own regions have not begun", why);
    }

    private void notReached(NodeId sibling, Throwable why) {
        if (troubled.add(sibling)) {
            getContext()
                    .getLog()
                    .warn(
                            "what is at node {} cannot be asked for: the way to it has not begun;"
                                    + " it is tried again and again",
                            sibling);
        }
        getContext().getLog().debug("the way to {} has not begun", sibling, why);
    }

    private Siblings siblings() {
        Set<NodeId> reachable = reachable();
        return new Siblings(
                List.copyOf(reachable),
                members().stream().filter(each -> !reachable.contains(each)).sorted().toList());
    }

    private Set<NodeId> reachable() {
        var reachable = new TreeSet<>(members());
        reachable.retainAll(met);
        cluster.state()
                .getUnreachable()
                .forEach(lost -> Roles.node(lost.getRoles()).ifPresent(reachable::remove));
        return reachable;
    }

    // A proxy whose node is gone stays, without anybody to speak to: Akka would hand out the one
    // that was stopped where the node comes back.
    private void lookForSiblings() {
        for (NodeId sibling : members()) {
            if (proxied.add(sibling)) {
                begin(sibling);
            }
            if (reached.contains(sibling) && !met.contains(sibling) && asked.add(sibling)) {
                greet(sibling);
            }
        }
    }

    private void begin(NodeId sibling) {
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(() -> regions.reach(sibling), beginnings),
                        (_, failed) ->
                                failed == null
                                        ? new Command.Reached(sibling)
                                        : new Command.NotReached(sibling, failed));
    }

    // The first question finds the way, which takes a second or two; whoever asks for a document
    // does not wait that long.
    private void greet(NodeId sibling) {
        getContext()
                .pipeToSelf(
                        sharding.entityRefFor(DocumentReplica.typeKey(sibling), GREETING)
                                .<DocumentReplica.Answer>ask(
                                        DocumentReplica.Question.Describe::new, GREETED_WITHIN),
                        (_, failed) ->
                                failed == null
                                        ? new Command.Met(sibling)
                                        : new Command.Missed(sibling));
    }

    private Set<NodeId> members() {
        var found = new HashSet<NodeId>();
        for (Member member : cluster.state().getMembers()) {
            if (member.status().equals(MemberStatus.up())) {
                Roles.node(member.getRoles())
                        .filter(node -> !node.equals(self))
                        .ifPresent(found::add);
            }
        }
        return found;
    }
}
