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
import akka.cluster.sharding.typed.ClusterShardingSettings;
import akka.cluster.sharding.typed.HashCodeMessageExtractor;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityContext;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;

import org.elohim.cluster.family.Roles;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.sync.Peers;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/// The regions of this node's replicas, and the ways to those of its siblings.
///
/// Invariants: nothing that serves this node's own devices goes through here, so it may be late or
/// absent; the replicas of a node are at that node alone, whatever becomes of the others; whoever
/// is not a member now is not asked. The actor waits for nothing: where the actors end while a
/// region begins, Akka's answer never comes, and the end would wait for this one.
public final class Replicas extends AbstractBehavior<Replicas.Command> {
    // The first message to a shard waits until it is found, and each is found once: so there are
    // few.
    private static final int SHARDS = 20;
    // Each is a few hundred bytes, and only siblings' questions wake them.
    private static final int AWAKE_MAX = 1_000;
    // No document's id, so that the answer costs nothing.
    private static final String GREETING = "greeting";
    private static final Duration GREETED_WITHIN = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /// What can be said.
    public sealed interface Command {
        /// Members have come or gone, or can be reached again or no longer.
        record Look() implements Command {}

        /// The way to a sibling begins to be there.
        record Reached(NodeId sibling) implements Command {}

        /// It does not, and is tried again.
        record NotReached(NodeId sibling) implements Command {}

        /// The own regions have begun, or could not.
        record Hosted(Optional<String> trouble) implements Command {}

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

    private final NodeId self;
    private final ActorSystem<?> system;
    private final Cluster cluster;
    private final ClusterSharding sharding;
    // A thread of its own, since each beginning is waited for.
    private final ExecutorService beginnings;
    private final Set<NodeId> proxied = new HashSet<>();
    private final Set<NodeId> reached = new HashSet<>();
    private final Set<NodeId> asked = new HashSet<>();
    private final Set<NodeId> met = new HashSet<>();

    private Replicas(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            DocumentReplica.Source documents,
            ActorRef<Peers.Command> peers,
            ActorRef<RegisteredNode.Command> record) {
        super(context);
        beginnings =
                Executors.newSingleThreadExecutor(Thread.ofVirtual().name("regions").factory());
        self = documents.self();
        system = context.getSystem();
        cluster = Cluster.get(context.getSystem());
        sharding = ClusterSharding.get(context.getSystem());
        context.pipeToSelf(
                CompletableFuture.runAsync(() -> host(documents, peers, record), beginnings),
                (_, failed) ->
                        new Command.Hosted(
                                Optional.ofNullable(failed).map(each -> each.toString())));
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
        Behavior<Command> behavior =
                Behaviors.setup(
                        context ->
                                Behaviors.withTimers(
                                        timers ->
                                                new Replicas(
                                                        context, timers, documents, peers,
                                                        record)));
        return system.systemActorOf(behavior, "replicas", Props.empty());
    }

    private void host(
            DocumentReplica.Source documents,
            ActorRef<Peers.Command> peers,
            ActorRef<RegisteredNode.Command> record) {
        host(
                DocumentReplica.typeKey(self),
                entity -> DocumentReplica.create(documents, entity.getEntityId()));
        host(
                PeerReplica.typeKey(self),
                entity -> PeerReplica.create(self, entity.getEntityId(), peers));
        host(
                NodeReplica.typeKey(self),
                entity -> NodeReplica.create(self, entity.getEntityId(), record));
    }

    private <M> void host(EntityTypeKey<M> type, Function<EntityContext<M>, Behavior<M>> replica) {
        var settings = ClusterShardingSettings.create(system);
        var _ =
                sharding.init(
                        Entity.of(type, replica::apply)
                                .withRole(Roles.ofNode(self))
                                .withSettings(
                                        settings.withPassivationStrategy(
                                                settings.passivationStrategySettings()
                                                        .withLeastRecentlyUsedReplacement()
                                                        .withActiveEntityLimit(AWAKE_MAX)))
                                .withAllocationStrategy(new OwnShards())
                                .withMessageExtractor(new HashCodeMessageExtractor<>(SHARDS)));
    }

    private <M> void reach(EntityTypeKey<M> type, NodeId sibling) {
        var _ =
                sharding.init(
                        Entity.of(type, _ -> Behaviors.<M>empty())
                                .withRole(Roles.ofNode(sibling))
                                .withMessageExtractor(new HashCodeMessageExtractor<>(SHARDS)));
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
                lookForSiblings();
            }
            case Command.NotReached(var sibling) -> proxied.remove(sibling);
            case Command.Hosted(var trouble) ->
                    trouble.ifPresent(
                            words ->
                                    getContext()
                                            .getLog()
                                            .warn(
                                                    "the family's other nodes cannot ask for what"
                                                            + " is here: {}",
                                                    words));
            case Command.Met(var sibling) -> met.add(sibling);
            case Command.Missed(var sibling) -> asked.remove(sibling);
            case Command.Tell(var replyTo) -> replyTo.tell(siblings());
        }
        return this;
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
                        CompletableFuture.runAsync(() -> reach(sibling), beginnings),
                        (_, failed) ->
                                failed == null
                                        ? new Command.Reached(sibling)
                                        : new Command.NotReached(sibling));
    }

    private void reach(NodeId sibling) {
        reach(DocumentReplica.typeKey(sibling), sibling);
        reach(PeerReplica.typeKey(sibling), sibling);
        reach(NodeReplica.typeKey(sibling), sibling);
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
