package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.jspecify.annotations.Nullable;

import java.util.List;

/// One entry of the device's own journal.
///
/// @param origin the node that sent all of its changes
/// @param life which of the document's lives a mark ends or begins; zero for changes
/// @param changes in topological order; none where it is a mark
public record StoredEntry(
        long ordering,
        Lane lane,
        StreamEntry.Kind kind,
        DocumentId document,
        @Nullable NodeId origin,
        long life,
        List<Bytes> changes) {
    public StoredEntry {
        changes = List.copyOf(changes);
    }
}
