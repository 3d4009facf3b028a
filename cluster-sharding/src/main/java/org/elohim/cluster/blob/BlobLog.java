package org.elohim.cluster.blob;

import org.elohim.cluster.journal.Journaled;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Recorded;
import org.elohim.protocol.id.NodeId;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a node's journal holds of its blobs: one log for all of them, in batches.
///
/// Invariants: a row holds whatever was decided together, so that its cost is shared by all blobs
/// in it.
public final class BlobLog {
    private BlobLog() {}

    /// What happened.
    public sealed interface Event extends Journaled {
        /// To many blobs, since the row before.
        record Written(NodeId self, Recorded recorded) implements Event {}
    }

    /// All blobs by their numbers.
    public record Snapshot(NodeId self, long lastNumber, SortedMap<Long, BlobReplication> blobs)
            implements Journaled {
        public Snapshot {
            blobs = Collections.unmodifiableSortedMap(new TreeMap<>(blobs));
        }
    }
}
