package org.elohim.protocol.blob;

import java.util.List;

/// How far an index was written down, and what has to be known of the segments to go on from there.
public record Checkpoint(long lastSequence, long lastBatch, List<Segment> segments) {
    /// A segment at that moment. All before `covered` is in the index, and on the disk.
    ///
    /// @param trustedEnd from where on nothing counts, as [SegmentHeader.Distrust] says; the
    ///   segment's size where all does
    public record Segment(
            int number,
            long tag,
            long created,
            int covered,
            int trustedEnd,
            long goneBytes,
            long newestGone) {}

    public Checkpoint {
        segments = List.copyOf(segments);
    }
}
