package org.elohim.cluster.journal;

import org.elohim.cluster.journal.JournalHeader.Foreign;
import org.elohim.cluster.journal.JournalHeader.Ours;
import org.elohim.cluster.journal.JournalHeader.Torn;
import org.sqlite.SQLiteException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/// Brings the journal's file to the schema this version works with, or says why it must not.
///
/// Invariants: a file that is not ours, is damaged or was written by a newer version keeps every
/// byte; each script is one transaction that also raises `user_version`, so a crash leaves a whole
/// number of scripts and the next start goes on; a file carries our `application_id` from the
/// moment it has its name.
public final class JournalSchema {
    public static final String FILE_NAME = "journal.db";

    /// What stands in the file's header: "elhj". Tells our journal from any other SQLite file.
    static final int APPLICATION_ID = 0x656c686a;

    private static final String UNBORN_SUFFIX = ".new";
    private static final List<String> SCRIPTS =
            List.of(
                    "V1__event_journal.sql",
                    "V2__snapshot.sql",
                    "V3__tokens.sql",
                    "V4__documents.sql",
                    "V5__restores.sql",
                    "V6__ledger.sql",
                    "V7__forgotten.sql",
                    "V8__blobs.sql",
                    "V9__pages.sql");

    private final List<String> scripts;

    /// What became of the file.
    public sealed interface Outcome {
        /// The file is there and has this version; actors may start.
        record Ready(int version) implements Outcome {}

        /// A newer version of this program wrote the file; it was not touched.
        record Newer(int found, int known) implements Outcome {}

        /// The file belongs to somebody else; it was not touched.
        record Foreign(String reason) implements Outcome {}

        /// The file is ours but cannot be trusted; it was not touched.
        record Damaged(String reason) implements Outcome {}

        /// The disk is full.
        record NoSpace(String reason) implements Outcome {}

        /// The file cannot be created, opened or written.
        record Unwritable(String reason) implements Outcome {}
    }

    private JournalSchema(List<String> scripts) {
        this.scripts = List.copyOf(scripts);
    }

    public static JournalSchema current() {
        return of(SCRIPTS.stream().map(JournalSchema::resource).toList());
    }

    static JournalSchema of(List<String> scripts) {
        return new JournalSchema(scripts);
    }

    /// Creates or migrates the journal in this data directory. Blocks on the disk.
    public Outcome prepare(Path dataDirectory) {
        Path file = dataDirectory.resolve(FILE_NAME);
        try {
            if (Files.notExists(file)) {
                Path orphan = file.resolveSibling(FILE_NAME + "-wal");
                if (Files.exists(orphan)) {
                    // SQLite would replay it over the new file.
                    return new Outcome.Damaged("it is gone, but its write-ahead log is there");
                }
                giveBirth(file);
            }
            return switch (JournalHeader.read(file)) {
                case Foreign(String reason) -> new Outcome.Foreign(reason);
                case Torn(String reason) -> new Outcome.Damaged(reason);
                case Ours(int version) when version > scripts.size() ->
                        new Outcome.Newer(version, scripts.size());
                case Ours _ -> migrate(file);
            };
        } catch (SQLException failed) {
            return outcomeOf(failed);
        } catch (IOException failed) {
            return outcomeOf(failed);
        }
    }

    // Under another name until it is marked and on the disk: so a file named journal.db is never
    // half made, and an empty one is a loss to be reported instead of a birth to be finished.
    private static void giveBirth(Path file) throws IOException, SQLException {
        Path unborn = file.resolveSibling(FILE_NAME + UNBORN_SUFFIX);
        Files.deleteIfExists(file.resolveSibling(FILE_NAME + UNBORN_SUFFIX + "-journal"));
        Files.deleteIfExists(unborn);
        // SQLite gives the WAL and its index the mode of the file they belong to.
        Files.createFile(
                unborn,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Connection connection =
                DriverManager.getConnection("jdbc:sqlite:" + unborn, new Properties())) {
            execute(connection, "PRAGMA synchronous=EXTRA");
            execute(connection, "PRAGMA application_id=" + APPLICATION_ID);
        }
        Files.move(unborn, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory =
                FileChannel.open(file.resolveSibling("."), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private Outcome migrate(Path file) throws SQLException {
        // The header may be older than the WAL after a crash, so the version is asked for again,
        // through a connection that cannot write.
        int found = versionInWal(file);
        if (found > scripts.size()) {
            return new Outcome.Newer(found, scripts.size());
        }
        try (Connection connection =
                DriverManager.getConnection(
                        "jdbc:sqlite:" + file, JournalSettings.writerPragmas())) {
            for (int version = found + 1; version <= scripts.size(); version++) {
                apply(connection, version);
            }
        }
        return new Outcome.Ready(scripts.size());
    }

    private static int versionInWal(Path file) throws SQLException {
        Properties readOnly = new Properties();
        readOnly.setProperty("open_mode", "1");
        readOnly.setProperty("busy_timeout", String.valueOf(JournalSettings.BUSY_TIMEOUT_MILLIS));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file, readOnly);
                var statement = connection.createStatement();
                var row = statement.executeQuery("PRAGMA user_version")) {
            return row.getInt(1);
        }
    }

    private void apply(Connection connection, int version) throws SQLException {
        execute(connection, "BEGIN IMMEDIATE");
        try {
            execute(connection, scripts.get(version - 1));
            execute(connection, "PRAGMA user_version=" + version);
            execute(connection, "COMMIT");
        } catch (SQLException failed) {
            rollBack(connection, failed);
            throw failed;
        }
    }

    private static void rollBack(Connection connection, SQLException cause) {
        try {
            execute(connection, "ROLLBACK");
        } catch (SQLException alreadyRolledBack) {
            cause.addSuppressed(alreadyRolledBack);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private static Outcome outcomeOf(SQLException failed) {
        String reason = String.valueOf(failed.getMessage());
        if (!(failed instanceof SQLiteException sqlite)) {
            return new Outcome.Unwritable(reason);
        }
        return switch (sqlite.getResultCode()) {
            case SQLITE_FULL -> new Outcome.NoSpace(reason);
            case SQLITE_CORRUPT,
                    SQLITE_CORRUPT_INDEX,
                    SQLITE_CORRUPT_SEQUENCE,
                    SQLITE_CORRUPT_VTAB,
                    SQLITE_NOTADB,
                    // A script of ours that does not run: the tables are not those we made.
                    SQLITE_ERROR ->
                    new Outcome.Damaged(reason);
            default -> new Outcome.Unwritable(reason);
        };
    }

    private static Outcome outcomeOf(IOException failed) {
        String reason = failed.getClass().getSimpleName() + ": " + failed.getMessage();
        // Java has no exception of its own for a full disk.
        boolean full =
                failed instanceof FileSystemException named
                        && String.valueOf(named.getReason())
                                .toLowerCase(Locale.ROOT)
                                .contains("no space left");
        return full ? new Outcome.NoSpace(reason) : new Outcome.Unwritable(reason);
    }

    private static String resource(String name) {
        try (InputStream script = JournalSchema.class.getResourceAsStream("/schema/" + name)) {
            if (script == null) {
                throw new IllegalStateException("schema script missing in the jar: " + name);
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
