package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Function;

/// A large blob that comes in parts, in the thread of whoever brings them; closed without having
/// been kept or left to rest, nothing of it stays. After a failure it can only be closed.
public final class LargePut implements AutoCloseable {
    private final PackStore store;
    private final LargeWriting writing;
    private final Function<Change, Outcome> commit;
    private boolean ended;

    LargePut(PackStore store, LargeWriting writing, Function<Change, Outcome> commit) {
        this.store = store;
        this.writing = writing;
        this.commit = commit;
    }

    /// Takes all that remains in the buffer, which is the caller's again afterwards.
    ///
    /// @throws IOException where there is no room, or the disk failed
    public void write(ByteBuffer part) throws IOException {
        writing.write(part);
    }

    /// How much was written so far.
    public long contentBytes() {
        return writing.contentBytes();
    }

    /// Brings all of it to the disk and tells its hash; it has no name yet.
    public ContentHash finish() throws IOException {
        return writing.finish();
    }

    /// Keeps it, after [#finish], under the hash that this told.
    ///
    /// @throws IllegalArgumentException where this is not its hash: whoever was promised another
    ///   content refuses it, and nothing is kept
    public Outcome keep(ContentHash hash) throws IOException {
        return keep(hash, 0);
    }

    /// The same, with at least so many references from then on.
    public Outcome keep(ContentHash hash, int references) throws IOException {
        if (!writing.hash().equals(hash)) {
            throw new IllegalArgumentException(
                    "the content is %s and not %s".formatted(writing.hash(), hash));
        }
        Outcome outcome = store.keepLarge(writing, references, commit);
        ended = true;
        return outcome;
    }

    /// No more comes for now. What has come stays where it was begun under a name, and may be gone
    /// on with: by this process, or the next.
    public void rest() throws IOException {
        if (!ended) {
            ended = true;
            store.rest(writing);
        }
    }

    @Override
    public void close() throws IOException {
        if (!ended) {
            ended = true;
            store.abandon(writing);
        }
    }
}
