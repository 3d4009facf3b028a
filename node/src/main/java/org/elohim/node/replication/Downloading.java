package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.Download;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/// Carries out one [Download]: a virtual thread for each range that is asked for.
///
/// Invariants: what has come is written by one thread at a time, in its order, before more is read
/// from whoever brought it.
final class Downloading {
    private static final Logger LOG = LoggerFactory.getLogger(Downloading.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final BlobLine line;
    private final Incoming incoming;
    private final Download download;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Range> ranges = new HashMap<>();
    private final CompletableFuture<Ended> ended = new CompletableFuture<>();

    /// How it has ended.
    sealed interface Ended {
        record Kept() implements Ended {}

        record NoRoom(String words) implements Ended {}

        /// Nobody could bring it.
        record GaveUp(String why) implements Ended {}
    }

    // One that is asked for; its input may not be there yet when nobody wants it any more.
    private static final class Range {
        Optional<FrameInput> input = Optional.empty();
        boolean isCancelled;
    }

    Downloading(BlobLine line, Incoming incoming, Collection<NodeId> sources) {
        this.line = line;
        this.incoming = incoming;
        this.download =
                new Download(
                        incoming.piece().lengthBytes(),
                        incoming.written(),
                        sources,
                        Download.Limits.USUAL);
    }

    /// Returns once it has ended; in a thread that may wait.
    Ended run() throws InterruptedException {
        act(() -> download.begin(nowMillis()));
        while (true) {
            try {
                return ended.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException notYet) {
                act(() -> download.tick(nowMillis()));
            } catch (ExecutionException bug) {
                throw new IllegalStateException(bug);
            }
        }
    }

    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @FunctionalInterface
    private interface Word {
        List<Download.Step> say();
    }

    private void act(Word word) {
        lock.lock();
        try {
            Deque<Download.Step> steps = new ArrayDeque<>(word.say());
            while (!steps.isEmpty() && !ended.isDone()) {
                carryOut(steps.remove(), steps);
            }
        } catch (IOException disk) {
            end(new Ended.NoRoom(String.valueOf(disk.getMessage())));
        } finally {
            lock.unlock();
        }
    }

    private void carryOut(Download.Step step, Deque<Download.Step> more) throws IOException {
        switch (step) {
            case Download.Step.Ask ask -> {
                var range = new Range();
                ranges.put(ask.request(), range);
                Thread.startVirtualThread(() -> bring(ask, range));
            }
            case Download.Step.Cancel(long request) -> cancel(ranges.remove(request));
            case Download.Step.Write(var bytes) -> incoming.write(bytes);
            case Download.Step.BeginAgain() -> incoming.beginAgain();
            case Download.Step.Verify() -> {
                switch (incoming.keep()) {
                    case KEPT -> {
                        more.addAll(download.verified(true, nowMillis()));
                        end(new Ended.Kept());
                    }
                    case ANOTHER -> {
                        LOG.warn("a piece was not what was asked for piece={}", incoming.piece());
                        more.addAll(download.verified(false, nowMillis()));
                    }
                    case NO_ROOM -> end(new Ended.NoRoom("there is no room for it"));
                    case FAILED -> end(new Ended.NoRoom("the disk did not take it"));
                }
            }
            case Download.Step.GiveUp(var why) -> end(new Ended.GaveUp(why));
        }
    }

    private void end(Ended how) {
        ranges.values().forEach(Downloading::cancel);
        ranges.clear();
        ended.complete(how);
    }

    private static void cancel(@Nullable Range range) {
        if (range != null) {
            range.isCancelled = true;
            range.input.ifPresent(Downloading::close);
        }
    }

    private static void close(FrameInput input) {
        try {
            input.close();
        } catch (IOException failed) {
            LOG.debug("not closed", failed);
        }
    }

    private void bring(Download.Step.Ask ask, Range range) {
        var want = new BlobFrame.Want(incoming.piece(), ask.from(), ask.to());
        try (FrameInput input = line.ask(ask.source(), List.of(want))) {
            lock.lock();
            try {
                if (range.isCancelled) {
                    return;
                }
                range.input = Optional.of(input);
            } finally {
                lock.unlock();
            }
            read(ask, input);
        } catch (IOException | RuntimeException failed) {
            act(() -> download.failed(ask.request(), words(failed), false, nowMillis()));
        }
    }

    private void read(Download.Step.Ask ask, FrameInput input) throws IOException {
        while (true) {
            Optional<BlobFrame> next = input.next();
            if (next.isEmpty()) {
                act(() -> download.failed(ask.request(), "it broke off", false, nowMillis()));
                return;
            }
            switch (next.get()) {
                case BlobFrame.Part(_, long offset, var bytes) ->
                        act(() -> download.part(ask.request(), offset, bytes, nowMillis()));
                case BlobFrame.End _ -> {
                    // The rest is read too, so that the connection serves for the next request.
                    if (input.next().isPresent()) {
                        throw new IOException("more came after the end");
                    }
                    act(() -> download.ended(ask.request(), nowMillis()));
                    return;
                }
                case BlobFrame.Missing(_, var why) -> {
                    act(() -> download.failed(ask.request(), why, true, nowMillis()));
                    return;
                }
                case BlobFrame.Verdict(_, _, var why) -> throw new IOException(why);
                case BlobFrame.Alive _ -> {}
                case BlobFrame other -> throw new IOException("not an answer: " + other);
            }
        }
    }

    static String words(Throwable failed) {
        Throwable cause = failed;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
