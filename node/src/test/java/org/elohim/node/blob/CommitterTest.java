package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class CommitterTest {
    private static final long QUEUED_BYTES_MAX = 64 << 20;
    private static final long PATIENCE_SECONDS = 60;

    private static Outcome join(CompletionStage<Outcome> outcome) {
        return outcome.toCompletableFuture().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    private static Change put(int number, int bytes) {
        return new Change.Put(Script.key(number), ByteBuffer.allocate(bytes));
    }

    private static List<Outcome> done(List<Change> changes) {
        return changes.stream().<Outcome>map(_ -> new Outcome.Done()).toList();
    }

    @Test
    void anErrorIsAnsweredAndTheNextChangeIsTriedAgain() {
        var calls = new AtomicInteger();
        try (var committer =
                new Committer(
                        QUEUED_BYTES_MAX,
                        changes -> {
                            if (calls.incrementAndGet() == 1) {
                                throw new OutOfMemoryError("for this test");
                            }
                            return done(changes);
                        })) {
            assertInstanceOf(Outcome.Failed.class, join(committer.submit(put(1, 5))));
            assertEquals(new Outcome.Done(), join(committer.submit(put(2, 5))));
        }
    }

    @Test
    void noMoreBytesWaitThanFitIntoMemory() {
        var mayWrite = new CountDownLatch(1);
        var isWriting = new CountDownLatch(1);
        try (var committer =
                new Committer(
                        QUEUED_BYTES_MAX,
                        changes -> {
                            isWriting.countDown();
                            await(mayWrite);
                            return done(changes);
                        })) {
            var first = committer.submit(put(0, 1));
            await(isWriting);
            List<CompletionStage<Outcome>> answers = new ArrayList<>();
            // All of these share one buffer; the bytes are counted all the same.
            var content = ByteBuffer.allocate(1 << 20);
            long fits = QUEUED_BYTES_MAX / content.remaining() - 1;
            for (int i = 0; i < fits; i++) {
                answers.add(committer.submit(new Change.Put(Script.key(i), content)));
            }

            var refused = committer.submit(new Change.Put(Script.key(90), content.duplicate()));
            var large =
                    CompletableFuture.supplyAsync(
                            () -> committer.submitLarge(new Change.PutLarge(Script.key(95), 7)));
            mayWrite.countDown();

            assertInstanceOf(Outcome.Failed.class, join(refused));
            assertEquals(new Outcome.Done(), join(first));
            answers.forEach(answer -> assertEquals(new Outcome.Done(), join(answer)));
            assertEquals(new Outcome.Done(), join(large));
            assertEquals(new Outcome.Done(), join(committer.submit(put(92, 1 << 20))));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void whatIsLongerThanAllThatMayWaitIsTakenAlone() {
        try (var committer = new Committer(10, CommitterTest::done)) {
            assertEquals(new Outcome.Done(), join(committer.submit(put(1, 50))));
        }
    }

    @Test
    void whoIsAnsweredMayWaitForAnotherAnswer() {
        try (var committer = new Committer(QUEUED_BYTES_MAX, CommitterTest::done)) {
            var both =
                    committer.submit(put(1, 5)).thenApply(_ -> join(committer.submit(put(2, 5))));

            assertEquals(new Outcome.Done(), join(both));
        }
    }

    @Test
    void nobodyAnswersForTheStore() {
        var mayWrite = new CountDownLatch(1);
        try (var committer =
                new Committer(
                        QUEUED_BYTES_MAX,
                        changes -> {
                            await(mayWrite);
                            return done(changes);
                        })) {
            CompletionStage<Outcome> answer = committer.submit(put(1, 5));
            assertTrue(answer.toCompletableFuture().complete(new Outcome.Absent()));

            mayWrite.countDown();

            assertEquals(new Outcome.Done(), join(answer));
        }
    }
}
