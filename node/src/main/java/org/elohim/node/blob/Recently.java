package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Blobs of which somebody has just said something, which holds for a while.
public final class Recently {
    private static final int BLOBS_MAX = 10_000;
    private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Map<ContentHash, Long> until = new LinkedHashMap<>();

    /// It was said now.
    public synchronized void add(ContentHash blob) {
        // The one that was named longest ago goes.
        until.remove(blob);
        if (until.size() == BLOBS_MAX) {
            until.remove(until.keySet().iterator().next());
        }
        until.put(blob, System.nanoTime() + GOOD_NANOS);
    }

    /// It holds no more.
    public synchronized void forget(ContentHash blob) {
        until.remove(blob);
    }

    /// Whether it was said, and still holds.
    public synchronized boolean contains(ContentHash blob) {
        Long end = until.get(blob);
        return end != null && System.nanoTime() - end < 0;
    }
}
