package org.elohim.node.blob;

/// How full the store is.
///
/// @param takenBytes of the disk, with what is kept ready
/// @param scannedBytes of segments that were read at the start
/// @param unfinished large contents of which a part lies here until somebody goes on
/// @param unfinishedBytes what those take, which is given to whoever wants to write
public record BlobStats(
        int blobs,
        long takenBytes,
        long capacityBytes,
        int segments,
        int freeSegments,
        long scannedBytes,
        int unfinished,
        long unfinishedBytes) {}
