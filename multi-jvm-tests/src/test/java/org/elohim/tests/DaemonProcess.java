package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/// A daemon on a data directory of the test, and what lies in it.
abstract class DaemonProcess {
    static final int STOPPED = 0;
    static final int USAGE = 2;
    static final int ENVIRONMENT = 3;
    static final int UNTRUSTED_DATA = 4;

    @TempDir Path scratch;

    NodeProcess start(String... arguments) throws IOException {
        return NodeProcess.start(scratch, Map.of(), NodeProcess.command(arguments));
    }

    /// A refusal is words for a person, not a stack trace.
    static void assertOneSentence(NodeProcess node) {
        String errors = node.errors();
        assertEquals(1, errors.lines().count(), errors);
        assertFalse(errors.contains("Exception"), errors);
    }

    static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    static int events(Path data, String persistenceId) throws SQLException {
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("journal.db"));
                var query =
                        connection.prepareStatement(
                                "SELECT count(*) FROM event_journal WHERE persistence_id = ?")) {
            query.setString(1, persistenceId);
            try (var row = query.executeQuery()) {
                return row.getInt(1);
            }
        }
    }

    static void sql(Path data, String statement) throws SQLException {
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("journal.db"));
                var change = connection.createStatement()) {
            change.executeUpdate(statement);
        }
    }
}
