package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

class JournalSettingsTest {
    private static final int WRITERS = 8;
    private static final int WRITES = 25;
    private static final int EVENTS_PER_WRITE = 100;
    private static final byte[] EVENT = new byte[1024];

    @TempDir Path directory;

    @Test
    void whatWritesTheJournalCommitsToTheDisk() {
        try (var journal = new JournalSystem(directory)) {
            LocalJournal.get(journal.actors)
                    .writer()
                    .submit(
                            connection -> {
                                assertEquals("wal", pragma(connection, "journal_mode"));
                                assertEquals("2", pragma(connection, "synchronous"), "FULL");
                                assertEquals("10000", pragma(connection, "busy_timeout"));
                                assertEquals("1000", pragma(connection, "wal_autocheckpoint"));
                                assertEquals("16777216", pragma(connection, "journal_size_limit"));
                            })
                    .toCompletableFuture()
                    .join();
            var settings = journal.actors.settings().config();
            assertFalse(settings.getBoolean("akka.actor.allow-java-serialization"));
        }
    }

    @Test
    void theWalStaysBoundedUnderALongLoadWithReaders() throws Exception {
        long largest = 0;
        try (var journal = new JournalSystem(directory);
                Connection reader = open()) {
            var writers =
                    IntStream.range(0, WRITERS)
                            .mapToObj(number -> journal.spawn(new Writer("Load|" + number)))
                            .toList();
            for (int write = 0; write < WRITES; write++) {
                var answers =
                        writers.stream().map(writer -> journal.ask(writer, Write::new)).toList();
                page(reader);
                answers.forEach(answer -> answer.orTimeout(20, TimeUnit.SECONDS).join());
                largest = Math.max(largest, Files.size(directory.resolve("journal.db-wal")));
            }
        }
        long written = (long) WRITERS * WRITES * EVENTS_PER_WRITE * EVENT.length;
        assertTrue(
                largest <= JournalSettings.WAL_BYTES_AFTER_CHECKPOINT,
                "largest WAL bytes=" + largest + " of " + written + " written");
    }

    private Connection open() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
    }

    private static void page(Connection reader) throws SQLException {
        try (var statement = reader.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT event_payload FROM event_journal LIMIT 500")) {
            while (rows.next()) {
                assertEquals(EVENT.length, rows.getBytes(1).length);
            }
        }
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("PRAGMA " + name)) {
            return String.valueOf(row.getString(1));
        }
    }

    private record Write(ActorRef<Integer> replyTo) {}

    private static final class Writer extends EventSourcedBehavior<Write, byte[], Integer> {
        Writer(String persistenceId) {
            super(PersistenceId.ofUniqueId(persistenceId));
        }

        @Override
        public Integer emptyState() {
            return 0;
        }

        @Override
        public CommandHandler<Write, byte[], Integer> commandHandler() {
            return (_, write) ->
                    Effect()
                            .persist(Collections.nCopies(EVENTS_PER_WRITE, EVENT))
                            .thenReply(write.replyTo(), count -> count);
        }

        @Override
        public EventHandler<Integer, byte[]> eventHandler() {
            return (count, _) -> count + 1;
        }
    }
}
