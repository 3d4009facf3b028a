package org.elohim.protocol.blob.replication;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardLayout;

import java.util.Collection;
import java.util.OptionalInt;

/// How a blob is kept by a family: in whole copies, or in shards.
///
/// Invariants: shards are chosen only where they can be spread so that as many holders may be lost
/// as [#losses] says, and any one failure domain.
public sealed interface Strategy {
    /// From so many holders on a blob can be coded.
    int CODED_HOLDERS_MIN = 4;

    /// From so many holders on any three of them may be lost.
    int SPREAD_HOLDERS_MIN = 7;

    /// A blob below one stripe is kept whole: as shards it would cost seven writes, and four others
    /// each time it is read, for a few kilobytes.
    long CODED_BYTES_MIN = (long) ShardLayout.BLOCK_BYTES * ErasureCode.FOUR_AND_THREE.dataShards();

    /// What survives three losses.
    int REPLICAS = Copies.LOSSES_MAX + 1;

    /// A whole copy at so many of them.
    record Replicas(int count) implements Strategy {}

    /// A shard of this code each, at as many of them as there are.
    record Coded(ErasureCode code) implements Strategy {}

    static Strategy of(Collection<Holder> holders, long sizeBytes) {
        ErasureCode code = ErasureCode.FOUR_AND_THREE;
        return sizeBytes >= CODED_BYTES_MIN && canBeCoded(code, holders)
                ? new Coded(code)
                : new Replicas(Math.min(REPLICAS, holders.size()));
    }

    private static boolean canBeCoded(ErasureCode code, Collection<Holder> holders) {
        if (holders.size() < CODED_HOLDERS_MIN) {
            return false;
        }
        OptionalInt perNode = Placement.shardsPerNode(code, holders);
        return perNode.isPresent()
                && code.parityShards() / perNode.getAsInt() >= losses(holders.size());
    }

    /// How many of so many holders may be lost, whichever they are, before a blob is called
    /// durable. One holder alone makes nothing durable, since nothing survives its loss.
    static int losses(int holders) {
        return holders >= SPREAD_HOLDERS_MIN ? Copies.LOSSES_MAX : 1;
    }
}
