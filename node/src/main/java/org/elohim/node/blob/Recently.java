package org.elohim.node.replication;

import org.elohim.protocol.id.ContentHash;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Blobs of which somebody has just said that they are wanted, so that each read of one need not
/// ask all nodes again.
final class Recently {
    private static final int BLOBS_MAX = 10_000;
    // So long a blob may be served here after its last steward has let it go elsewhere.
    private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Map<ContentHash, Long> until = new LinkedHashMap<>();

    synchronized void add(ContentHash blob) {
        // The one that was named longest ago goes.
        until.remove(blob);
        if (until.size() == BLOBS_MAX) {
            until.remove(until.keySet().iterator().next());
        }
        until.put(blob, System.nanoTime() + GOOD_NANOS);
    }

    synchronized void forget(ContentHash blob) {
        until.remove(blob);
    }

    synchronized boolean contains(ContentHash blob) {
        Long end = until.get(blob);
        return end != null && System.nanoTime() - end < 0;
    }
}
