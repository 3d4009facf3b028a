package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.ClusterShardingSettings;
import akka.cluster.sharding.typed.HashCodeMessageExtractor;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityContext;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;

import org.elohim.cluster.family.Roles;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.sync.Peers;
import org.elohim.protocol.id.NodeId;

import java.util.function.Function;

/// The regions as Akka's sharding begins them. What has begun is not begun once more, so the same
/// may be asked again where some of it has failed.
final class ShardRegions implements Replicas.Regions {
    // The first message to a shard waits until it is found, and each is found once: so there are
    // few.
    private static final int SHARDS = 20;
    // Each is a few hundred bytes, and only siblings' questions wake them.
    private static final int AWAKE_MAX = 1_000;

    private final ActorSystem<?> system;
    private final ClusterSharding sharding;
    private final NodeId self;
    private final DocumentReplica.Source documents;
    private final ActorRef<Peers.Command> peers;
    private final ActorRef<RegisteredNode.Command> record;

    ShardRegions(
            ActorSystem<?> system,
            DocumentReplica.Source documents,
            ActorRef<Peers.Command> peers,
            ActorRef<RegisteredNode.Command> record) {
        this.system = system;
        this.sharding = ClusterSharding.get(system);
        this.self = documents.self();
        this.documents = documents;
        this.peers = peers;
        this.record = record;
    }

    @Override
    public void host() {
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

    @Override
    public void reach(NodeId sibling) {
        reach(DocumentReplica.typeKey(sibling), sibling);
        reach(PeerReplica.typeKey(sibling), sibling);
        reach(NodeReplica.typeKey(sibling), sibling);
    }
}
