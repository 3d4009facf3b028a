package org.elohim.client.store;

import org.elohim.protocol.Bytes;

import java.sql.SQLException;
import java.util.Optional;

/// The single values that a store remembers by name.
final class PropertyRows {
    private PropertyRows() {}

    static Optional<Bytes> find(Sql sql, String name) {
        return sql
                .query(
                        "SELECT value FROM property WHERE name = ?",
                        query -> query.setString(1, name),
                        row -> Bytes.copyOf(row.getBytes(1)))
                .stream()
                .findFirst();
    }

    /// To be called within a transaction.
    static void put(Sql sql, String name, Bytes value) throws SQLException {
        sql.update(
                "INSERT OR REPLACE INTO property VALUES (?, ?)",
                insert -> {
                    insert.setString(1, name);
                    insert.setBytes(2, value.toArray());
                });
    }
}
