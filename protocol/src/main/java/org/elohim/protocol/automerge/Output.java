package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Selection;

import java.util.List;

/// What a document that is synced with a peer wants done, in this order.
public sealed interface Output {
    record Send(AutomergeMessage message) implements Output {}

    /// Put these changes into the document; answered by Taken or Poisoned. Some may have come
    /// before.
    record Take(long ticket, List<Bytes> changes) implements Output {
        public Take {
            changes = List.copyOf(changes);
        }
    }

    /// Answered by ChangesRead.
    record ReadChanges(long ticket, List<Selection.Location> locations) implements Output {
        public ReadChanges {
            locations = List.copyOf(locations);
        }
    }

    /// The peer breaks the rules, or nothing good can come of going on. The last output there is.
    record Failed(String reason) implements Output {}
}
