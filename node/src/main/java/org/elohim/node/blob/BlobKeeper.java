package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;

/// Says which blobs are wanted: what was put, until somebody deletes it.
///
/// Invariants: what is answered as kept is known to whoever sees to its copies. He alone says the
/// count of references, but for the one that a put says of itself: where the node dies before he
/// has heard of it, he finds it by that.
public final class BlobKeeper {
    private static final int WANTED = 1;

    private final BlobStore store;
    private final AtomicReference<BlobCopies> copies;

    BlobKeeper(BlobStore store) {
        this.store = store;
        this.copies = new AtomicReference<>(BlobCopies.alone(store));
    }

    /// From now on these hear of what comes and goes.
    public void tell(BlobCopies those) {
        copies.set(those);
    }

    /// Done once it is on the disk, and wanted.
    CompletionStage<Outcome> keep(BlobStore.Hashed small) {
        int bytes = small.content().remaining();
        return store.put(small, WANTED)
                .thenCompose(outcome -> accepted(outcome, small.key(), bytes));
    }

    private CompletionStage<Outcome> accepted(Outcome outcome, ContentHash key, long bytes) {
        return outcome instanceof Outcome.Done
                ? copies.get().accepted(key, bytes)
                : CompletableFuture.completedFuture(outcome);
    }

    /// The same of a large one, after all of it was written; waits for the disk.
    Outcome keep(LargePut written, ContentHash key) throws IOException {
        long bytes = written.contentBytes();
        return accepted(written.keep(key, WANTED), key, bytes).toCompletableFuture().join();
    }

    /// It is not served any more, and its room is free after the grace.
    public CompletionStage<Outcome> letGo(ContentHash key) {
        return copies.get().letGo(key);
    }

    /// Whether it is wanted here, be it in order or damaged.
    public boolean keeps(ContentHash key) {
        return store.referencesOf(key).orElse(0) > 0;
    }
}
