package org.elohim.cluster.journal;

import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;

import java.util.Optional;

/// An event that is an entry of the node's stream: sessions hand it on to whoever may have it.
public interface Streamed extends Journaled {
    /// Stored beside the event, so a lane can be read without the others.
    Lane lane();

    /// The event as the family's other nodes see it, from its place in the journal.
    StreamEntry entry(long ordering);

    /// As everybody else sees it, who may have some documents and does not learn who may have them.
    default Optional<StreamEntry> entryForOthers(long ordering) {
        return Optional.of(entry(ordering));
    }
}
