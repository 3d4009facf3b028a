package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What has happened to one blob's copies.
///
/// Invariants: what adds a copy is written down after it is on a disk, what takes one away before
/// it is let go of; so whatever a crash leaves out, nobody counts on a copy that is not there.
public sealed interface ReplicationEvent {
    /// With what a blob is heard of for the first time, or once more.
    sealed interface Beginning extends ReplicationEvent {
        ContentHash blob();

        long sizeBytes();

        /// How far it may travel, as whoever brings it says.
        Reach reach();

        NodeId self();
    }

    /// It was put at this node, which keeps the whole of it and sees to the rest.
    ///
    /// @param turn above that of everything this node has accepted before
    record Accepted(ContentHash blob, long sizeBytes, Reach reach, NodeId self, long turn)
            implements Beginning {}

    /// Another node has given a piece of it to this one. What that knows of other copies it does
    /// not tell: it may be true no more when somebody would have to rely on it.
    ///
    /// @param stewards for whom it is kept, with their turns
    record Adopted(
            ContentHash blob,
            long sizeBytes,
            Reach reach,
            NodeId self,
            Piece piece,
            SortedMap<NodeId, Long> stewards,
            @Nullable Manifest manifest)
            implements Beginning {
        public Adopted {
            stewards = Collections.unmodifiableSortedMap(new TreeMap<>(stewards));
            if (stewards.isEmpty()) {
                throw new IllegalArgumentException("kept for nobody: " + blob);
            }
        }
    }

    /// The hashes of its shards are known.
    record Encoded(Manifest manifest) implements ReplicationEvent {}

    /// The node has it on its disk.
    ///
    /// @param told how far the blob may travel, as the node was told with it
    record Placed(NodeId node, Piece piece, Reach told) implements ReplicationEvent {}

    /// The node has nothing of it: its disk is another one, or it is gone for good.
    record Lost(NodeId node) implements ReplicationEvent {}

    /// The node has this no longer, or damaged.
    record Damaged(NodeId node, Piece piece) implements ReplicationEvent {}

    /// The node's copy counts no more, since the others are enough, and may go.
    record Dropped(NodeId node, Piece piece) implements ReplicationEvent {}

    /// So many nodes can be lost, whichever they are.
    record BecameDurable(int losses) implements ReplicationEvent {}

    /// This node's store holds exactly these for it, and lets go of the others.
    record Referred(Set<Piece> pieces) implements ReplicationEvent {
        public Referred {
            SortedSet<Piece> inOrder = new TreeSet<>(pieces);
            pieces = Collections.unmodifiableSortedSet(inOrder);
        }
    }

    /// This steward, which may be this node, does not want it any more.
    ///
    /// @param turn of when it wanted it last; what it has accepted since is meant by no such word
    record Abandoned(NodeId by, long turn) implements ReplicationEvent {}

    /// A node that kept something for this one knows that it need not.
    record Released(NodeId node) implements ReplicationEvent {}
}
