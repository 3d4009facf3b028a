package org.elohim.protocol.blob;

/// What of a segment is still wanted.
///
/// @param liveBytes of records that the index points to
/// @param goneBytes of records that say that a blob is gone
/// @param newestGone the highest sequence among those
public record SegmentUse(long liveBytes, long goneBytes, long newestGone) {
    static final SegmentUse NONE = new SegmentUse(0, 0, 0);

    SegmentUse plusLive(long bytes) {
        return new SegmentUse(liveBytes + bytes, goneBytes, newestGone);
    }

    SegmentUse plusGone(long bytes, long sequence) {
        return new SegmentUse(liveBytes, goneBytes + bytes, Math.max(newestGone, sequence));
    }
}
