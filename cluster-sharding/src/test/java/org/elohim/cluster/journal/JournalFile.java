package org.elohim.cluster.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/// The file of a journal, which a test looks into or changes behind its back.
///
/// @param directory in which it lies
public record JournalFile(Path directory) {
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
    }

    public int rows(String table) throws SQLException {
        return number("SELECT COUNT(*) FROM " + table);
    }

    public int number(String query) throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            return row.getInt(1);
        }
    }

    public void execute(String change) throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.executeUpdate(change);
        }
    }
}
