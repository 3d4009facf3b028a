package org.elohim.node.blob;

/// How full the store is.
///
/// @param takenBytes of the disk, with what is kept ready
/// @param scannedBytes of segments that were read at the start
public record BlobStats(
        int blobs,
        long takenBytes,
        long capacityBytes,
        int segments,
        int freeSegments,
        long scannedBytes) {}
