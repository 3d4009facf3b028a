package org.elohim.node.blob;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// Memory that many want for a moment: they wait for each other in the order in which they came.
///
/// Invariants: never is more taken than there is; who wants more than all of it gets all of it;
/// whoever is told that there is none has waited for as long as he was asked to, or has found too
/// many before him.
final class SharedMemory {
    // Each holds a connection, and what was read of it ahead.
    static final int WAITING_MAX = 4096;

    private record Waiting(long bytes, CompletableFuture<Boolean> turn) {}

    private final long bytesMax;
    private final Duration patience;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long free;

    /// @param patience so long somebody waits for his turn
    SharedMemory(long bytesMax, Duration patience) {
        this.bytesMax = bytesMax;
        this.patience = patience;
        this.free = bytesMax;
    }

    /// Takes memory as soon as it is there, which [#giveBack] ends.
    ///
    /// @return false where it was not there in time
    CompletionStage<Boolean> take(long bytes) {
        CompletableFuture<Boolean> turn;
        synchronized (this) {
            if (takeNow(bytes)) {
                return CompletableFuture.completedFuture(true);
            }
            if (waiting.size() >= WAITING_MAX) {
                return CompletableFuture.completedFuture(false);
            }
            turn = new CompletableFuture<>();
            waiting.add(new Waiting(bytes, turn));
        }
        // The thread that tells the time has others to tell it to.
        return turn.completeOnTimeout(false, patience.toMillis(), TimeUnit.MILLISECONDS)
                .whenCompleteAsync(
                        (isThere, _) -> {
                            if (!isThere) {
                                letGo();
                            }
                        },
                        Thread::startVirtualThread);
    }

    /// Takes memory that is there and that nobody waits for.
    synchronized boolean takeNow(long bytes) {
        return waiting.isEmpty() && taken(bytes);
    }

    private boolean taken(long bytes) {
        long wanted = Math.min(bytes, bytesMax);
        if (wanted > free) {
            return false;
        }
        free -= wanted;
        return true;
    }

    /// What was taken before.
    void giveBack(long bytes) {
        handOn(Math.min(bytes, bytesMax));
    }

    // Whoever has waited too long. Where he wanted much, he may have kept others back who want
    // less.
    private void letGo() {
        synchronized (this) {
            waiting.removeIf(each -> each.turn().isDone());
        }
        handOn(0);
    }

    private void handOn(long bytes) {
        List<Waiting> next = new ArrayList<>();
        synchronized (this) {
            free += bytes;
            while (!waiting.isEmpty() && taken(waiting.getFirst().bytes())) {
                next.add(waiting.removeFirst());
            }
        }
        for (Waiting each : next) {
            // Whoever gives back may be many calls deep in one of these.
            Thread.startVirtualThread(() -> begin(each));
        }
    }

    private void begin(Waiting next) {
        if (!next.turn().complete(true)) {
            giveBack(next.bytes());
        }
    }
}
