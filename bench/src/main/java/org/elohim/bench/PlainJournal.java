package org.elohim.bench;

import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.journal.JournalSettings;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// The limit: the same rows into the same table by hand-written JDBC. One thread takes whatever
/// waits into one transaction; each caller waits for the commit of its row before it sends the
/// next.
final class PlainJournal implements Load {
    private static final String INSERT =
            "INSERT INTO event_journal (deleted, persistence_id, sequence_number, writer,"
                    + " write_timestamp, adapter_manifest, event_payload, event_ser_id,"
                    + " event_ser_manifest) VALUES (0, ?, ?, ?, ?, '', ?, 4, '')";
    private static final String WRITER = "00000000-0000-0000-0000-000000000000";

    private record Row(String persistenceId, long sequenceNumber, CompletableFuture<Void> done) {}

    private final Connection connection;
    private final byte[] event;
    private final BlockingQueue<Row> queue;
    private final LongAdder committed = new LongAdder();
    private final ExecutorService writer = Executors.newSingleThreadExecutor();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean calling = true;
    private volatile boolean writing = true;

    PlainJournal(Path directory, int callers, byte[] event) throws SQLException {
        connection =
                DriverManager.getConnection(
                        "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME),
                        JournalSettings.writerPragmas());
        connection.setAutoCommit(false);
        this.event = event;
        queue = new ArrayBlockingQueue<>(callers);
        writer.execute(this::write);
        for (int caller = 0; caller < callers; caller++) {
            String persistenceId = JournalBenchmark.persistenceId(caller);
            this.callers.execute(() -> call(persistenceId));
        }
    }

    @Override
    public long committed() {
        return committed.sum();
    }

    private void call(String persistenceId) {
        for (long sequenceNumber = 1; calling; sequenceNumber++) {
            var row = new Row(persistenceId, sequenceNumber, new CompletableFuture<>());
            if (!queue.offer(row)) {
                throw new IllegalStateException("more rows than callers");
            }
            row.done().join();
        }
    }

    private void write() {
        List<Row> batch = new ArrayList<>();
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            while (writing) {
                Row first = queue.poll(10, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                queue.drainTo(batch);
                for (Row row : batch) {
                    insert.setString(1, row.persistenceId());
                    insert.setLong(2, row.sequenceNumber());
                    insert.setString(3, WRITER);
                    insert.setLong(4, System.currentTimeMillis());
                    insert.setBytes(5, event);
                    insert.executeUpdate();
                }
                connection.commit();
                committed.add(batch.size());
                batch.forEach(row -> row.done().complete(null));
                batch.clear();
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        calling = false;
        callers.close();
        writing = false;
        writer.close();
        try {
            connection.close();
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
