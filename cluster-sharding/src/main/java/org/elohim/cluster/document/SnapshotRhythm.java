package org.elohim.cluster.document;

import org.elohim.protocol.change.ChangeGraph;

/// When a document is due for its next snapshot.
///
/// Invariants: what lies behind the last one, and is read at a start, is bounded in changes and in
/// bytes. Snapshots cost as much as the document is long, so they are made ever more rarely.
final class SnapshotRhythm {
    static final int CHANGES_MIN = 500;
    // May be in memory at once, several times over: while it is read, and while it is taken in.
    static final long BYTES_MIN = 8 << 20;
    private static final int GROWTH = 4;
    // Of a change in the snapshot, roughly: no snapshot is to be larger than what it spares.
    private static final int INDEX_BYTES = 64;

    private int changes;
    private long bytes;

    /// Says so once.
    boolean isDue(ChangeGraph graph) {
        boolean due =
                graph.size() - changes >= Math.max(CHANGES_MIN, changes / GROWTH)
                        || graph.sizeBytes() - bytes
                                >= Math.max(BYTES_MIN, (long) changes * INDEX_BYTES / GROWTH);
        if (due) {
            taken(graph);
        }
        return due;
    }

    void taken(ChangeGraph graph) {
        changes = graph.size();
        bytes = graph.sizeBytes();
    }
}
