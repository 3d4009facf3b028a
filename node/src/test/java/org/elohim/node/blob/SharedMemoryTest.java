package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class SharedMemoryTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final long PATIENCE_SECONDS = 60;

    private static boolean answer(CompletionStage<Boolean> turn) {
        return turn.toCompletableFuture().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    private static boolean waits(CompletionStage<Boolean> turn) {
        return !turn.toCompletableFuture().isDone();
    }

    @Test
    void whoComesFirstIsServedFirst() {
        var memory = new SharedMemory(100, LONG);
        assertTrue(answer(memory.take(60)));
        CompletionStage<Boolean> much = memory.take(80);
        CompletionStage<Boolean> little = memory.take(10);
        assertTrue(waits(much));
        assertTrue(waits(little), "there is room for it, and somebody before it");

        memory.giveBack(60);

        assertTrue(answer(much));
        assertTrue(answer(little));
        CompletionStage<Boolean> last = memory.take(11);
        assertTrue(waits(last));
        memory.giveBack(10);
        assertTrue(answer(last));
    }

    @Test
    void whoDoesNotWaitComesBehindThoseWhoDo() {
        var memory = new SharedMemory(100, LONG);
        assertTrue(memory.takeNow(60));
        assertFalse(memory.takeNow(60));
        CompletionStage<Boolean> waiting = memory.take(60);
        assertFalse(memory.takeNow(10));

        memory.giveBack(60);

        assertTrue(answer(waiting));
        assertTrue(memory.takeNow(40));
    }

    @Test
    void whoWantsMoreThanThereIsGetsAllOfIt() {
        var memory = new SharedMemory(100, LONG);
        assertTrue(answer(memory.take(1_000)));
        CompletionStage<Boolean> next = memory.take(1);
        assertTrue(waits(next));

        memory.giveBack(1_000);

        assertTrue(answer(next));
        assertTrue(answer(memory.take(99)));
        assertTrue(waits(memory.take(1)), "no more came back than was taken");
    }

    @Test
    void whoHasWaitedTooLongIsToldAndKeepsNobodyBack() {
        var memory = new SharedMemory(100, Duration.ofMillis(1));
        assertTrue(answer(memory.take(60)));

        assertFalse(answer(memory.take(80)));

        assertTrue(answer(memory.take(40)));
        assertFalse(answer(memory.take(1)));
    }

    @Test
    void notEverybodyMayWait() {
        var memory = new SharedMemory(1, LONG);
        assertTrue(answer(memory.take(1)));
        CompletionStage<Boolean> first = memory.take(1);
        for (int i = 1; i < SharedMemory.WAITING_MAX; i++) {
            var _ = memory.take(1);
        }

        assertFalse(answer(memory.take(1)));

        memory.giveBack(1);
        assertTrue(answer(first));
    }

    @Test
    void manyAtOnceNeverTakeMoreThanThereIsAndGiveAllOfItBack() {
        // So short a patience that turns come at the moment in which they are given up.
        var memory = new SharedMemory(1_000, Duration.ofMillis(2));
        var taken = new AtomicLong();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int each = 0; each < 200; each++) {
            var random = new Random(each);
            all.add(
                    CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; i < 50; i++) {
                                    long bytes = random.nextLong(1, 401);
                                    if (answer(memory.take(bytes))) {
                                        assertTrue(taken.addAndGet(bytes) <= 1_000);
                                        taken.addAndGet(-bytes);
                                        memory.giveBack(bytes);
                                    }
                                }
                            },
                            Thread::startVirtualThread));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();

        assertEquals(0, taken.get());
        awaitAll(memory);
    }

    // Whoever was given a turn too late hands it on in a thread of its own.
    private static void awaitAll(SharedMemory memory) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!answer(memory.take(1_000))) {
            assertTrue(System.nanoTime() < until, "something was never given back");
        }
    }
}
