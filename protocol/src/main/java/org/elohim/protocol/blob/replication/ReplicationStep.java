package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;

import java.util.Set;

/// What is to be done for a blob.
///
/// Invariants: each may be done any number of times, with the same end: who cannot know whether it
/// was done before a crash does it again.
public sealed interface ReplicationStep {
    /// Reads it and computes its shards' hashes: [ReplicationEvent.Encoded].
    record Encode() implements ReplicationStep {}

    /// Brings a piece to a node, this one perhaps, which verifies it, has it on its disk and has
    /// written down that it keeps it before it says so: [ReplicationEvent.Placed]. A node that has
    /// it already says so at once. Where it comes from is up to who carries this out: from the own
    /// disk, another node, or out of other shards.
    record Place(Piece piece, NodeId node) implements ReplicationStep {}

    /// Tells a node that it need not keep anything for this one: [ReplicationEvent.Released]. To be
    /// ignored where this node has given it something in a later turn.
    record Release(NodeId node, long turn) implements ReplicationStep {}

    /// Tells the own store exactly which pieces are to be kept on this account, whatever it was
    /// told before: [ReplicationEvent.Referred]. It is not a count, so telling it twice harms
    /// nothing.
    record Refer(Set<Piece> pieces) implements ReplicationStep {
        public Refer {
            pieces = Set.copyOf(pieces);
        }
    }
}
