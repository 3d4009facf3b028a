package org.elohim.cluster.journal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The one thread that writes to the journal: whatever queued up during a commit goes into the
/// next.
///
/// Invariants: `ordering` is handed out in commit order without gaps; a write is on the disk before
/// its stage completes; listeners hear of commits in their order, before the writers do; a write
/// that cannot be carried out fails alone, not with its neighbours.
final class JournalWriter {
    private static final Logger LOG = LoggerFactory.getLogger(JournalWriter.class);

    // More rows in a transaction bring no more throughput, only longer waits.
    static final int BATCH_WRITES_MAX = 1_000;
    // Above it a write fails at once; every actor has at most one write in flight.
    static final int QUEUED_WRITES_MAX = 20_000;
    private static final long CLOSE_SECONDS = 10;
    private static final long PROBE_MILLIS = 1_000;
    // SQLite's code for a row that contradicts others, which says nothing about the disk.
    private static final int CONSTRAINT = 19;

    /// Something to be done within a transaction.
    interface Work {
        void run(Connection connection) throws SQLException;
    }

    private sealed interface Task {
        CompletableFuture<Void> done();
    }

    private record Events(List<JournalRow> rows, CompletableFuture<Void> done) implements Task {}

    private record Other(Work work, CompletableFuture<Void> done) implements Task {}

    private record Stop(CompletableFuture<Void> done) implements Task {}

    private final BlockingQueue<Task> queue = new ArrayBlockingQueue<>(QUEUED_WRITES_MAX);
    private final Connection connection;
    private PreparedStatement insert;
    private final Consumer<List<Committed>> listener;
    private final Thread thread;
    private long lastOrdering;
    // By what is being written: the last one, once that is on the disk.
    private long reached;
    private volatile boolean stopped;
    private volatile boolean failing;

    JournalWriter(Connection connection, Consumer<List<Committed>> listener) throws SQLException {
        this.connection = connection;
        this.listener = listener;
        this.lastOrdering = lastOrdering(connection);
        connection.setAutoCommit(false);
        this.insert = connection.prepareStatement(JournalRow.INSERT);
        this.thread = Thread.ofPlatform().name("journal-writer").daemon().start(this::run);
    }

    // AUTOINCREMENT remembers also what is gone by now.
    private static long lastOrdering(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "SELECT seq FROM sqlite_sequence WHERE name = 'event_journal'")) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /// Writes these rows, all of them or none.
    CompletionStage<Void> write(List<JournalRow> rows) {
        return offer(new Events(rows, new CompletableFuture<>()));
    }

    /// Does this in the same or a later transaction than what was asked for before.
    CompletionStage<Void> submit(Work work) {
        return offer(new Other(work, new CompletableFuture<>()));
    }

    private CompletionStage<Void> offer(Task task) {
        if (stopped) {
            task.done().completeExceptionally(new IllegalStateException("the journal is closed"));
        } else if (!queue.offer(task)) {
            task.done()
                    .completeExceptionally(
                            new IllegalStateException(
                                    "journal overloaded: " + QUEUED_WRITES_MAX + " writes queued"));
        }
        return task.done();
    }

    private void run() {
        var batch = new ArrayList<Task>();
        try {
            while (!stopped) {
                batch.clear();
                batch.add(next());
                queue.drainTo(batch, BATCH_WRITES_MAX - 1);
                if (batch.removeIf(Stop.class::isInstance)) {
                    stopped = true;
                }
                commit(batch);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } finally {
            stopped = true;
            queue.forEach(
                    task ->
                            task.done()
                                    .completeExceptionally(
                                            new IllegalStateException("the journal is closed")));
        }
    }

    // While the disk takes nothing, somebody must find out when it does again.
    private Task next() throws InterruptedException {
        Task task = failing ? queue.poll(PROBE_MILLIS, TimeUnit.MILLISECONDS) : queue.take();
        return task == null ? new Other(JournalWriter::probe, new CompletableFuture<>()) : task;
    }

    // Writes a page as it is.
    private static void probe(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE sqlite_sequence SET seq = seq");
        }
    }

    /// Whether the disk took what was last to be written.
    boolean takesWrites() {
        return !failing;
    }

    private void commit(List<Task> batch) {
        var committed = new ArrayList<Committed>();
        try {
            transact(batch, committed);
            succeed(batch, committed);
        } catch (SQLException | RuntimeException failed) {
            rollBack(failed);
            if (isThere()) {
                succeed(batch, committed);
            } else if (batch.size() == 1) {
                LOG.warn("the journal could not be written: {}", failed.toString());
                failing = failing || isOfTheDisk(failed);
                batch.getFirst().done().completeExceptionally(failed);
            } else {
                batch.forEach(task -> commit(List.of(task)));
            }
        }
    }

    private static boolean isOfTheDisk(Exception failed) {
        return failed instanceof SQLException error && (error.getErrorCode() & 0xff) != CONSTRAINT;
    }

    private void succeed(List<Task> batch, List<Committed> committed) {
        failing = false;
        lastOrdering = reached;
        tell(committed);
        batch.forEach(task -> task.done().complete(null));
    }

    // A commit may be on the disk although it was reported as failed. Nobody else writes here, so
    // its last row tells.
    private boolean isThere() {
        try {
            long last = lastOrdering(connection);
            connection.rollback();
            return reached > lastOrdering && last == reached;
        } catch (SQLException unreadable) {
            LOG.warn("the journal cannot be read back: {}", unreadable.toString());
            return false;
        }
    }

    private void transact(List<Task> batch, List<Committed> committed) throws SQLException {
        reached = lastOrdering;
        for (Task task : batch) {
            switch (task) {
                case Events(var rows, var _) -> {
                    for (JournalRow row : rows) {
                        reached++;
                        row.bind(insert, reached);
                        insert.executeUpdate();
                        if (row.event instanceof Journaled event) {
                            committed.add(
                                    new Committed(
                                            reached, row.persistenceId, row.sequenceNumber, event));
                        }
                    }
                }
                case Other(var work, var _) -> work.run(connection);
                case Stop _ -> {}
            }
        }
        connection.commit();
    }

    private void tell(List<Committed> committed) {
        try {
            if (!committed.isEmpty()) {
                listener.accept(committed);
            }
        } catch (RuntimeException bug) {
            // What is on the disk is on the disk: the writers must hear of it.
            LOG.error("a listener to the journal failed", bug);
        }
    }

    private void rollBack(Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException alreadyRolledBack) {
            cause.addSuppressed(alreadyRolledBack);
            beginAnew(cause);
        }
        // After some failures, as of a disk that has become read-only, the driver would never run
        // the statement again.
        try {
            insert.close();
            insert = connection.prepareStatement(JournalRow.INSERT);
        } catch (SQLException gone) {
            cause.addSuppressed(gone);
        }
    }

    // Where the disk is full SQLite rolls back by itself. The driver does not notice: it would
    // never begin a transaction again.
    private void beginAnew(Exception cause) {
        try {
            connection.setAutoCommit(true);
        } catch (SQLException nothingToCommit) {
            cause.addSuppressed(nothingToCommit);
        }
        try {
            connection.setAutoCommit(false);
        } catch (SQLException gone) {
            cause.addSuppressed(gone);
        }
    }

    /// Writes what is queued, then closes the file.
    void close() throws SQLException, InterruptedException {
        if (thread.isAlive() && queue.offer(new Stop(new CompletableFuture<>()))) {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        }
        thread.interrupt();
        insert.close();
        connection.close();
    }
}
