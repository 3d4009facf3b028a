package org.elohim.node.api;

import org.elohim.node.blob.BlobCopies;
import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Outcome;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Remembers how far each blob may travel, and how often somebody wanted to know it.
final class ToldReaches implements BlobCopies {
    private final BlobStore store;
    private final Map<ContentHash, Reach> reaches = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    ToldReaches(BlobStore store) {
        this.store = store;
    }

    int asked() {
        return asked.get();
    }

    @Override
    public CompletionStage<Outcome> accepted(
            ContentHash blob, long bytes, Reach reach, long lettingsGo) {
        reaches.merge(blob, reach, Reach::widest);
        return CompletableFuture.completedFuture(new Outcome.Done());
    }

    @Override
    public CompletionStage<Outcome> letGo(ContentHash blob) {
        reaches.remove(blob);
        return store.references(blob, 0);
    }

    @Override
    public CompletionStage<Optional<Reach>> reach(ContentHash blob) {
        asked.incrementAndGet();
        return CompletableFuture.completedFuture(Optional.ofNullable(reaches.get(blob)));
    }
}
