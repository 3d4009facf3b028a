package org.elohim.protocol.blob.replication;

import org.elohim.protocol.reach.Reach;

import java.util.EnumMap;
import java.util.Map;

/// How much there is of each reach, kept while blobs come and go.
///
/// Invariants: counts those that somebody wants, each once, with the length of its whole content,
/// however much of that lies here.
public final class ReachTotals {
    private final Map<Reach, Count> counts = new EnumMap<>(Reach.class);

    /// Of one reach.
    public record Total(long blobs, long contentBytes) {}

    // Changed in place, as each event takes a blob away and brings it back.
    private static final class Count {
        long blobs;
        long contentBytes;
    }

    ReachTotals() {}

    void add(BlobReplication blob) {
        count(blob, 1);
    }

    void remove(BlobReplication blob) {
        count(blob, -1);
    }

    private void count(BlobReplication blob, int by) {
        if (!blob.stewards().isEmpty()) {
            Count count = counts.computeIfAbsent(blob.reach(), _ -> new Count());
            count.blobs += by;
            count.contentBytes += by * blob.sizeBytes();
        }
    }

    Map<Reach, Total> all() {
        Map<Reach, Total> all = new EnumMap<>(Reach.class);
        for (Reach reach : Reach.values()) {
            Count count = counts.getOrDefault(reach, new Count());
            all.put(reach, new Total(count.blobs, count.contentBytes));
        }
        return all;
    }
}
