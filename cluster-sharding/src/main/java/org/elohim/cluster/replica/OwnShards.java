package org.elohim.cluster.replica;

import akka.actor.ActorRef;
import akka.cluster.sharding.ShardCoordinator;
import akka.dispatch.Futures;

import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;

import java.util.Map;
import java.util.Set;

/// Where the shards of one node's replicas are: at this node, whoever asks for them.
///
/// Invariants: nothing ever moves, since there is nowhere to move it.
final class OwnShards extends ShardCoordinator.AbstractShardAllocationStrategy {
    @Override
    public Future<ActorRef> allocateShard(
            ActorRef requester, String shard, Map<ActorRef, IndexedSeq<String>> regions) {
        // Who asks may be a sibling, which hosts none of them.
        return Futures.successful(regions.keySet().iterator().next());
    }

    @Override
    public Future<Set<String>> rebalance(
            Map<ActorRef, IndexedSeq<String>> regions, Set<String> moving) {
        return Futures.successful(Set.of());
    }
}
