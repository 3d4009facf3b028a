package org.elohim.node.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/// Blobs on this machine's disk, named by the SHA-256 of their content.
///
/// What is put is durable once it is answered as done. A blob without references is kept for the
/// grace and then let go: see [#references]. For many threads.
public final class BlobStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobStore.class);
    private static final long UPKEEP_SECONDS = 60;

    /// A blob on its way to the disk.
    public record Putting(ContentHash key, CompletionStage<Outcome> outcome) {}

    /// A small content and its hash. Nobody else has the buffer.
    public record Hashed(ContentHash key, ByteBuffer content) {}

    private final PackStore store;
    private final Committer committer;
    private final Semaphore wanted = new Semaphore(0);
    private final Thread upkeep;
    private final Random scrubRandom;
    private final AtomicLong lettingsGo = new AtomicLong();
    private volatile Optional<Scrubbing> scrubbing = Optional.empty();
    private volatile boolean stopping;
    private volatile boolean letsGo;

    private record Scrubbing(Scrubber scrubber, ScrubThread thread) {}

    private BlobStore(PackStore store, long queuedBytesMax, RandomGenerator random) {
        this.store = store;
        // Of its own: the store draws from the other one in other threads.
        this.scrubRandom = new Random(random.nextLong());
        this.committer = new Committer(queuedBytesMax, this::commit);
        this.upkeep = Thread.ofPlatform().name("blob-upkeep").daemon().start(this::keepUp);
    }

    /// Opens or makes a store. In a platform thread: the index is read by native code.
    ///
    /// @param queuedBytesMax of small contents that wait for the disk; what comes beyond is refused
    public static BlobStore open(
            Path directory,
            BlobSettings settings,
            long queuedBytesMax,
            InstantSource clock,
            RandomGenerator random)
            throws IOException {
        var disk = FileDisk.in(directory);
        var checkpoints = CheckpointDatabase.in(directory);
        return new BlobStore(
                PackStore.open(disk, checkpoints, settings, clock, random), queuedBytesMax, random);
    }

    private List<Outcome> commit(List<Change> changes) {
        List<Outcome> outcomes = store.commit(changes);
        if (outcomes.stream().anyMatch(Outcome.Full.class::isInstance)) {
            wanted.release();
        }
        return outcomes;
    }

    /// Whether content of this length is handed over as a whole; longer content in parts.
    public boolean isSmall(long bytes) {
        return store.isSmall(bytes);
    }

    /// Keeps a small blob. It is copied and its hash computed in the caller's thread: whoever uses
    /// the buffer again before the answer changes nothing of what is stored.
    ///
    /// Where it is there already its grace begins anew; where it is damaged this heals it, and its
    /// references stay.
    public Putting put(ByteBuffer content) {
        Hashed hashed = hash(content);
        return new Putting(hashed.key(), put(hashed, 0));
    }

    /// Copies a small content and computes its hash, in the caller's thread.
    public Hashed hash(ByteBuffer content) {
        return hash(List.of(content));
    }

    /// Copies a small content that has come in parts.
    Hashed hash(Iterable<ByteBuffer> parts) {
        long bytes = 0;
        for (ByteBuffer part : parts) {
            bytes += part.remaining();
        }
        if (!isSmall(bytes)) {
            throw new IllegalArgumentException("not small: bytes=" + bytes);
        }
        byte[] own = new byte[(int) bytes];
        var copy = ByteBuffer.wrap(own);
        for (ByteBuffer part : parts) {
            copy.put(part.duplicate());
        }
        var digest = ContentHash.sha256();
        digest.update(own);
        var key = new ContentHash(Bytes.copyOf(digest.digest()));
        return new Hashed(key, ByteBuffer.wrap(own).asReadOnlyBuffer());
    }

    /// Keeps a small blob.
    ///
    /// @param references at least so many it has from then on: said with the put, it costs nothing
    public CompletionStage<Outcome> put(Hashed blob, int references) {
        return committer.submit(new Change.Put(blob.key(), blob.content(), references));
    }

    /// Begins to keep a large blob that comes in parts; what turns out to be small may come so as
    /// well.
    public LargePut beginLarge() throws IOException {
        return new LargePut(store, store.beginLarge(), committer::submitLarge);
    }

    /// The same of a content whose hash is known, so that it can be gone on with where it was left:
    /// after [LargePut#rest], or after the process has ended at any moment. What rests of it is
    /// dropped.
    public LargePut beginLarge(UnfinishedBlobs.Name name) throws IOException {
        return new LargePut(store, store.beginLarge(name), committer::submitLarge);
    }

    /// Goes on with what rests of it, which is read from the disk first; nothing where nothing
    /// does, or somebody is at work at it. Whether it is the right content is known in the end, by
    /// its hash.
    public Optional<LargePut> goOn(UnfinishedBlobs.Name name) throws IOException {
        return store.goOnLarge(name)
                .map(writing -> new LargePut(store, writing, committer::submitLarge));
    }

    /// Nobody will go on with it.
    public void dropUnfinished(UnfinishedBlobs.Name name) {
        store.unfinished().dropResting(name);
    }

    /// From now on the blob has so many references. Without any its grace begins; with one or more
    /// it is kept.
    ///
    /// It is a count and no step, so that whoever was not answered may say it again: after a kill
    /// nobody knows whether the last word was durable. Therefore one alone counts for a blob, and
    /// remembers why: the journaled actor that replicates it. It says the count whenever that
    /// changes, and once more when it begins; others tell that actor what they want. What one says
    /// takes effect in the order in which he said it.
    ///
    /// @return done, also where it has so many already; absent where there is no such blob
    public CompletionStage<Outcome> references(ContentHash key, int count) {
        if (count == 0) {
            lettingsGo.incrementAndGet();
        }
        return committer.submit(new Change.References(key, count));
    }

    /// How often it was said of anything that it has no references. Changes are carried out in the
    /// order in which they come: where this is as it was before a put, what was put has those that
    /// were said with it.
    public long lettingsGo() {
        return lettingsGo.get();
    }

    /// How many references a blob has, also a damaged one; nothing where there is none.
    public OptionalInt referencesOf(ContentHash key) {
        return store.entry(key)
                .map(entry -> OptionalInt.of(entry.references()))
                .orElseGet(OptionalInt::empty);
    }

    /// What the index says of a blob: also of one that is damaged.
    public Optional<IndexEntry> entry(ContentHash key) {
        return store.entry(key);
    }

    /// Some of what the index says, in no order.
    ///
    /// @param next to go on from; below 0 at the end
    public record Leaf(List<IndexEntry> entries, int next) {
        public Leaf {
            entries = List.copyOf(entries);
        }
    }

    /// What the index says, from there on; begun with 0. What changes meanwhile may be missed.
    public Leaf entries(int from) {
        return store.entries(from);
    }

    /// From now on what nobody refers to is let go after its grace. Not before whoever counts
    /// references has said all of them once more: he may have died before he could.
    public void mayLetGo() {
        letsGo = true;
    }

    /// Reads a blob. What is found to be damaged is not served any more until it is put again.
    public Found get(ContentHash key) {
        return store.get(key);
    }

    /// Makes ready what puts will want, instead of while they come.
    public void prepare() throws IOException {
        store.prepare();
    }

    public BlobStats stats() {
        return store.stats();
    }

    /// Whether others may give this store more to keep: it is neither near its capacity nor its
    /// disk near its end.
    public boolean hasRoom() {
        try {
            return store.hasRoom();
        } catch (IOException untold) {
            LOG.debug("the disk does not tell how much fits on it", untold);
            return false;
        }
    }

    /// Tells of all that is known to be damaged, and from now on of what is found to be.
    public void onDamage(DamageListener listener) {
        store.onDamage(listener);
    }

    /// Looks at all blobs in turn from now on. Once, by whoever opened the store.
    public void scrub(ScrubSettings settings) {
        if (scrubbing.isPresent()) {
            throw new IllegalStateException("the scrub of blobs goes on already");
        }
        Scrubber scrubber = store.scrubber(settings.cycle(), scrubRandom);
        var thread = new ScrubThread(scrubber, settings.bytesPerSecond());
        scrubbing = Optional.of(new Scrubbing(scrubber, thread));
    }

    /// What that has found; nothing where nobody has begun it.
    public Optional<ScrubStats> scrubStats() {
        return scrubbing.map(each -> ScrubStats.of(each.scrubber().scrub(), store.damaged()));
    }

    /// Since when at the latest a blob is known to be good by its checks; nothing where the scrub
    /// has not come upon it where it lies now.
    public Optional<Instant> goodSince(ContentHash blob) {
        return scrubbing.flatMap(
                each ->
                        store.entry(blob)
                                .filter(entry -> !entry.damaged())
                                .map(entry -> each.scrubber().scrub().goodSince(entry.place()))
                                .filter(second -> second > 0)
                                .map(Instant::ofEpochSecond));
    }

    /// Reads all of a blob and its hash, because somebody doubts it; what is wrong with it is told
    /// as any damage is. Waits for the disk.
    ///
    /// @return whether it is here and good
    public boolean isGood(ContentHash blob) {
        return store.isGood(blob);
    }

    private void keepUp() {
        while (!stopping) {
            boolean isFull = false;
            try {
                isFull = wanted.tryAcquire(UPKEEP_SECONDS, TimeUnit.SECONDS);
                wanted.drainPermits();
            } catch (InterruptedException notOurs) {
                LOG.debug("interrupted without a reason", notOurs);
            }
            if (stopping) {
                break;
            }
            if (isFull) {
                // Where it is the disk that is full, nobody has asked for it yet.
                var _ = store.unfinished().giveRoom();
            }
            upkeepNow();
        }
        tidy("write down its index, so the next start reads all blobs", store::checkpoint);
    }

    /// Lets go of what is wanted no more, makes room, writes the index down; what fails is tried
    /// again the next time.
    void upkeepNow() {
        if (letsGo) {
            tidy("let go of what is wanted no more", store::sweep);
        }
        tidy("let go of what nobody has gone on with", store::sweepUnfinished);
        tidy("make room", store::compact);
        if (!store.isUnused()) {
            tidy("make segments ready", store::prepare);
        }
        tidy("write down its index", store::checkpoint);
    }

    private interface Step {
        void take() throws IOException;
    }

    // What cannot be done must not keep the rest from being done, nor this thread from going on.
    private static void tidy(String what, Step step) {
        try {
            step.take();
        } catch (IOException failed) {
            LOG.warn("the store of blobs could not {}: {}", what, failed.toString());
        } catch (RuntimeException | Error bug) {
            LOG.error("the store of blobs could not {}", what, bug);
        }
    }

    /// Writes what is queued and the index, then closes all files. Whoever is at work is waited
    /// for: he must not come upon the files of whoever opens the store again.
    @Override
    public void close() throws IOException {
        scrubbing.ifPresent(each -> each.thread().close());
        committer.close();
        stopping = true;
        store.hurry();
        wanted.release();
        joinUpkeep();
        store.close();
    }

    private void joinUpkeep() {
        boolean isInterrupted = false;
        while (upkeep.isAlive()) {
            try {
                upkeep.join();
            } catch (InterruptedException hurried) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
