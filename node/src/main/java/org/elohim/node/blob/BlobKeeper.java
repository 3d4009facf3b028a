package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.util.concurrent.CompletionStage;

/// Says which blobs are wanted: what was put, until somebody deletes it.
///
/// Invariants: of each blob this alone says the count of references, which is one or none.
public final class BlobKeeper {
    private static final int WANTED = 1;

    private final BlobStore store;

    BlobKeeper(BlobStore store) {
        this.store = store;
    }

    /// Done once it is on the disk, and wanted.
    CompletionStage<Outcome> keep(BlobStore.Hashed small) {
        return store.put(small, WANTED);
    }

    /// The same of a large one, after all of it was written; waits for the disk.
    Outcome keep(LargePut written, ContentHash key) throws IOException {
        return written.keep(key, WANTED);
    }

    /// It is not served any more, and its room is free after the grace.
    public CompletionStage<Outcome> letGo(ContentHash key) {
        return store.references(key, 0);
    }

    /// Whether it is wanted here, be it in order or damaged.
    public boolean keeps(ContentHash key) {
        return store.referencesOf(key).orElse(0) > 0;
    }
}
