package org.elohim.node.sync;

import org.elohim.protocol.id.NodeId;

/// Hears who of the family is connected.
public interface Watch {
    /// This peer is there.
    ///
    /// @param hangUp ends this connection, though nothing gets through on it any more
    void met(NodeId peer, Runnable hangUp);

    void left(NodeId peer);

    /// For those who are not of the family.
    Watch NONE =
            new Watch() {
                @Override
                public void met(NodeId peer, Runnable hangUp) {}

                @Override
                public void left(NodeId peer) {}
            };
}
