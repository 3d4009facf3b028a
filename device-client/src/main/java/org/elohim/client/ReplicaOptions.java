package org.elohim.client;

/// What an app may choose for its replica.
///
/// @param documentBytesMax how large a document may grow by edits here, compacted; what comes from
///   others is taken all the same
/// @param documentOperationsMax the same of its history: each character that was ever typed or
///   deleted counts, and each value that was set. One takes some 600 bytes of memory wherever the
///   document is open, and thousandths of a millisecond to load
public record ReplicaOptions(long documentBytesMax, long documentOperationsMax) {
    /// As on a node where nothing is configured; and what an old phone can open.
    public static final ReplicaOptions DEFAULT = new ReplicaOptions(10_000_000, 1_500_000);

    public ReplicaOptions {
        if (documentBytesMax < 1 || documentOperationsMax < 1) {
            throw new IllegalArgumentException(
                    "documentBytesMax=%d documentOperationsMax=%d"
                            .formatted(documentBytesMax, documentOperationsMax));
        }
    }
}
