package org.elohim.cluster.blob;

import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationStep;

import java.util.concurrent.CompletionStage;

/// What carries out the steps for a blob: the disk of this node, and the lines to the others.
///
/// Invariants: whatever was begun ends, in one way or another; a step that was carried out before
/// has the same outcome.
public interface Steps {
    CompletionStage<Outcome> carryOut(BlobReplication blob, ReplicationStep step);

    /// How often the store was told of anything that it is not to be kept any more. Where it is as
    /// before something was put, the store still keeps that.
    long lettingsGo();

    /// How a step has ended.
    sealed interface Outcome {
        /// As it was meant, or otherwise: this has happened.
        record Happened(ReplicationEvent event) implements Outcome {}

        /// The other node does not answer, or has said no.
        record HolderFailed(String reason) implements Outcome {}

        /// It was not the other node's fault: its content cannot be had now.
        record BlobFailed(String reason) implements Outcome {}
    }
}
