package org.elohim.node.replication;

import org.elohim.cluster.blob.Steps;
import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Found;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.replication.Replications;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// What the log counts on, beside what the store has: at a start, and whenever something is found
/// to be damaged.
///
/// A put says of itself that it is wanted, before the log hears of it. Where the node died in
/// between, nobody was told that it is kept; but it may as well be, so it is accepted now.
///
/// Invariants: the store lets go of nothing before all that the log wants has its reference.
final class Comparison {
    private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);
    // As many as go together to another node.
    private static final int TOGETHER = 512;
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(10);

    private final BlobStore store;
    private final ReplicationLog log;
    private final StoreSteps steps;
    private final Consumer<NodeId> counted;
    private final Semaphore damage = new Semaphore(0);
    private final CountDownLatch end = new CountDownLatch(1);

    /// @param counted hears of each node that the log counts on
    Comparison(BlobStore store, ReplicationLog log, StoreSteps steps, Consumer<NodeId> counted) {
        this.store = store;
        this.log = log;
        this.steps = steps;
        this.counted = counted;
    }

    /// What the log counts on and the store has not.
    record Missing(BlobReplication blob, Piece piece) {}

    void stop() {
        end.countDown();
        damage.release();
    }

    private boolean isStopped() {
        return end.getCount() == 0;
    }

    /// Looks at all of them; what is missing is to be told afterwards, by [#follow]. In a thread
    /// that may wait.
    List<Missing> run() {
        Set<ContentHash> shards = new HashSet<>();
        List<Missing> missing = missing(shards);
        acceptUnknown(shards);
        if (!isStopped()) {
            store.mayLetGo();
        }
        return missing;
    }

    /// @param shards is given the names of those that are wanted here
    private List<Missing> missing(Set<ContentHash> shards) {
        List<Missing> missing = new ArrayList<>();
        long number = 0;
        long looked = 0;
        boolean isOver = false;
        while (!isStopped() && !isOver) {
            List<Replications.Numbered> some = log.after(number).toCompletableFuture().join();
            isOver = some.isEmpty();
            List<CompletableFuture<?>> said = new ArrayList<>();
            for (Replications.Numbered each : some) {
                number = each.number();
                looked++;
                each.blob().copies().nodes().forEach(counted);
                each.blob().stewards().keySet().forEach(counted);
                look(each.blob(), missing, said, shards);
            }
            CompletableFuture.allOf(said.toArray(CompletableFuture[]::new)).join();
        }
        LOG.debug("compared blobs looked={} missing={}", looked, missing.size());
        if (!missing.isEmpty()) {
            LOG.warn(
                    "blobs that are counted on here are not; others are asked for them missing={}",
                    missing.size());
        }
        return missing;
    }

    private void look(
            BlobReplication blob,
            List<Missing> missing,
            List<CompletableFuture<?>> said,
            Set<ContentHash> shards) {
        for (Piece piece : blob.wantedHere()) {
            Optional<PieceRef> ref = PieceRef.of(blob, piece);
            if (ref.isEmpty()) {
                continue;
            }
            ContentHash key = ref.get().key();
            if (!piece.isWhole()) {
                shards.add(key);
            }
            Optional<IndexEntry> entry = store.entry(key);
            if (entry.filter(each -> !each.damaged()).isEmpty()) {
                missing.add(new Missing(blob, piece));
            } else if (entry.get().references() == 0) {
                said.add(store.references(key, 1).toCompletableFuture());
            }
        }
    }

    private List<Missing> untold(List<Missing> some) {
        List<CompletableFuture<Boolean>> telling = new ArrayList<>();
        for (Missing each : some) {
            telling.add(
                    steps.lost(each.blob(), each.piece())
                            .thenApply(
                                    outcome -> {
                                        if (outcome instanceof Steps.Outcome.Happened(var event)) {
                                            log.happened(each.blob().blob(), event);
                                            return true;
                                        }
                                        return false;
                                    })
                            .toCompletableFuture());
        }
        List<Missing> left = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            if (!telling.get(i).join() && isMissing(some.get(i))) {
                left.add(some.get(i));
            }
        }
        return left;
    }

    private boolean isMissing(Missing missing) {
        return PieceRef.of(missing.blob(), missing.piece())
                .flatMap(ref -> store.entry(ref.key()))
                .filter(entry -> !entry.damaged())
                .isEmpty();
    }

    // What the store is told to keep, and the log does not know.
    private void acceptUnknown(Set<ContentHash> shards) {
        int accepted = 0;
        for (int from = 0; from >= 0 && !isStopped(); ) {
            BlobStore.Leaf leaf = store.entries(from);
            from = leaf.next();
            for (IndexEntry entry : leaf.entries()) {
                if (entry.references() > 0
                        && !entry.damaged()
                        && !shards.contains(entry.key())
                        && log.find(entry.key()).toCompletableFuture().join().isEmpty()) {
                    accepted += accept(entry.key()) ? 1 : 0;
                }
            }
        }
        if (accepted > 0) {
            LOG.info("blobs were put and not written down, and are now blobs={}", accepted);
        }
    }

    private boolean accept(ContentHash key) {
        return switch (store.get(key)) {
            case Found.Small(var content) -> accept(key, content, content.remaining());
            case Found.Large(var reading) -> {
                try (reading) {
                    yield accept(key, reading.read(0), reading.contentBytes());
                } catch (IOException failed) {
                    yield false;
                }
            }
            case Found _ -> false;
        };
    }

    private boolean accept(ContentHash key, ByteBuffer beginning, long sizeBytes) {
        if (ShardFile.isShard(beginning)) {
            store.references(key, 0).toCompletableFuture().join();
            return false;
        }
        // That it is wanted may be about to be taken back; how far it was to travel is told by the
        // log alone, which whoever puts it so far has waited for.
        log.accepted(key, sizeBytes, Reach.DEFAULT, ReplicationLog.UNSURE)
                .orTimeout(ReplicationLog.WRITTEN_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        return true;
    }

    /// Writes down what is missing, once those have heard of it that count on it; and goes on with
    /// what the disk loses from now on. In a thread of its own, until it is stopped.
    void follow(List<Missing> found) throws InterruptedException {
        store.onDamage(_ -> damage.release());
        List<Missing> open = found;
        while (!isStopped()) {
            open = told(open);
            boolean waits = open.isEmpty();
            if (waits) {
                damage.acquire();
            }
            // Where one is damaged others are, too, and each look is at all of them.
            var _ = end.await(AGAIN_AFTER.toSeconds(), TimeUnit.SECONDS);
            if (damage.drainPermits() > 0 || waits) {
                open = missing(new HashSet<>());
            }
        }
    }

    private List<Missing> told(List<Missing> open) {
        List<Missing> left = new ArrayList<>();
        for (int from = 0; from < open.size() && !isStopped(); from += TOGETHER) {
            left.addAll(untold(open.subList(from, Math.min(open.size(), from + TOGETHER))));
        }
        return left;
    }
}
