package org.elohim.cluster.sync;

import org.elohim.protocol.Bytes;

/// A connection to a peer, whatever it runs over. Frames stay whole and in order.
public interface Carrier {
    /// Queues a frame; where too much is queued already, the carrier closes itself.
    void send(Bytes frame);

    void close(String reason);

    /// So much is queued that nothing should be read from the peer for now. Once that is over, the
    /// session is told [PeerSync.Command.Drained].
    boolean isCongested();
}
