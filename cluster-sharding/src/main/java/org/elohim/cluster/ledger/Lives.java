package org.elohim.cluster.ledger;

import org.elohim.protocol.id.NodeId;

import java.util.function.Consumer;

/// Wants to hear of each node that has gone for good, and also of each of those that is back. What
/// the journal is read for is not in the order of time: a node may seem to be gone for a moment
/// that was met again long ago.
public interface Lives extends Consumer<NodeId> {
    /// What was said of this node counts no more.
    void back(NodeId node);
}
