package org.elohim.node.materialiser;

import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;

import java.util.ArrayList;
import java.util.List;

/// All changes of a document that the node may read, each after what it builds on.
///
/// Invariants: none is sealed, and they are within what is read here.
///
/// @param pages in which they came from the journal
record History(
        DocumentId id, StoredChanges stored, ChangeGraph graph, List<Change> changes, long pages) {
    /// Beyond it a document costs a small machine too much to be read by it. An edit is a hundred
    /// bytes.
    static final long CHANGES_BYTES_MAX = 32 << 20;

    static final int CHANGES_MAX = 200_000;

    static History of(DocumentId id, StoredChanges stored) {
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        List<Change> changes = new ArrayList<>();
        long pages = 0;
        for (List<Change> page = stored.after(id, List.of());
                !page.isEmpty();
                page = stored.after(id, graph.heads())) {
            take(id, graph, ++pages, page);
            changes.addAll(page);
        }
        return new History(id, stored, graph, changes, pages);
    }

    static void take(DocumentId id, ChangeGraph graph, long page, List<Change> changes) {
        if (changes.stream().anyMatch(SealedChange.class::isInstance)) {
            throw new Refusal(
                            Refusal.Kind.SEALED,
                            "Document %s is encrypted, and the node has no key to it; read it on a device that has."
                                    .formatted(id))
                    .spoiling();
        }
        graph.apply(page, changes);
        checkSize(id, graph.sizeBytes(), graph.size());
    }

    static void checkSize(DocumentId id, long bytes, int changes) {
        if (bytes > CHANGES_BYTES_MAX || changes > CHANGES_MAX) {
            throw new Refusal(
                            Refusal.Kind.TOO_LARGE,
                            "Document %s has a history of %,d bytes in %,d changes, and the node reads at most %,d in %,d; read it on a device."
                                    .formatted(id, bytes, changes, CHANGES_BYTES_MAX, CHANGES_MAX))
                    .spoiling();
        }
    }
}
