package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Blobs of which somebody has just said something, which holds for a while.
///
/// @param <T> what was said
public final class Recently<T> {
    private static final int BLOBS_MAX = 10_000;
    private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(30);

    private record Said<T>(T what, long untilNanos) {}

    private final Map<ContentHash, Said<T>> said = new LinkedHashMap<>();

    /// It was said now.
    public synchronized void add(ContentHash blob, T what) {
        // The one that was named longest ago goes.
        said.remove(blob);
        if (said.size() == BLOBS_MAX) {
            said.remove(said.keySet().iterator().next());
        }
        said.put(blob, new Said<>(what, System.nanoTime() + GOOD_NANOS));
    }

    /// It holds no more.
    public synchronized void forget(ContentHash blob) {
        said.remove(blob);
    }

    /// What was said, where it still holds.
    public synchronized Optional<T> of(ContentHash blob) {
        return Optional.ofNullable(said.get(blob))
                .filter(each -> System.nanoTime() - each.untilNanos() < 0)
                .map(Said::what);
    }
}
