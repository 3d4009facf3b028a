package org.elohim.cluster.blob;

import org.elohim.protocol.blob.replication.Recorded;

/// When the log of a node's blobs is due for its next snapshot.
///
/// Invariants: what lies behind the last one, and is played at a start, is bounded, or a part of
/// what the snapshot holds. A snapshot has all blobs in it, so they are made ever more rarely.
final class LogRhythm {
    static final int ROWS_MIN = 1_000;
    static final int CHANGES_MIN = 100_000;
    private static final int GROWTH = 4;

    private int rows;
    private long changes;

    void happened(Recorded recorded) {
        rows++;
        for (Recorded.Part part : recorded.parts()) {
            changes +=
                    switch (part) {
                        case Recorded.Part.Begun(var numbers, _) -> numbers.count();
                        case Recorded.Part.Happened(_, var numbers) -> numbers.count();
                    };
        }
    }

    /// Says so once.
    boolean isDue(int blobs) {
        boolean due = (rows >= ROWS_MIN || changes >= CHANGES_MIN) && changes >= blobs / GROWTH;
        if (due) {
            taken();
        }
        return due;
    }

    void taken() {
        rows = 0;
        changes = 0;
    }
}
