package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What can happen to a document that is synced with a peer. A ticket is that of the output which
/// is answered.
public sealed interface Input {
    /// Speak first: the peer has not asked for the document, but is to hear of it.
    record Begun() implements Input {}

    record Received(AutomergeMessage message) implements Input {}

    /// The graph has grown, by whomever.
    record Grown() implements Input {}

    /// What was accepted of the changes is fsynced, and the graph has taken it in.
    ///
    /// @param missing what the rest of them waits for, as `Decision` says; what is refused waits
    ///   for nothing
    record Taken(long ticket, List<ContentHash> missing) implements Input {
        public Taken {
            missing = List.copyOf(missing);
        }
    }

    /// What was to be taken was no change at all.
    record Poisoned(long ticket, String reason) implements Input {}

    /// The changes that were asked for, in that order.
    record ChangesRead(long ticket, List<Bytes> changes) implements Input {
        public ChangesRead {
            changes = List.copyOf(changes);
        }
    }
}
