package org.elohim.cluster.ledger;

import org.elohim.protocol.id.NodeId;

/// Hears of each node of the family that has gone for good, and of each that is back. What the
/// journal is read for is not in the order of time: a node may seem to be gone for a moment that
/// was met again long ago.
public interface Lives {
    void gone(NodeId node);

    /// What was said of this node counts no more.
    void back(NodeId node);
}
