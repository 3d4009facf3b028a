package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.SegmentHeader;

import java.time.Duration;

/// How a store lays out its disk.
///
/// @param capacityBytes all files of the store together stay below it
/// @param smallBytesMax what is longer has a file of its own
/// @param spareSegments so many are kept ready beside the one that only compaction may use
/// @param deadPercent a segment is compacted when so much of it is wanted no more
/// @param grace so long a blob without references is kept
public record BlobSettings(
        int segmentBytes,
        long capacityBytes,
        int smallBytesMax,
        int spareSegments,
        int deadPercent,
        Duration grace) {
    private static final int SEGMENT_BYTES = 64 << 20;
    private static final int SPARE_SEGMENTS = 2;
    // Copying costs as much as it gains there.
    private static final int DEAD_PERCENT = 45;
    private static final Duration GRACE = Duration.ofDays(7);

    // One to write to, the two that are kept back, and one that is worth emptying.
    private static final int SEGMENTS_MIN = 4;

    public BlobSettings {
        int least = SegmentHeader.SIZE_BYTES + PackFormat.sizeBytes(smallBytesMax);
        if (smallBytesMax < 0
                || smallBytesMax > PackFormat.SMALL_BYTES_MAX
                || segmentBytes < least
                || segmentBytes > BlobIndex.SEGMENT_BYTES_MAX
                || segmentBytes % SegmentHeader.SIZE_BYTES != 0
                || spareSegments < 0
                || capacityBytes < (long) SEGMENTS_MIN * segmentBytes
                || deadPercent < 1
                || deadPercent > 100) {
            throw new IllegalArgumentException(
                    "segment bytes=%d capacity=%d small bytes=%d spare=%d dead percent=%d"
                            .formatted(
                                    segmentBytes,
                                    capacityBytes,
                                    smallBytesMax,
                                    spareSegments,
                                    deadPercent));
        }
    }

    public static BlobSettings withCapacity(long capacityBytes) {
        return new BlobSettings(
                SEGMENT_BYTES,
                capacityBytes,
                PackFormat.SMALL_BYTES_MAX,
                SPARE_SEGMENTS,
                DEAD_PERCENT,
                GRACE);
    }
}
