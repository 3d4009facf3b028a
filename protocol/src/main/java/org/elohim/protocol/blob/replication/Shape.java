package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/// All that is known of a blob but its name, its size, its turns and its shards: what most blobs of
/// a family have in common, so that it is kept once for all of them.
///
/// @param stewards for whom it is kept, in their order
/// @param wholes its copies; none of them where it lies in shards, of which each blob has its own
/// @param isSpread whether it lies in shards
/// @param releases who is still to be told, in their order
/// @param isCoded whether its manifest is known
record Shape(
        Reach reach,
        List<NodeId> stewards,
        Copies wholes,
        boolean isSpread,
        Set<NodeId> behind,
        int promised,
        List<NodeId> releases,
        @Nullable Set<Piece> referred,
        boolean isCoded) {

    static Shape of(BlobReplication blob) {
        boolean isSpread = blob.copies().shards().count() > 0;
        return new Shape(
                blob.reach(),
                List.copyOf(blob.stewards().keySet()),
                isSpread ? Copies.NONE : blob.copies(),
                isSpread,
                blob.behind(),
                blob.promised(),
                List.copyOf(blob.releases().keySet()),
                blob.referred(),
                blob.manifest() != null);
    }

    /// How many turns each blob of it has.
    int turns() {
        return stewards.size() + releases.size();
    }

    /// Whether what follows for one of them may follow for all of about its size.
    boolean isCommon() {
        return !isSpread && !isCoded;
    }
}
