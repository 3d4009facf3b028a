package org.elohim.cluster.journal;

import org.elohim.protocol.sync.Lane;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Reads the journal, beside the writer and never in its way.
///
/// Invariants: every read is one short page, since a long one would keep the write-ahead log from
/// being cut; what is decoded was committed.
public final class JournalReader implements AutoCloseable {
    // Reads are short; more threads than this only queue up at the disk.
    static final int THREADS = 2;

    private static final String COLUMNS =
            "SELECT \"ordering\", persistence_id, sequence_number, writer, write_timestamp,"
                    + " adapter_manifest, event_payload, event_ser_id, event_ser_manifest"
                    + " FROM event_journal ";

    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    THREADS, Thread.ofPlatform().name("journal-reader-", 0).daemon().factory());
    private final BlockingQueue<Connection> connections = new ArrayBlockingQueue<>(THREADS);
    private final Decoder decoder;

    /// Turns a stored payload back into what it was.
    @FunctionalInterface
    interface Decoder {
        Object decode(byte[] payload, int serializerId, String manifest);
    }

    /// An event of the stream and its place.
    public record Entry(long ordering, Streamed event) {}

    /// One page of one lane.
    ///
    /// @param through all of the lane up to here was looked at
    /// @param end there was nothing beyond
    public record LanePage(List<Entry> entries, long through, boolean end) {
        public LanePage {
            entries = List.copyOf(entries);
        }
    }

    private interface Query<T> {
        T run(Connection connection) throws SQLException;
    }

    JournalReader(List<Connection> connections, Decoder decoder) {
        this.connections.addAll(connections);
        this.decoder = decoder;
    }

    /// The next entries of a lane after this place in the journal.
    public CompletionStage<LanePage> lane(Lane lane, long after, int entriesMax, long bytesMax) {
        return read(connection -> lane(connection, lane, after, entriesMax, bytesMax));
    }

    private LanePage lane(
            Connection connection, Lane lane, long after, int entriesMax, long bytesMax)
            throws SQLException {
        // One transaction for both statements: else an entry could fall between them.
        connection.setAutoCommit(false);
        try (var page =
                        connection.prepareStatement(
                                COLUMNS
                                        + "INDEXED BY event_lane WHERE lane = ? AND \"ordering\" >"
                                        + " ? ORDER BY \"ordering\" LIMIT ?");
                var last =
                        connection.prepareStatement("SELECT MAX(\"ordering\") FROM event_journal");
                var newest = last.executeQuery()) {
            long end = newest.getLong(1);
            page.setInt(1, JournalRow.stored(lane));
            page.setLong(2, after);
            page.setInt(3, entriesMax);
            var entries = new ArrayList<Entry>();
            long bytes = 0;
            try (ResultSet rows = page.executeQuery()) {
                while (rows.next()) {
                    var entry = new Entry(rows.getLong(1), (Streamed) decode(rows).event);
                    bytes += entry.event().entry(entry.ordering()).sizeBytes();
                    if (!entries.isEmpty() && bytes > bytesMax) {
                        return new LanePage(entries, entries.getLast().ordering(), false);
                    }
                    entries.add(entry);
                }
            }
            boolean full = entries.size() == entriesMax;
            return new LanePage(
                    entries, full ? entries.getLast().ordering() : Math.max(after, end), !full);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /// All events after this place in the journal, whoever wrote them.
    public CompletionStage<List<Committed>> after(long ordering, int max) {
        return read(
                connection -> {
                    try (var page =
                            connection.prepareStatement(
                                    COLUMNS
                                            + "WHERE \"ordering\" > ? ORDER BY \"ordering\""
                                            + " LIMIT ?")) {
                        page.setLong(1, ordering);
                        page.setInt(2, max);
                        var committed = new ArrayList<Committed>();
                        try (ResultSet rows = page.executeQuery()) {
                            while (rows.next()) {
                                JournalRow row = decode(rows);
                                committed.add(
                                        new Committed(
                                                rows.getLong(1),
                                                row.persistenceId,
                                                row.sequenceNumber,
                                                (Journaled) row.event));
                            }
                        }
                        return committed;
                    }
                });
    }

    /// The events of one actor, from one number to another, both included.
    public CompletionStage<List<Committed>> events(String persistenceId, long from, long to) {
        return rows(persistenceId, from, to, Integer.MAX_VALUE)
                .thenApply(
                        rows ->
                                rows.stream()
                                        .map(
                                                row ->
                                                        new Committed(
                                                                row.ordering(),
                                                                persistenceId,
                                                                row.row().sequenceNumber,
                                                                (Journaled) row.row().event))
                                        .toList());
    }

    record Placed(long ordering, JournalRow row) {}

    CompletionStage<List<Placed>> rows(String persistenceId, long from, long to, int max) {
        return read(
                connection -> {
                    try (var page =
                            connection.prepareStatement(
                                    COLUMNS
                                            + "WHERE persistence_id = ? AND deleted = 0"
                                            + " AND sequence_number BETWEEN ? AND ?"
                                            + " ORDER BY sequence_number LIMIT ?")) {
                        page.setString(1, persistenceId);
                        page.setLong(2, from);
                        page.setLong(3, to);
                        page.setInt(4, max);
                        var found = new ArrayList<Placed>();
                        try (ResultSet rows = page.executeQuery()) {
                            while (rows.next()) {
                                found.add(new Placed(rows.getLong(1), decode(rows)));
                            }
                        }
                        return found;
                    }
                });
    }

    CompletionStage<Long> highestSequenceNumber(String persistenceId) {
        return one(
                "SELECT MAX(sequence_number) FROM event_journal WHERE persistence_id = ?",
                query -> query.setString(1, persistenceId),
                row -> row.getLong(1));
    }

    interface Binding {
        void bind(PreparedStatement query) throws SQLException;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> CompletionStage<T> one(String sql, Binding binding, Row<T> row) {
        return read(
                connection -> {
                    try (var query = connection.prepareStatement(sql)) {
                        binding.bind(query);
                        try (ResultSet rows = query.executeQuery()) {
                            rows.next();
                            return row.read(rows);
                        }
                    }
                });
    }

    /// All rows of a query; for the snapshots, which lie in the same file.
    <T> CompletionStage<List<T>> all(String sql, Binding binding, Row<T> row) {
        return read(
                connection -> {
                    try (var query = connection.prepareStatement(sql)) {
                        binding.bind(query);
                        var found = new ArrayList<T>();
                        try (ResultSet rows = query.executeQuery()) {
                            while (rows.next()) {
                                found.add(row.read(rows));
                            }
                        }
                        return found;
                    }
                });
    }

    private JournalRow decode(ResultSet rows) throws SQLException {
        byte[] payload = rows.getBytes(7);
        int serializerId = rows.getInt(8);
        String manifest = rows.getString(9);
        return new JournalRow(
                rows.getString(2),
                rows.getLong(3),
                rows.getString(4),
                rows.getLong(5),
                rows.getString(6),
                payload,
                serializerId,
                manifest,
                decoder.decode(payload, serializerId, manifest));
    }

    private <T> CompletionStage<T> read(Query<T> query) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Connection connection = connections.take();
                        try {
                            return query.run(connection);
                        } finally {
                            connections.add(connection);
                        }
                    } catch (SQLException failed) {
                        throw new CompletionException(failed);
                    } catch (InterruptedException stopped) {
                        Thread.currentThread().interrupt();
                        throw new CompletionException(stopped);
                    }
                },
                threads);
    }

    @Override
    public void close() throws SQLException {
        threads.close();
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
