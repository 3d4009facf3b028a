package org.elohim.node.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Blobs on this machine's disk, named by the SHA-256 of their content.
///
/// What is put is durable once it is answered as done. A blob without references is kept for the
/// grace and then let go; whoever needs one longer retains it. For many threads.
public final class BlobStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobStore.class);
    private static final long UPKEEP_SECONDS = 60;
    private static final long CLOSE_SECONDS = 30;

    /// A blob on its way to the disk.
    public record Putting(ContentHash key, CompletionStage<Outcome> outcome) {}

    private final PackStore store;
    private final Committer committer;
    private final Semaphore wanted = new Semaphore(0);
    private final Thread upkeep;
    private volatile boolean stopping;

    private BlobStore(PackStore store) {
        this.store = store;
        this.committer = new Committer(this::commit);
        this.upkeep = Thread.ofPlatform().name("blob-upkeep").daemon().start(this::keepUp);
    }

    public static BlobStore open(
            Path directory, BlobSettings settings, InstantSource clock, RandomGenerator random)
            throws IOException {
        return new BlobStore(PackStore.open(FileDisk.in(directory), settings, clock, random));
    }

    private List<Outcome> commit(List<Change> changes) {
        int freeBefore = store.stats().freeSegments();
        List<Outcome> outcomes = store.commit(changes);
        if (store.stats().freeSegments() < freeBefore
                || outcomes.stream().anyMatch(Outcome.Full.class::isInstance)) {
            wanted.release();
        }
        return outcomes;
    }

    /// Whether content of this length is handed over as a whole; longer content in parts.
    public boolean isSmall(long bytes) {
        return store.isSmall(bytes);
    }

    /// Keeps a small blob. Its hash is computed in the caller's thread.
    public Putting put(ByteBuffer content) {
        if (!isSmall(content.remaining())) {
            throw new IllegalArgumentException("not small: bytes=" + content.remaining());
        }
        var digest = ContentHash.sha256();
        digest.update(content.duplicate());
        var key = new ContentHash(Bytes.copyOf(digest.digest()));
        return new Putting(key, committer.submit(new Change.Put(key, content)));
    }

    /// Begins to keep a large blob that comes in parts.
    public LargePut beginLarge() throws IOException {
        return new LargePut(store, store.beginLarge());
    }

    public CompletionStage<Outcome> retain(ContentHash key) {
        return committer.submit(new Change.Retain(key));
    }

    public CompletionStage<Outcome> release(ContentHash key) {
        return committer.submit(new Change.Release(key));
    }

    public Found get(ContentHash key) {
        return store.get(key);
    }

    /// A block of a large blob was bad when it was read.
    public void reportDamaged(ContentHash key) {
        store.reportDamaged(key);
    }

    /// Makes ready what puts will want, instead of while they come.
    public void prepare() throws IOException {
        store.prepare();
    }

    public BlobStats stats() {
        return store.stats();
    }

    private void keepUp() {
        while (!stopping) {
            try {
                if (wanted.tryAcquire(UPKEEP_SECONDS, TimeUnit.SECONDS)) {
                    wanted.drainPermits();
                }
            } catch (InterruptedException notOurs) {
                LOG.debug("interrupted without a reason", notOurs);
            }
            if (!stopping) {
                upkeepNow();
            }
        }
    }

    /// Lets go of what is wanted no more, makes room, writes the index down; what fails is tried
    /// again the next time.
    void upkeepNow() {
        try {
            store.sweep();
            store.compact();
            store.prepare();
            store.checkpoint();
        } catch (IOException failed) {
            LOG.warn("the store of blobs could not be tidied up: {}", failed.toString());
        }
    }

    /// Writes what is queued and the index, then closes all files.
    @Override
    public void close() throws IOException {
        stopping = true;
        wanted.release();
        committer.close();
        try {
            upkeep.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
        try {
            store.checkpoint();
        } catch (IOException failed) {
            LOG.warn("the next start reads all blobs: {}", failed.toString());
        }
        store.close();
    }
}
