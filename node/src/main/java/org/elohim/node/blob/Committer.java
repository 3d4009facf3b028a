package org.elohim.node.blob;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// The one thread that brings changes to the disk: whatever queued up during a sync goes into the
/// next.
///
/// Invariants: a change is answered exactly once, in the order in which it was handed over.
final class Committer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    // More in a batch bring no more throughput, only longer waits.
    static final int BATCH_CHANGES_MAX = 1024;
    // Above it a change fails at once: each holds its content in memory.
    static final int QUEUED_CHANGES_MAX = 4096;
    private static final long CLOSE_SECONDS = 30;
    private static final long LOOK_MILLIS = 100;

    private record Waiting(Change change, CompletableFuture<Outcome> outcome) {}

    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUED_CHANGES_MAX);
    private final Function<List<Change>, List<Outcome>> commit;
    private final Thread thread;
    private volatile boolean stopping;

    Committer(Function<List<Change>, List<Outcome>> commit) {
        this.commit = commit;
        this.thread = Thread.ofPlatform().name("blob-committer").daemon().start(this::run);
    }

    CompletionStage<Outcome> submit(Change change) {
        var waiting = new Waiting(change, new CompletableFuture<>());
        if (stopping) {
            waiting.outcome().complete(new Outcome.Failed("the store of blobs is closed"));
        } else if (!queue.offer(waiting)) {
            waiting.outcome()
                    .complete(
                            new Outcome.Failed(
                                    "too much at once: "
                                            + QUEUED_CHANGES_MAX
                                            + " changes wait for the disk; try again"));
        } else if (stopping) {
            // It may have come behind the last look of the thread.
            failAll();
        }
        return waiting.outcome();
    }

    private void run() {
        List<Waiting> batch = new ArrayList<>();
        while (true) {
            batch.clear();
            try {
                Waiting first = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (first == null) {
                    if (stopping) {
                        return;
                    }
                    continue;
                }
                batch.add(first);
            } catch (InterruptedException notOurs) {
                LOG.debug("interrupted without a reason", notOurs);
                continue;
            }
            queue.drainTo(batch, BATCH_CHANGES_MAX - 1);
            write(batch);
        }
    }

    private void write(List<Waiting> batch) {
        List<Outcome> outcomes;
        try {
            outcomes = commit.apply(batch.stream().map(Waiting::change).toList());
        } catch (RuntimeException bug) {
            LOG.error("blobs could not be written", bug);
            batch.forEach(each -> each.outcome().completeExceptionally(bug));
            return;
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).outcome().complete(outcomes.get(i));
        }
    }

    private void failAll() {
        for (Waiting left = queue.poll(); left != null; left = queue.poll()) {
            left.outcome().complete(new Outcome.Failed("the store of blobs is closed"));
        }
    }

    /// Writes what is queued, then ends.
    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("a write of blobs does not end; what waits for it is not answered as done");
        }
        failAll();
    }
}
