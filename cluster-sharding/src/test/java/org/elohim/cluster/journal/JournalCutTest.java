package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// What a crash leaves of the write-ahead log is some beginning of it, whole pages or not.
class JournalCutTest {
    private static final int WRITES = 12;
    private static final int EVENTS_PER_WRITE = 2;
    private static final String WAL = JournalSchema.FILE_NAME + "-wal";
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_HEADER_BYTES = 24;
    // A disk writes whole sectors, at best.
    private static final int SECTOR_BYTES = 512;

    @TempDir Path directory;

    @Test
    @DisplayName("R-05: every beginning of the write-ahead log is a beginning of the commits")
    void everyBeginningOfTheLogIsABeginningOfTheCommits() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        JournalSchema.current().prepare(data);
        // Which commits are acknowledged, by how long the log was then.
        var acknowledged = new TreeMap<Long, Integer>();
        var writer = new JournalWriter(BareJournal.connection(data), _ -> {});
        acknowledged.put(0L, 0);
        for (int i = 0; i < WRITES; i++) {
            writer.write(rows(i)).toCompletableFuture().join();
            acknowledged.put(Files.size(data.resolve(WAL)), i + 1);
        }
        byte[] file = Files.readAllBytes(data.resolve(JournalSchema.FILE_NAME));
        byte[] log = Files.readAllBytes(data.resolve(WAL));
        writer.close();
        int cuts = 0;
        for (int length : cuts(log, pageBytes(data))) {
            Path crashed = Files.createDirectory(directory.resolve("cut" + length));
            Files.write(crashed.resolve(JournalSchema.FILE_NAME), file);
            Files.write(crashed.resolve(WAL), Arrays.copyOf(log, length));
            int before = acknowledged.floorEntry((long) length).getValue();
            check(crashed, before, "cut at " + length + " of " + log.length);
            cuts++;
        }
        assertTrue(cuts > 10 * WRITES, "cuts=" + cuts);
    }

    private static List<Integer> cuts(byte[] log, int pageBytes) {
        int frame = FRAME_HEADER_BYTES + pageBytes;
        assertEquals(0, (log.length - HEADER_BYTES) % frame, "whole frames");
        return IntStream.rangeClosed(0, log.length)
                .filter(
                        at ->
                                at % SECTOR_BYTES == 0
                                        || at == HEADER_BYTES
                                        || (at - HEADER_BYTES) % frame <= 1
                                        || (at - HEADER_BYTES) % frame == frame - 1)
                .boxed()
                .toList();
    }

    /// Opens what the crash has left, as the node does, and goes on.
    private static void check(Path data, int acknowledged, String cut) throws Exception {
        JournalSchema.current().prepare(data);
        List<Stored> stored = stored(data);
        int whole = stored.size() / EVENTS_PER_WRITE;
        assertTrue(whole >= acknowledged, cut + " has lost " + acknowledged + ": " + stored);
        assertEquals(committed(whole), stored, cut);
        var writer = new JournalWriter(BareJournal.connection(data), _ -> {});
        writer.write(rows(WRITES)).toCompletableFuture().join();
        writer.close();
        assertEquals((whole + 1) * EVENTS_PER_WRITE, stored(data).size(), cut);
        try (Connection reopened = BareJournal.connection(data);
                var statement = reopened.createStatement();
                var row = statement.executeQuery("PRAGMA integrity_check")) {
            assertEquals("ok", row.getString(1), cut);
        }
    }

    private record Stored(long ordering, String writer, long sequenceNumber) {}

    private static List<Stored> committed(int writes) {
        var events = new ArrayList<Stored>();
        for (int i = 0; i < writes; i++) {
            for (int number = 1; number <= EVENTS_PER_WRITE; number++) {
                events.add(new Stored(events.size() + 1L, "writer" + i, number));
            }
        }
        return events;
    }

    private static List<Stored> stored(Path data) throws SQLException {
        var events = new ArrayList<Stored>();
        try (Connection reopened = BareJournal.connection(data);
                var statement = reopened.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT \"ordering\", persistence_id, sequence_number"
                                        + " FROM event_journal ORDER BY \"ordering\"")) {
            while (rows.next()) {
                events.add(new Stored(rows.getLong(1), rows.getString(2), rows.getLong(3)));
            }
        }
        return events;
    }

    private static int pageBytes(Path data) throws SQLException, IOException {
        try (Connection reopened = BareJournal.connection(data);
                var statement = reopened.createStatement();
                var row = statement.executeQuery("PRAGMA page_size")) {
            return row.getInt(1);
        }
    }

    private static List<JournalRow> rows(int writer) {
        return BareJournal.rows("writer" + writer, EVENTS_PER_WRITE);
    }
}
