package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// The connection to a device's store, and what goes wrong on it in words.
///
/// Invariants: outside of `write` nothing is written; what it has written is on the disk when it
/// returns, or nothing of it.
///
/// Used by one thread.
final class Sql implements AutoCloseable {
    private final Connection connection;
    private boolean writing;

    interface Binding {
        void bind(PreparedStatement statement) throws SQLException;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    Sql(Connection connection) {
        this.connection = connection;
    }

    <T> T write(LocalStore.Work<T> work) {
        if (writing) {
            throw new IllegalStateException("a transaction within a transaction");
        }
        writing = true;
        try {
            connection.setAutoCommit(false);
            try {
                T result = work.run();
                connection.commit();
                connection.setAutoCommit(true);
                return result;
            } catch (SQLException | RuntimeException failed) {
                undo(failed);
                throw failed;
            }
        } catch (SQLException failed) {
            throw new StoreUnusable(
                    "The device's store takes no more: %s. Free space or check the disk; nothing of what was being written was kept."
                            .formatted(failed.getMessage()),
                    failed);
        } finally {
            writing = false;
        }
    }

    // Where the disk is full SQLite has rolled back by itself, and the driver does not notice: both
    // calls fail then, and leave the connection as it should be.
    private void undo(Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException done) {
            cause.addSuppressed(done);
        }
        try {
            connection.setAutoCommit(true);
        } catch (SQLException nothingToCommit) {
            cause.addSuppressed(nothingToCommit);
        }
    }

    /// Says how many rows it has changed; to be called within a transaction.
    int update(String sql, Binding binding) throws SQLException {
        if (!writing) {
            throw new IllegalStateException("a change outside of a transaction");
        }
        try (var statement = connection.prepareStatement(sql)) {
            binding.bind(statement);
            return statement.executeUpdate();
        }
    }

    <T> List<T> query(String sql, Binding binding, Row<T> read) {
        var found = new ArrayList<T>();
        walk(
                sql,
                binding,
                row -> {
                    found.add(read.read(row));
                    return true;
                });
        return found;
    }

    /// Reads row after row until one says that it is enough.
    void walk(String sql, Binding binding, Row<Boolean> more) {
        try (var statement = connection.prepareStatement(sql)) {
            binding.bind(statement);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next() && more.read(rows)) {
                    // Each row is taken in by `more`.
                }
            }
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    long number(String sql, Binding binding) {
        return query(sql, binding, row -> row.getLong(1)).getFirst();
    }

    long number(String sql) {
        return number(sql, _ -> {});
    }

    static @Nullable Bytes bytes(ResultSet row, String column) throws SQLException {
        byte[] stored = row.getBytes(column);
        return stored == null ? null : Bytes.copyOf(stored);
    }

    private static StoreUnusable unreadable(SQLException failed) {
        return new StoreUnusable(
                "The device's store cannot be read: %s. Restore it from a backup."
                        .formatted(failed.getMessage()),
                failed);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }
}
