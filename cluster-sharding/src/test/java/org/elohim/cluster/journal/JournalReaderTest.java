package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/// A stretch of large events in front of every sort of read.
class JournalReaderTest {
    private static final int EVENT_BYTES = 2 << 20;
    private static final int EVENTS = 7;
    private static final int MAX = 1_000;

    @TempDir Path directory;
    // Of one page: what was read and decoded of the payloads.
    private final AtomicLong decodedBytes = new AtomicLong();

    @SuppressWarnings("NullAway.Init") // set before each test
    private JournalReader reader;

    /// An event of many bytes that is a small entry.
    private record Large() implements Streamed {
        @Override
        public Lane lane() {
            return Lane.NEW;
        }

        @Override
        public StreamEntry entry(long ordering) {
            return StreamEntry.ofChanges(
                    ordering,
                    lane(),
                    DocumentId.ofRandom(new byte[16]),
                    List.of(new ContentHash(Bytes.parseHex("11".repeat(32)))),
                    null,
                    List.of());
        }
    }

    @BeforeEach
    void write() throws Exception {
        JournalSchema.current().prepare(directory);
        var writer = new JournalWriter(BareJournal.connection(directory), _ -> {});
        for (int number = 1; number <= EVENTS; number++) {
            writer.write(List.of(row(number))).toCompletableFuture().join();
        }
        writer.close();
        var connections = new ArrayList<Connection>();
        for (int i = 0; i < JournalReader.THREADS; i++) {
            connections.add(BareJournal.connection(directory));
        }
        reader =
                new JournalReader(
                        connections,
                        (payload, _, _) -> {
                            decodedBytes.addAndGet(payload.length);
                            return new Large();
                        });
    }

    @AfterEach
    void close() throws Exception {
        reader.close();
    }

    private static JournalRow row(long number) {
        return new JournalRow(
                "writer", number, "w", 0, "", new byte[EVENT_BYTES], 1, "m", new Large());
    }

    @Test
    void aPageOfALaneReadsNoMoreThanItsBytesAndTheNextGoesOn() {
        var seen = new ArrayList<Long>();
        JournalReader.Page<Long> page;
        long after = 0;
        do {
            page = bounded(reader.lane(Lane.NEW, after, MAX, Long.MAX_VALUE, (at, _) -> at));
            seen.addAll(page.entries());
            assertFalse(page.entries().isEmpty(), "goes on");
            after = page.through();
        } while (!page.end());
        assertEquals(numbers(), seen);
        assertEquals(EVENTS, after);
    }

    @Test
    void aPageOfALaneIsBoundedByItsEntriesAsWell() {
        long oneEntry = new Large().entry(1).sizeBytes();

        var page = bounded(reader.lane(Lane.NEW, 0, MAX, oneEntry, (at, _) -> at));

        assertEquals(List.of(1L), page.entries());
        assertEquals(1, page.through());
        assertFalse(page.end());
    }

    @Test
    void aPageOfTheWholeJournalReadsNoMoreThanItsBytes() {
        var seen = new ArrayList<Long>();
        JournalReader.Page<Committed> page;
        do {
            page = bounded(reader.after(seen.size(), MAX));
            page.entries().forEach(committed -> seen.add(committed.ordering()));
        } while (!page.end());
        assertEquals(numbers(), seen);
    }

    @Test
    void aReplayReadsNoMoreThanItsBytesAtOnce() {
        var seen = new ArrayList<Long>();
        JournalReader.Page<JournalReader.Stored> page;
        do {
            page = bounded(reader.rows("writer", seen.size() + 1, Long.MAX_VALUE, MAX));
            page.entries().forEach(stored -> seen.add(stored.sequenceNumber()));
        } while (!page.end());
        assertEquals(numbers(), seen);
    }

    @Test
    void anEventThatIsLargerThanAPageIsReadAlone() throws Exception {
        var writer = new JournalWriter(BareJournal.connection(directory), _ -> {});
        byte[] payload = new byte[(int) JournalReader.PAGE_BYTES_MAX + 1];
        writer.write(List.of(new JournalRow("other", 1, "w", 0, "", payload, 1, "m", new Large())))
                .toCompletableFuture()
                .join();
        writer.close();

        var page = reader.rows("other", 1, 1, MAX).toCompletableFuture().join();

        assertEquals(1, page.entries().size());
        assertTrue(page.end());
    }

    private <T> T bounded(CompletionStage<T> read) {
        T page = read.toCompletableFuture().join();
        long decoded = decodedBytes.getAndSet(0);
        assertTrue(decoded > 0 && decoded <= JournalReader.PAGE_BYTES_MAX, "decoded=" + decoded);
        return page;
    }

    private static List<Long> numbers() {
        return LongStream.rangeClosed(1, EVENTS).boxed().toList();
    }

    @Test
    @Timeout(30)
    void closingWaitsForNoReadForLong() throws Exception {
        var release = new CountDownLatch(1);
        var begun = new CountDownLatch(JournalReader.THREADS);
        var connections = new ArrayList<Connection>();
        for (int i = 0; i < JournalReader.THREADS; i++) {
            connections.add(BareJournal.connection(directory));
        }
        var slow =
                new JournalReader(
                        connections,
                        (_, _, _) -> {
                            begun.countDown();
                            awaitQuietly(release);
                            return new Large();
                        });
        for (int i = 0; i < JournalReader.THREADS; i++) {
            var _ = slow.after(0, MAX);
        }
        begun.await();
        var waiting = slow.after(0, MAX).toCompletableFuture();

        slow.close();

        assertFalse(waiting.isDone());
        release.countDown();
        assertThrows(CompletionException.class, waiting::join);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
