package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;

/// Says which blobs are wanted: what was put, until somebody deletes it.
///
/// Invariants: what is answered as kept is told to whoever sees to its copies. He alone says the
/// count of references, but for the one that a put says of itself: where the node dies before he
/// has written it down, he finds it by that.
public final class BlobKeeper {
    private static final int WANTED = 1;

    private final BlobStore store;
    private final AtomicReference<BlobCopies> copies;
    // The store may not have been told yet.
    private final Recently<BlobCopies> abandoned = new Recently<>();

    BlobKeeper(BlobStore store) {
        this.store = store;
        this.copies = new AtomicReference<>(BlobCopies.alone(store));
    }

    /// From now on these hear of what comes and goes.
    public void tell(BlobCopies those) {
        copies.set(those);
    }

    /// Done once it is on the disk, and wanted.
    CompletionStage<Outcome> keep(BlobStore.Hashed small, Reach reach) {
        int bytes = small.content().remaining();
        long lettingsGo = store.lettingsGo();
        return store.put(small, WANTED)
                .thenCompose(outcome -> accepted(outcome, small.key(), bytes, reach, lettingsGo));
    }

    private CompletionStage<Outcome> accepted(
            Outcome outcome, ContentHash key, long bytes, Reach reach, long lettingsGo) {
        if (!(outcome instanceof Outcome.Done)) {
            return CompletableFuture.completedFuture(outcome);
        }
        abandoned.forget(key);
        return copies.get().accepted(key, bytes, reach, lettingsGo);
    }

    /// The same of a large one, after all of it was written; waits for the disk.
    Outcome keep(LargePut written, ContentHash key, Reach reach) throws IOException {
        long bytes = written.contentBytes();
        long lettingsGo = store.lettingsGo();
        return accepted(written.keep(key, WANTED), key, bytes, reach, lettingsGo)
                .toCompletableFuture()
                .join();
    }

    /// It is not served any more, and its room is free after the grace.
    public CompletionStage<Outcome> letGo(ContentHash key) {
        BlobCopies told = copies.get();
        abandoned.add(key, told);
        return told.letGo(key);
    }

    /// How far a blob may travel, as this node knows it or, where it knows of none, those of the
    /// family say; nothing where none is known that anybody wants.
    public CompletionStage<Optional<Reach>> reach(ContentHash key) {
        return copies.get().reach(key);
    }

    /// Whether it is surely wanted here, be it in order or damaged; else whoever sees to its copies
    /// may know that it is.
    public boolean keeps(ContentHash key) {
        return store.referencesOf(key).orElse(0) > 0 && abandoned.of(key).isEmpty();
    }
}
