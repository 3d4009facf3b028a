package org.elohim.client.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/// The file of a device's store: its tables, and whether it is one of ours at all.
final class StoreFile {
    // "eldv": tells our file from any other of SQLite.
    private static final int APPLICATION_ID = 0x656c6476;
    private static final int VERSION = 3;
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;

    private static final List<String> TABLES =
            List.of(
                    """
                    CREATE TABLE entry (
                        ordering INTEGER PRIMARY KEY AUTOINCREMENT,
                        lane TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        document BLOB NOT NULL,
                        origin BLOB,
                        life INTEGER NOT NULL,
                        count INTEGER NOT NULL,
                        ends BLOB NOT NULL,
                        changes BLOB NOT NULL
                    )
                    """,
                    "CREATE INDEX entry_document ON entry (document, ordering)",
                    "CREATE INDEX entry_lane ON entry (lane, ordering)",
                    "CREATE TABLE draft (document BLOB PRIMARY KEY)",
                    "CREATE TABLE property (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
                    """
                    CREATE TABLE node (
                        url TEXT PRIMARY KEY,
                        token TEXT NOT NULL,
                        identity BLOB UNIQUE,
                        link TEXT NOT NULL,
                        reason TEXT NOT NULL,
                        epoch INTEGER NOT NULL,
                        acknowledged INTEGER NOT NULL,
                        local_cursor INTEGER NOT NULL,
                        new_cursor INTEGER NOT NULL,
                        backfill_cursor INTEGER NOT NULL,
                        outlier_cursor INTEGER NOT NULL,
                        peer_epoch INTEGER NOT NULL,
                        peer_run INTEGER NOT NULL,
                        held INTEGER NOT NULL,
                        compare_due INTEGER NOT NULL
                    )
                    """,
                    "PRAGMA application_id = " + APPLICATION_ID);

    // What is found out again when it is lost: an older version of these is not carried over.
    private static final List<String> PASSING_TABLES =
            List.of(
                    "DROP TABLE IF EXISTS lease",
                    "DROP TABLE IF EXISTS linked",
                    "DROP TABLE IF EXISTS quarantine",
                    "DROP TABLE IF EXISTS refusal",
                    "DROP TABLE IF EXISTS durable",
                    """
                    CREATE TABLE lease (
                        actor BLOB PRIMARY KEY,
                        document BLOB NOT NULL,
                        holder TEXT NOT NULL
                    )
                    """,
                    """
                    CREATE TABLE linked (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        name BLOB NOT NULL,
                        holder TEXT NOT NULL
                    )
                    """,
                    """
                    CREATE TABLE quarantine (
                        hash BLOB PRIMARY KEY,
                        document BLOB NOT NULL,
                        engine TEXT NOT NULL,
                        reason TEXT NOT NULL
                    )
                    """,
                    """
                    CREATE TABLE refusal (
                        url TEXT NOT NULL,
                        document BLOB NOT NULL,
                        hash BLOB NOT NULL,
                        explanation TEXT NOT NULL,
                        acknowledged INTEGER NOT NULL,
                        PRIMARY KEY (url, document, hash)
                    )
                    """,
                    """
                    CREATE TABLE durable (
                        url TEXT PRIMARY KEY,
                        local_cursor INTEGER NOT NULL,
                        new_cursor INTEGER NOT NULL,
                        backfill_cursor INTEGER NOT NULL,
                        outlier_cursor INTEGER NOT NULL,
                        obstacle TEXT NOT NULL
                    )
                    """,
                    "PRAGMA user_version = " + VERSION);

    private StoreFile() {}

    /// Opens the file, or makes it.
    ///
    /// @throws StoreUnusable where it is somebody else's, or newer
    static Connection open(Path file) throws IOException, SQLException {
        if (Files.notExists(file)) {
            create(file);
        }
        Connection connection = connect(file);
        if (pragma(connection, "application_id") != APPLICATION_ID) {
            connection.close();
            throw new StoreUnusable(
                    file + " is not the store of a device. Choose another directory.");
        }
        int version = pragma(connection, "user_version");
        if (version > VERSION) {
            connection.close();
            throw new StoreUnusable(
                    "%s was written by a newer elohim (version %d, this one knows %d). Use that one."
                            .formatted(file, version, VERSION));
        }
        if (version < VERSION) {
            execute(connection, PASSING_TABLES);
        }
        return connection;
    }

    private static void execute(Connection connection, List<String> sqls) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            for (String sql : sqls) {
                statement.executeUpdate(sql);
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    // Made under another name and then given its own, so nobody ever finds it without its tables.
    // Where two processes do this at once, the first to name its file wins.
    private static void create(Path file) throws IOException, SQLException {
        Path unborn =
                Files.createTempFile(
                        file.toAbsolutePath().getParent(),
                        file.getFileName().toString(),
                        ".new",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try (Connection connection = connect(unborn)) {
            execute(connection, Stream.concat(TABLES.stream(), PASSING_TABLES.stream()).toList());
        }
        try {
            Files.createLink(file, unborn);
        } catch (FileAlreadyExistsException another) {
            // Its tables are the same.
        } finally {
            Files.delete(unborn);
        }
    }

    private static Connection connect(Path file) throws SQLException {
        var pragmas = new Properties();
        pragmas.setProperty("journal_mode", "WAL");
        pragmas.setProperty("synchronous", "FULL");
        pragmas.setProperty("busy_timeout", String.valueOf(BUSY_TIMEOUT_MILLIS));
        pragmas.setProperty("transaction_mode", "IMMEDIATE");
        return DriverManager.getConnection("jdbc:sqlite:" + file, pragmas);
    }

    static int pragma(Connection connection, String name) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("PRAGMA " + name)) {
            return row.getInt(1);
        }
    }
}
