package org.elohim.cluster.journal;

import org.elohim.protocol.sync.Lane;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConnection;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Reads the journal, beside the writer and never in its way.
///
/// Invariants: every read is one short page, bounded in rows and in stored bytes, but never empty
/// while there is something: a long one would keep the write-ahead log from being cut, and large
/// events together would not fit into memory. What is decoded was committed.
///
/// An event that cannot be decoded fails whoever needs it, the actor that has written it and those
/// who want its changes; whoever reads along passes it over.
public final class JournalReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReader.class);

    // Reads are short; more threads than this only queue up at the disk.
    static final int THREADS = 2;

    // A page takes milliseconds.
    private static final long READS_END_MILLIS = 1_000;

    /// A page ends before the event that would take it beyond; a single one may be larger. Decoded,
    /// an event takes as much again.
    static final long PAGE_BYTES_MAX = 4 << 20;

    // SQLite knows the length without reading the payload.
    private static final String COLUMNS =
            "SELECT \"ordering\", persistence_id, sequence_number, writer, write_timestamp,"
                    + " adapter_manifest, event_payload, event_ser_id, event_ser_manifest,"
                    + " LENGTH(event_payload) FROM event_journal ";

    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    THREADS, Thread.ofPlatform().name("journal-reader-", 0).daemon().factory());
    private final BlockingQueue<Connection> connections = new ArrayBlockingQueue<>(THREADS);
    private final List<Connection> all;
    private volatile boolean closing;
    private final Decoder decoder;

    /// Turns a stored payload back into what it was.
    @FunctionalInterface
    interface Decoder {
        Object decode(byte[] payload, int serializerId, String manifest);
    }

    /// An event as it was written, decoded.
    record Stored(
            long ordering,
            String persistenceId,
            long sequenceNumber,
            String writer,
            long timestamp,
            String adapterManifest,
            Object event) {
        Committed committed() {
            return new Committed(ordering, persistenceId, sequenceNumber, (Journaled) event);
        }
    }

    /// Some of the journal, in its order.
    ///
    /// @param through all that was asked for was looked at up to here
    /// @param end there was nothing beyond
    /// @param gap something was passed over that cannot be read
    public record Page<T>(List<T> entries, long through, boolean end, boolean gap) {
        public Page {
            entries = List.copyOf(entries);
        }

        Page(List<T> entries, long through, boolean end) {
            this(entries, through, end, false);
        }
    }

    /// What a page keeps of an event: an event of many megabytes may be a small entry.
    public interface Entry<T> {
        T of(long ordering, Streamed event);
    }

    private interface Query<T> {
        T run(Connection connection) throws SQLException;
    }

    JournalReader(List<Connection> connections, Decoder decoder) {
        this.connections.addAll(connections);
        this.all = List.copyOf(connections);
        this.decoder = decoder;
    }

    /// The next entries of a lane after this place in the journal.
    ///
    /// @param bytesMax of the entries as the sessions see them
    public <T> CompletionStage<Page<T>> lane(
            Lane lane, long after, int entriesMax, long bytesMax, Entry<T> entry) {
        return read(connection -> lane(connection, lane, after, entriesMax, bytesMax, entry));
    }

    private <T> Page<T> lane(
            Connection connection,
            Lane lane,
            long after,
            int entriesMax,
            long bytesMax,
            Entry<T> entry)
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
            long journalEnd = newest.getLong(1);
            page.setInt(1, JournalRow.stored(lane));
            page.setLong(2, after);
            page.setInt(3, entriesMax);
            var entries = new ArrayList<T>();
            long through = after;
            int looked = 0;
            long entryBytes = 0;
            boolean gap = false;
            var stored = new Budget();
            try (ResultSet rows = page.executeQuery()) {
                while (rows.next()) {
                    if (!stored.allows(rows)) {
                        return new Page<>(entries, through, false, gap);
                    }
                    long ordering = rows.getLong(1);
                    Optional<Told<T>> sound = told(rows, ordering, entry);
                    if (sound.isPresent()) {
                        entryBytes += sound.get().sizeBytes();
                        if (!entries.isEmpty() && entryBytes > bytesMax) {
                            return new Page<>(entries, through, false, gap);
                        }
                        entries.add(sound.get().entry());
                    }
                    gap |= sound.isEmpty();
                    through = ordering;
                    looked++;
                }
            }
            boolean end = looked < entriesMax;
            return new Page<>(entries, end ? Math.max(after, journalEnd) : through, end, gap);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /// How much of the stream lies behind some cursors.
    ///
    /// @param oldestWrittenMillis by the clock of then
    public record Backlog(long entries, long oldestWrittenMillis) {}

    /// Counts what lies behind these cursors, in the index alone.
    public CompletionStage<Backlog> backlog(Map<Lane, Long> cursors) {
        return read(
                connection -> {
                    long entries = 0;
                    long oldest = Long.MAX_VALUE;
                    for (Lane lane : Lane.IN_ORDER) {
                        try (var query =
                                connection.prepareStatement(
                                        "SELECT COUNT(*), MIN(\"ordering\") FROM event_journal"
                                                + " INDEXED BY event_lane WHERE lane = ? AND"
                                                + " \"ordering\" > ?")) {
                            query.setInt(1, JournalRow.stored(lane));
                            query.setLong(2, cursors.getOrDefault(lane, 0L));
                            try (ResultSet row = query.executeQuery()) {
                                if (row.getLong(1) > 0) {
                                    entries += row.getLong(1);
                                    oldest = Math.min(oldest, row.getLong(2));
                                }
                            }
                        }
                    }
                    return new Backlog(entries, entries == 0 ? 0 : written(connection, oldest));
                });
    }

    private static long written(Connection connection, long ordering) throws SQLException {
        try (var query =
                connection.prepareStatement(
                        "SELECT write_timestamp FROM event_journal WHERE \"ordering\" = ?")) {
            query.setLong(1, ordering);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /// The last entry of the stream, in whatever lane; 0 where there is none.
    public CompletionStage<Long> lastStreamed() {
        return read(
                connection -> {
                    long last = 0;
                    for (Lane lane : Lane.IN_ORDER) {
                        try (var query =
                                connection.prepareStatement(
                                        "SELECT MAX(\"ordering\") FROM event_journal INDEXED BY"
                                                + " event_lane WHERE lane = ?")) {
                            query.setInt(1, JournalRow.stored(lane));
                            try (ResultSet row = query.executeQuery()) {
                                last = Math.max(last, row.getLong(1));
                            }
                        }
                    }
                    return last;
                });
    }

    /// The next events after this place in the journal, whoever wrote them.
    public CompletionStage<Page<Committed>> after(long ordering, int max) {
        return page(
                "WHERE \"ordering\" > ? ORDER BY \"ordering\" LIMIT ?",
                query -> {
                    query.setLong(1, ordering);
                    query.setInt(2, max);
                },
                max,
                row -> sound(row).map(Stored::committed));
    }

    /// The next events of an actor, from one number to another, both included.
    ///
    /// @param kept what the page keeps of each
    public <T> CompletionStage<Page<T>> events(
            String persistenceId, long from, long to, Function<Committed, T> kept) {
        return rows(
                persistenceId,
                from,
                to,
                JournalSettings.REPLAY_BATCH_EVENTS,
                stored -> kept.apply(stored.committed()));
    }

    CompletionStage<Page<Stored>> rows(String persistenceId, long from, long to, int max) {
        return rows(persistenceId, from, to, max, stored -> stored);
    }

    private <T> CompletionStage<Page<T>> rows(
            String persistenceId, long from, long to, int max, Function<Stored, T> kept) {
        return page(
                "WHERE persistence_id = ? AND deleted = 0 AND sequence_number BETWEEN ? AND ?"
                        + " ORDER BY sequence_number LIMIT ?",
                query -> {
                    query.setString(1, persistenceId);
                    query.setLong(2, from);
                    query.setLong(3, to);
                    query.setInt(4, max);
                },
                max,
                row -> Optional.of(kept.apply(decode(row))));
    }

    private <T> CompletionStage<Page<T>> page(
            String where, Binding binding, int max, Row<Optional<T>> kept) {
        return read(
                connection -> {
                    try (var page = connection.prepareStatement(COLUMNS + where)) {
                        binding.bind(page);
                        var found = new ArrayList<T>();
                        long through = 0;
                        int looked = 0;
                        var stored = new Budget();
                        try (ResultSet rows = page.executeQuery()) {
                            while (rows.next()) {
                                if (!stored.allows(rows)) {
                                    return new Page<>(found, through, false);
                                }
                                kept.read(rows).ifPresent(found::add);
                                through = rows.getLong(1);
                                looked++;
                            }
                        }
                        return new Page<>(found, through, looked < max);
                    }
                });
    }

    /// What a page has stepped through.
    private static final class Budget {
        private long bytes;

        /// Whether this row still belongs to the page: asked before its payload is read.
        boolean allows(ResultSet rows) throws SQLException {
            boolean first = bytes == 0;
            bytes += rows.getLong(10);
            return first || bytes <= PAGE_BYTES_MAX;
        }
    }

    CompletionStage<Long> highestSequenceNumber(String persistenceId) {
        return all(
                        "SELECT MAX(sequence_number) FROM event_journal WHERE persistence_id = ?",
                        query -> query.setString(1, persistenceId),
                        row -> row.getLong(1))
                .thenApply(List::getFirst);
    }

    interface Binding {
        void bind(PreparedStatement query) throws SQLException;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// All rows of a query that has only a few, none of them large; for the snapshots, which lie in
    /// the same file.
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

    private Stored decode(ResultSet rows) throws SQLException {
        String persistenceId = rows.getString(2);
        long sequenceNumber = rows.getLong(3);
        return new Stored(
                rows.getLong(1),
                persistenceId,
                sequenceNumber,
                rows.getString(4),
                rows.getLong(5),
                rows.getString(6),
                decode(
                        rows.getBytes(7),
                        rows.getInt(8),
                        rows.getString(9),
                        "event " + sequenceNumber + " of " + persistenceId));
    }

    private Object decode(byte[] payload, int serializerId, String manifest, String name) {
        try {
            return decoder.decode(payload, serializerId, manifest);
        } catch (Exception unreadable) {
            throw new Damaged(name + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private record Told<T>(T entry, long sizeBytes) {}

    // An entry that no peer could be told would hold up all behind it, for ever.
    private <T> Optional<Told<T>> told(ResultSet rows, long ordering, Entry<T> entry)
            throws SQLException {
        Optional<Streamed> event = sound(rows).map(stored -> (Streamed) stored.event());
        try {
            return event.map(
                    each -> new Told<>(entry.of(ordering, each), each.entry(ordering).sizeBytes()));
        } catch (IllegalArgumentException untellable) {
            LOG.warn("passed over in the journal: {}", untellable.getMessage());
            return Optional.empty();
        }
    }

    private Optional<Stored> sound(ResultSet rows) throws SQLException {
        try {
            return Optional.of(decode(rows));
        } catch (Damaged damaged) {
            LOG.warn("passed over in the journal: {}", damaged.getMessage());
            return Optional.empty();
        }
    }

    private <T> CompletionStage<T> read(Query<T> query) {
        if (closing) {
            return CompletableFuture.failedFuture(closed());
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        // Whoever still waits hears that at once, and nobody waits for him.
                        if (closing) {
                            throw closed();
                        }
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

    private static IllegalStateException closed() {
        return new IllegalStateException("the journal is closed");
    }

    /// Breaks off what takes long: counting what lies in a large journal for instance, which nobody
    /// wants to know any more.
    @Override
    public void close() throws SQLException {
        closing = true;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(READS_END_MILLIS, TimeUnit.MILLISECONDS)) {
                for (Connection connection : all) {
                    connection.unwrap(SQLiteConnection.class).getDatabase().interrupt();
                }
                if (!threads.awaitTermination(READS_END_MILLIS, TimeUnit.MILLISECONDS)) {
                    // It writes nothing; closing what it uses would wait for it.
                    LOG.warn("a read of the journal does not end; its connection stays open");
                }
            }
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
