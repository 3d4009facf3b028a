package org.elohim.node.blob;

import akka.Done;
import akka.NotUsed;
import akka.stream.Materializer;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Contents as they come in from others.
///
/// Invariants: what is answered as kept is on the disk; whoever sends is slowed down to what the
/// disk takes; how much of contents is in memory before it is written is bounded.
public final class BlobPuts {
    // Nothing of a content is read while it waits, so that its sender waits too. Shorter than the
    // answer to a request may take.
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int BATCH_BYTES_MIN = 64 << 10;
    private static final int BATCH_BYTES_MAX = 512 << 10;
    private static final int BATCHES = 100;
    // What each part of it takes beside its bytes, of which there may be one.
    private static final int PART_BYTES = 64;

    private final BlobStore store;
    private final BlobKeeper keeper;
    private final BlobUploads uploads;
    private final SharedMemory memory;
    // What is gathered of a content while the part before is hashed and written.
    private final int batchBytes;

    /// @param memoryBytes of contents that come and are not written yet
    BlobPuts(BlobStore store, BlobKeeper keeper, BlobUploads uploads, long memoryBytes) {
        this.store = store;
        this.keeper = keeper;
        this.uploads = uploads;
        this.memory = new SharedMemory(memoryBytes, PATIENCE);
        this.batchBytes = Math.clamp(memoryBytes / BATCHES, BATCH_BYTES_MIN, BATCH_BYTES_MAX);
    }

    /// Keeps a small content that came as a whole. Its hash is computed in the caller's thread.
    ///
    /// @param reach how far it may travel, also for the other ways to put one
    public CompletionStage<Stored> put(
            ByteString content, Optional<ContentHash> promised, Reach reach) {
        BlobStore.Hashed hashed = store.hash(content.getByteBuffers());
        ContentHash key = hashed.key();
        if (promised.filter(hash -> !hash.equals(key)).isPresent()) {
            return CompletableFuture.completedFuture(new Stored.Other(key));
        }
        return keeper.keep(hashed, reach)
                .thenApply(outcome -> Stored.of(outcome, key, content.size(), reach));
    }

    /// Does something that needs so much memory, as soon as it is there.
    ///
    /// @param busy what is answered where it was not there in time
    public <T> CompletionStage<T> within(
            long bytes, Supplier<CompletionStage<T>> work, Supplier<CompletionStage<T>> busy) {
        return memory.take(bytes).thenCompose(isThere -> isThere ? taken(bytes, work) : busy.get());
    }

    /// Does something that needs so much memory, where it is there. For whoever holds memory of its
    /// own while it waits.
    public <T> Optional<CompletionStage<T>> withinNow(
            long bytes, Supplier<CompletionStage<T>> work) {
        return memory.takeNow(bytes) ? Optional.of(taken(bytes, work)) : Optional.empty();
    }

    private <T> CompletionStage<T> taken(long bytes, Supplier<CompletionStage<T>> work) {
        CompletionStage<T> working;
        try {
            working = work.get();
        } catch (RuntimeException bug) {
            memory.giveBack(bytes);
            throw bug;
        }
        return working.whenComplete((_, _) -> memory.giveBack(bytes));
    }

    /// What is in memory of a small content: as it came, and the copy that is written.
    public static long smallBytes(long contentBytes) {
        return 2 * contentBytes;
    }

    /// What is in memory of a content that is written while it comes: one part that is written,
    /// also in one piece, one that is gathered, and what came first while it may be small, in a
    /// buffer that may just be growing.
    ///
    /// @param bytesTold how long it is to be, 0 where nobody has said
    public long streamBytes(long bytesTold) {
        long gathered = 3L * batchBytes;
        return store.isSmall(bytesTold) ? gathered + 3L * PackFormat.SMALL_BYTES_MAX / 2 : gathered;
    }

    /// Keeps what comes, however long it is; where it breaks off this fails, and nothing stays.
    ///
    /// @param bytesTold how long it is to be, 0 where nobody has said
    public CompletionStage<Stored> put(
            Source<ByteString, ?> content,
            long bytesTold,
            Optional<ContentHash> promised,
            Reach reach,
            Materializer materializer) {
        var arrival = new Arrival(store, keeper, Optional.empty(), bytesTold);
        return written(content, arrival::write, materializer)
                .thenCompose(_ -> waiting(() -> arrival.finish(promised, reach)))
                .whenCompleteAsync((_, _) -> drop(arrival), Thread::startVirtualThread);
    }

    private static void drop(Arrival arrival) {
        try {
            arrival.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// Writes what comes to an upload. Where it breaks off this fails, and what has come stays.
    public CompletionStage<NotUsed> write(
            Source<ByteString, ?> part, BlobUploads.Turn turn, Materializer materializer) {
        return written(part, turn::write, materializer).whenComplete((_, _) -> turn.rest());
    }

    /// Keeps an upload all of which has come.
    public CompletionStage<Stored> finish(BlobUploads.Turn turn, Reach reach) {
        return waiting(() -> turn.finish(reach));
    }

    public CompletionStage<BlobUploads.Begun> begin(
            ContentHash owner, ContentHash blob, long from, long bytesTold) {
        return waiting(() -> uploads.begin(owner, blob, from, bytesTold));
    }

    /// How far an upload has come; zero where there is none.
    public CompletionStage<Long> offset(ContentHash owner, ContentHash blob) {
        return waiting(() -> uploads.offset(owner, blob));
    }

    /// Nothing of an upload stays.
    public CompletionStage<NotUsed> drop(ContentHash owner, ContentHash blob) {
        return waiting(
                () -> {
                    uploads.drop(owner, blob);
                    return NotUsed.getInstance();
                });
    }

    @FunctionalInterface
    private interface Taker {
        void take(ByteString part) throws IOException;
    }

    private CompletionStage<NotUsed> written(
            Source<ByteString, ?> content, Taker taker, Materializer materializer) {
        // What is being written when the line breaks is written to its end: whoever asks then where
        // it stands is told what holds.
        var writing =
                new AtomicReference<CompletionStage<NotUsed>>(
                        CompletableFuture.completedFuture(NotUsed.getInstance()));
        CompletionStage<Done> all =
                content.batchWeighted(
                                batchBytes,
                                part -> (long) part.size() + PART_BYTES,
                                part -> part,
                                ByteString::concat)
                        .mapAsync(
                                1,
                                part -> {
                                    CompletionStage<NotUsed> written =
                                            waiting(
                                                    () -> {
                                                        taker.take(part);
                                                        return NotUsed.getInstance();
                                                    });
                                    writing.set(written);
                                    return written;
                                })
                        .runWith(Sink.ignore(), materializer);
        return all.handle((_, _) -> writing.get().handle((_, _) -> all))
                .thenCompose(last -> last)
                .thenCompose(done -> done)
                .thenApply(_ -> NotUsed.getInstance());
    }

    @FunctionalInterface
    interface Work<T> {
        T carryOut() throws IOException;
    }

    // The disk is waited for by a thread that nobody else waits for.
    static <T> CompletionStage<T> waiting(Work<T> work) {
        var done = new CompletableFuture<T>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        done.complete(work.carryOut());
                    } catch (IOException | RuntimeException failed) {
                        done.completeExceptionally(failed);
                    }
                });
        return done;
    }
}
