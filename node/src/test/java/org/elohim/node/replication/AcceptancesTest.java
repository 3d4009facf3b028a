package org.elohim.node.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.Outcome;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Blobs on their way into the log of copies.
class AcceptancesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int UNDER_WAY_MAX = 4096;

    private record Said(ContentHash blob, CompletableFuture<Long> written) {}

    private final Queue<Said> said = new ConcurrentLinkedQueue<>();
    private final Acceptances acceptances =
            new Acceptances(
                    (blob, _, _, _) -> {
                        var written = new CompletableFuture<Long>();
                        said.add(new Said(blob, written));
                        return written;
                    });

    private static ContentHash blob(int number) {
        return ContentHash.of(Bytes.parseHex("%08x".formatted(number)));
    }

    private CompletableFuture<Outcome> add(int number) {
        return add(number, Reach.DEFAULT);
    }

    private CompletableFuture<Outcome> add(int number, Reach reach) {
        return acceptances.add(blob(number), 4, reach, 0).toCompletableFuture();
    }

    private Said next() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (said.isEmpty()) {
            assertTrue(System.nanoTime() < deadline, "it was not said");
        }
        return said.remove();
    }

    @Test
    void nobodyWaitsForTheLogUnlessThereAreTooManyOnTheirWay() {
        for (int i = 0; i < UNDER_WAY_MAX; i++) {
            assertEquals(new Outcome.Done(), add(i).getNow(new Outcome.Absent()));
        }
        CompletableFuture<Outcome> oneMore = add(UNDER_WAY_MAX);
        assertFalse(oneMore.isDone());
        assertEquals(UNDER_WAY_MAX + 1, said.size(), "all were said");

        said.forEach(each -> each.written().complete(1L));
        assertEquals(new Outcome.Done(), oneMore.join());
        assertTrue(add(0).isDone());
    }

    @Test
    void howFarABlobMayTravelIsWrittenDownBeforeItIsAnswered() {
        CompletableFuture<Outcome> wide = add(1, Reach.COMMONS);
        assertFalse(wide.isDone());
        next().written().complete(1L);
        assertEquals(new Outcome.Done(), wide.join());
    }

    @Test
    void whatFailsIsSaidAgainAndMeanwhileWhoeverPutsIsTold() {
        add(1).join();
        next().written().completeExceptionally(new IOException("disk full"));

        CompletableFuture<Outcome> second = add(2);
        assertFalse(second.isDone());
        Said waited = next();
        assertEquals(blob(2), waited.blob());
        waited.written().completeExceptionally(new IOException("disk full"));
        var failed = assertInstanceOf(Outcome.Failed.class, second.join());
        assertTrue(failed.words().contains("disk full"), failed.words());

        Said again = next();
        assertEquals(blob(1), again.blob());
        again.written().complete(1L);
        assertTrue(add(3).isDone());
        assertEquals(blob(3), next().blob());
    }

    @Test
    void whatIsClosedSaysNothingAgain() {
        add(1).join();
        acceptances.close();
        next().written().completeExceptionally(new IOException("the actors have ended"));
        assertTrue(said.isEmpty());
    }
}
