package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;

class JournalWriterTest {

    @TempDir Path directory;
    private final List<Committed> heard = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init") // set before each test
    private JournalWriter writer;

    @BeforeEach
    void open() throws SQLException {
        JournalSchema.current().prepare(directory);
        writer = new JournalWriter(BareJournal.connection(directory), heard::addAll);
    }

    @AfterEach
    void close() throws SQLException, InterruptedException {
        writer.close();
    }

    @Test
    void commitsAreNumberedDenselyAndHeardInOrderBeforeTheWriterKnows() {
        var writes = new ArrayList<CompletableFuture<Void>>();
        for (int i = 1; i <= 500; i++) {
            writes.add(writer.write(List.of(row("a", i), row("b", i))).toCompletableFuture());
        }
        writes.getLast().join();

        assertEquals(
                LongStream.rangeClosed(1, 1_000).boxed().toList(),
                heard.stream().map(Committed::ordering).toList());
        assertTrue(writes.stream().allMatch(CompletableFuture::isDone));
    }

    @Test
    void aWriteThatCannotBeMadeFailsAloneAndLeavesNoGap() {
        writer.write(List.of(row("a", 1))).toCompletableFuture().join();
        var blocked = new CountDownLatch(1);
        var gate = writer.submit(_ -> await(blocked)).toCompletableFuture();
        var before = writer.write(List.of(row("b", 1))).toCompletableFuture();
        var twice = writer.write(List.of(row("c", 1), row("a", 1))).toCompletableFuture();
        var after = writer.write(List.of(row("d", 1))).toCompletableFuture();
        blocked.countDown();

        gate.join();
        before.join();
        after.join();
        assertThrows(CompletionException.class, twice::join);
        assertEquals(List.of("a", "b", "d"), heard.stream().map(Committed::persistenceId).toList());
        assertEquals(List.of(1L, 2L, 3L), heard.stream().map(Committed::ordering).toList());
    }

    @Test
    void aFullDiskIsToldUntilThereIsRoomAgainAndARowThatContradictsOthersIsNot() {
        writer.write(List.of(row("a", 1))).toCompletableFuture().join();
        var twice = writer.write(List.of(row("a", 1))).toCompletableFuture();
        assertThrows(CompletionException.class, twice::join);
        assertTrue(writer.takesWrites());

        pagesMax(1);
        var tooMuch = writer.write(List.of(BareJournal.row("b", 1, 1 << 20))).toCompletableFuture();
        assertThrows(CompletionException.class, tooMuch::join);
        assertFalse(writer.takesWrites());
        pagesMax(1 << 20);
        assertTrue(writer.takesWrites());
        writer.write(List.of(BareJournal.row("b", 1, 1 << 20))).toCompletableFuture().join();
    }

    /// The driver would never run a statement again that has failed so.
    @Test
    void aDiskThatWasReadOnlyIsWrittenAgain() {
        readOnly(true);
        var write = writer.write(List.of(row("a", 1))).toCompletableFuture();
        assertThrows(CompletionException.class, write::join);
        assertFalse(writer.takesWrites());

        readOnly(false);
        writer.write(List.of(row("a", 1))).toCompletableFuture().join();
        assertTrue(writer.takesWrites());
    }

    private void readOnly(boolean readOnly) {
        writer.submit(
                        connection -> {
                            try (var statement = connection.createStatement()) {
                                statement.execute("PRAGMA query_only = " + readOnly);
                            }
                        })
                .toCompletableFuture()
                .join();
    }

    // SQLite takes the pages there are already for granted.
    private void pagesMax(int pages) {
        writer.submit(
                        connection -> {
                            try (var statement = connection.createStatement()) {
                                statement.executeUpdate("UPDATE sqlite_sequence SET seq = seq");
                                statement.execute("PRAGMA max_page_count = " + pages);
                            }
                        })
                .toCompletableFuture()
                .join();
    }

    @Test
    void numbersGoOnAfterAReopen() throws Exception {
        writer.write(List.of(row("a", 1), row("a", 2))).toCompletableFuture().join();
        writer.close();
        writer = new JournalWriter(BareJournal.connection(directory), heard::addAll);

        writer.write(List.of(row("a", 3))).toCompletableFuture().join();

        assertEquals(3, heard.getLast().ordering());
    }

    @Test
    void aListenerThatFailsDoesNotHideACommit() throws Exception {
        writer.close();
        writer =
                new JournalWriter(
                        BareJournal.connection(directory),
                        _ -> {
                            throw new IllegalStateException("listener");
                        });

        writer.write(List.of(row("a", 1))).toCompletableFuture().join();
    }

    @Test
    void aClosedJournalSaysSo() throws Exception {
        writer.close();

        var late = writer.write(List.of(row("a", 1))).toCompletableFuture();

        assertThrows(CompletionException.class, late::join);
        writer = new JournalWriter(BareJournal.connection(directory), heard::addAll);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    private static JournalRow row(String persistenceId, long sequenceNumber) {
        return BareJournal.row(persistenceId, sequenceNumber, 10);
    }
}
