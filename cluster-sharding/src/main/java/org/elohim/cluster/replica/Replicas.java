package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
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
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// The regions of this node's replicas, and the ways to those of its siblings.
///
/// Invariants: nothing that serves this node's own devices goes through here, so it may be late or
/// absent; the replicas of a node are at that node alone, whatever becomes of the others; whoever
/// is not a member now is not asked.
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

        record Met(NodeId sibling) implements Command {}

        record Missed(NodeId sibling) implements Command {}

        record Tell(ActorRef<Siblings> replyTo) implements Command {}
    }

    /// Whose replicas can be asked now.
    public record Siblings(List<NodeId> nodes) {
        public Siblings {
            nodes = List.copyOf(nodes);
        }
    }

    private final NodeId self;
    private final Cluster cluster;
    private final ClusterSharding sharding;
    private final Set<NodeId> proxied = new HashSet<>();
    private final Set<NodeId> asked = new HashSet<>();
    private final Set<NodeId> met = new HashSet<>();

    private Replicas(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            DocumentReplica.Source documents,
            ActorRef<RegisteredNode.Command> record) {
        super(context);
        self = documents.self();
        cluster = Cluster.get(context.getSystem());
        sharding = ClusterSharding.get(context.getSystem());
        host(
                DocumentReplica.typeKey(self),
                entity -> DocumentReplica.create(documents, entity.getEntityId()));
        host(
                NodeReplica.typeKey(self),
                entity -> NodeReplica.create(self, entity.getEntityId(), record));
        watchCluster();
        // An event may come before the view shows what it tells.
        timers.startTimerWithFixedDelay(new Command.Look(), LOOK_EVERY);
        lookForSiblings();
    }

    /// Starts it, once for each node.
    public static ActorRef<Command> start(
            ActorSystem<?> system,
            DocumentReplica.Source documents,
            ActorRef<RegisteredNode.Command> record) {
        Behavior<Command> behavior =
                Behaviors.setup(
                        context ->
                                Behaviors.withTimers(
                                        timers ->
                                                new Replicas(context, timers, documents, record)));
        // A region is waited for when it is started.
        return system.systemActorOf(behavior, "replicas", DispatcherSelector.blocking());
    }

    private <M> void host(EntityTypeKey<M> type, Function<EntityContext<M>, Behavior<M>> replica) {
        var settings = ClusterShardingSettings.create(getContext().getSystem());
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
        return newReceiveBuilder().onMessage(Command.class, this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Command.Look() -> lookForSiblings();
            case Command.Met(var sibling) -> met.add(sibling);
            case Command.Missed(var sibling) -> asked.remove(sibling);
            case Command.Tell(var replyTo) -> replyTo.tell(new Siblings(List.copyOf(reachable())));
        }
        return this;
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
                reach(DocumentReplica.typeKey(sibling), sibling);
                reach(NodeReplica.typeKey(sibling), sibling);
            }
            if (!met.contains(sibling) && asked.add(sibling)) {
                greet(sibling);
            }
        }
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
