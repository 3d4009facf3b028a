package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A large blob that comes in parts, in the thread of whoever brings them; closed without having
/// been kept, nothing of it stays.
public final class LargePut implements AutoCloseable {
    private final PackStore store;
    private final LargeBlobs.Writing writing;
    private boolean ended;

    LargePut(PackStore store, LargeBlobs.Writing writing) {
        this.store = store;
        this.writing = writing;
    }

    public void write(ByteBuffer part) throws IOException {
        writing.write(part);
    }

    /// Brings all of it to the disk; it has no name yet.
    public ContentHash finish() throws IOException {
        return writing.finish();
    }

    /// Keeps it, after [#finish], under the hash that this told.
    public Outcome keep(ContentHash hash) throws IOException {
        Outcome outcome = store.keepLarge(writing, hash);
        ended = true;
        return outcome;
    }

    @Override
    public void close() throws IOException {
        if (!ended) {
            ended = true;
            writing.abandon();
        }
    }
}
