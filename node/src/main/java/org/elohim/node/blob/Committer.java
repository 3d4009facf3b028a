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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// The one thread that brings changes to the disk: whatever queued up during a sync goes into the
/// next.
///
/// Invariants: changes are carried out in the order in which they were handed over, and each is
/// answered exactly once, whatever happens; what waits is bounded in number and in bytes. Nothing
/// of a caller's runs on this thread: who waits there for another write would wait for ever.
final class Committer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    // More in a batch bring no more throughput, only longer waits.
    static final int BATCH_CHANGES_MAX = 1024;
    // Above it a change fails at once: each holds its content in memory.
    static final int QUEUED_CHANGES_MAX = 4096;
    private static final long CLOSE_SECONDS = 30;
    private static final long LOOK_MILLIS = 100;

    private record Waiting(Change change, CompletableFuture<Outcome> outcome) {}

    // One more for the record of a large blob, of which there is one at a time: after all of it was
    // brought here it is not to be sent away.
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUED_CHANGES_MAX + 1);
    private final AtomicInteger queuedChanges = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final long queuedBytesMax;
    private final Function<List<Change>, List<Outcome>> commit;
    private final Thread thread;
    private volatile boolean stopping;

    /// @param queuedBytesMax of contents that wait
    /// @param commit carries out a batch, and says what became of each
    Committer(long queuedBytesMax, Function<List<Change>, List<Outcome>> commit) {
        this.queuedBytesMax = queuedBytesMax;
        this.commit = commit;
        this.thread = Thread.ofPlatform().name("blob-committer").daemon().start(this::run);
    }

    CompletionStage<Outcome> submit(Change change) {
        return handOver(change).minimalCompletionStage();
    }

    /// The record of a large blob is waited for, also by a thread that is interrupted: whoever
    /// gives the name up half-way would leave a file that nobody knows of.
    Outcome submitLarge(Change change) {
        return handOver(change).join();
    }

    private CompletableFuture<Outcome> handOver(Change change) {
        var waiting = new Waiting(change, new CompletableFuture<>());
        if (stopping) {
            refuse(waiting);
        } else if (!isQueued(waiting)) {
            waiting.outcome()
                    .complete(
                            new Outcome.Failed(
                                    "too much at once: %d changes or %d MiB wait for the disk; try again"
                                            .formatted(QUEUED_CHANGES_MAX, queuedBytesMax >> 20)));
        } else if (stopping) {
            // It may have come behind the last look of the thread.
            refuseAll();
        }
        return waiting.outcome();
    }

    private boolean isQueued(Waiting waiting) {
        if (waiting.change() instanceof Change.PutLarge) {
            return queue.offer(waiting);
        }
        long bytes = bytes(waiting);
        boolean areFew = queuedChanges.incrementAndGet() <= QUEUED_CHANGES_MAX;
        long queued = queuedBytes.addAndGet(bytes);
        // What is longer than all that may wait goes where nothing else does.
        boolean areShort = queued <= queuedBytesMax || queued == bytes;
        if (areFew && areShort && queue.offer(waiting)) {
            return true;
        }
        queuedChanges.decrementAndGet();
        queuedBytes.addAndGet(-bytes);
        return false;
    }

    private void leaveQueue(Waiting waiting) {
        if (!(waiting.change() instanceof Change.PutLarge)) {
            queuedChanges.decrementAndGet();
            queuedBytes.addAndGet(-bytes(waiting));
        }
    }

    private static long bytes(Waiting waiting) {
        return waiting.change() instanceof Change.Put put ? put.content().remaining() : 0;
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
        } catch (RuntimeException | Error bug) {
            // Also want of memory: the next batch may be smaller, and nobody may wait for ever.
            LOG.error("blobs could not be written", bug);
            var failed = new Outcome.Failed("not written: " + bug);
            outcomes = batch.stream().<Outcome>map(_ -> failed).toList();
        }
        for (int i = 0; i < batch.size(); i++) {
            leaveQueue(batch.get(i));
            answer(batch.get(i), outcomes.get(i));
        }
    }

    private static void answer(Waiting waiting, Outcome outcome) {
        Thread.startVirtualThread(() -> waiting.outcome().complete(outcome));
    }

    private static void refuse(Waiting waiting) {
        waiting.outcome().complete(new Outcome.Failed("the store of blobs is closed"));
    }

    private void refuseAll() {
        for (Waiting left = queue.poll(); left != null; left = queue.poll()) {
            refuse(left);
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
        refuseAll();
    }
}
