package org.elohim.cluster.journal;

import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;

/// An event that is an entry of the node's stream: sessions hand it on to whoever may have it.
public interface Streamed extends Journaled {
    /// Stored beside the event, so a lane can be read without the others.
    Lane lane();

    /// The event as the sessions see it, from its place in the journal.
    StreamEntry entry(long ordering);
}
