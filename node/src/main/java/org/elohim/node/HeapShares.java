package org.elohim.node;

import org.elohim.node.blob.BlobMemory;

import java.util.Optional;

/// What each part that holds contents for others may take of the heap. Beyond its share it lets
/// others wait or sends them away, and is never what fills the heap.
///
/// Invariants: all shares together leave a third of the heap to what cannot be counted in bytes.
///
/// @param heapBytes how large the heap may grow
record HeapShares(long heapBytes) {
    private static final long CONNECTION_BYTES = 512 << 10;
    private static final long CONNECTIONS_MIN = 64;
    private static final long CONNECTIONS_MAX = 4096;

    static HeapShares ofThisProcess() {
        return new HeapShares(Runtime.getRuntime().maxMemory());
    }

    /// @param cacheBytes of memory for blobs that are read often, where somebody has set it
    BlobMemory blobs(Optional<Long> cacheBytes) {
        return new BlobMemory(cacheBytes.orElse(eighth()), eighth(), eighth());
    }

    /// What conversations with apps hold of what cannot be taken yet.
    long conversationBytes() {
        return eighth();
    }

    /// Changes of documents, for whoever asks for them next.
    long changeBytes() {
        return eighth() / 2;
    }

    private long eighth() {
        return heapBytes / 8;
    }

    /// Each holds what it reads and writes at the moment.
    int connections() {
        return (int) Math.clamp(heapBytes / CONNECTION_BYTES, CONNECTIONS_MIN, CONNECTIONS_MAX);
    }
}
