package org.elohim.node;

import org.elohim.node.blob.BlobMemory;

import java.util.Optional;

/// What each part that holds contents for others may take of the heap. Beyond its share it lets
/// others wait or sends them away, and is never what fills the heap.
///
/// Invariants: with every share full and every connection waiting, all of these fit together. What
/// has a bound of its own in numbers (documents that are open, uploads that rest) is not among
/// them.
///
/// @param bytes what the node may take beside what it is made of
record HeapShares(long bytes) {
    // Classes, actors and settings, before anybody has said anything.
    private static final long NODE_BYTES = 24 << 20;
    private static final long PARTS = 8;
    private static final long CONNECTION_BYTES = 400 << 10;
    private static final long CONNECTIONS_MAX = 4096;

    static HeapShares ofThisProcess() {
        return of(Runtime.getRuntime().maxMemory());
    }

    /// @param heapBytes how large the heap may grow
    static HeapShares of(long heapBytes) {
        return new HeapShares(Math.max(heapBytes - NODE_BYTES, heapBytes / PARTS));
    }

    /// @param cacheBytes of memory for blobs that are read often, where somebody has set it
    BlobMemory blobs(Optional<Long> cacheBytes) {
        return new BlobMemory(cacheBytes.orElse(part()), part(), part());
    }

    /// What conversations with apps hold of what cannot be taken yet.
    long conversationBytes() {
        return part();
    }

    /// Changes of documents, for whoever asks for them next.
    long changeBytes() {
        return part() / 2;
    }

    private long part() {
        return bytes / PARTS;
    }

    /// Whoever comes beyond them waits until somebody goes.
    int connections() {
        return (int) Math.clamp(bytes / CONNECTION_BYTES, 1, CONNECTIONS_MAX);
    }
}
