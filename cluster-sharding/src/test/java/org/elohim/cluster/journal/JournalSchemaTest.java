package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.journal.JournalSchema.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

class JournalSchemaTest {
    // Rises with each script that is released; a fall would lock out journals in the field.
    private static final int NEWEST = 9;

    private static final String FIRST = "CREATE TABLE a (x INTEGER);";
    private static final String SECOND = "CREATE TABLE b (x INTEGER); INSERT INTO a VALUES (2);";
    private static final String THIRD = "CREATE TABLE c (x INTEGER);";

    @TempDir Path directory;
    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve(JournalSchema.FILE_NAME);
    }

    @Test
    void aNewJournalHasTheTablesOfTheNewestVersion() throws SQLException {
        var outcome = JournalSchema.current().prepare(directory);

        assertEquals(new Outcome.Ready(NEWEST), outcome);
        assertEquals(Set.of("event_journal", "event_tag", "snapshot", "snapshot_part"), tables());
        assertEquals(NEWEST, number("PRAGMA user_version"));
        assertEquals(JournalSchema.APPLICATION_ID, number("PRAGMA application_id"));
    }

    @Test
    void preparingTwiceIsPreparingOnce() throws IOException {
        JournalSchema.current().prepare(directory);
        byte[] before = Files.readAllBytes(file);

        assertEquals(new Outcome.Ready(NEWEST), JournalSchema.current().prepare(directory));
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void theFileAndItsCompanionsBelongToTheOwnerAlone() throws IOException, SQLException {
        JournalSchema.current().prepare(directory);

        try (Connection connection = open(file)) {
            execute(connection, "PRAGMA user_version=2");
            for (String name : List.of("journal.db", "journal.db-wal", "journal.db-shm")) {
                assertEquals(
                        PosixFilePermissions.fromString("rw-------"),
                        Files.getPosixFilePermissions(directory.resolve(name)),
                        name);
            }
        }
    }

    @Test
    void aCrashBetweenScriptsIsFinishedByTheNextStart() throws SQLException {
        assertEquals(new Outcome.Ready(1), JournalSchema.of(List.of(FIRST)).prepare(directory));

        var outcome = JournalSchema.of(List.of(FIRST, SECOND, THIRD)).prepare(directory);

        assertEquals(new Outcome.Ready(3), outcome);
        assertEquals(Set.of("a", "b", "c"), tables());
        assertEquals(2, number("SELECT x FROM a"));
    }

    @Test
    void aScriptThatFailsLeavesNothingOfItself() throws SQLException {
        var broken = JournalSchema.of(List.of(FIRST, SECOND + " no sql;"));

        assertInstanceOf(Outcome.Damaged.class, broken.prepare(directory));

        assertEquals(Set.of("a"), tables());
        assertEquals(1, number("PRAGMA user_version"));
        assertEquals(
                new Outcome.Ready(2), JournalSchema.of(List.of(FIRST, SECOND)).prepare(directory));
    }

    @Test
    void aBirthThatWasCutShortIsStartedAnew() throws IOException {
        Files.write(directory.resolve("journal.db.new"), new byte[] {1, 2, 3});

        assertEquals(new Outcome.Ready(NEWEST), JournalSchema.current().prepare(directory));
        assertFalse(Files.exists(directory.resolve("journal.db.new")));
    }

    @Test
    void aWriteAheadLogWithoutItsJournalIsALossAndNotABirth() throws IOException {
        Path orphan = Files.write(directory.resolve("journal.db-wal"), new byte[] {1, 2, 3});

        assertInstanceOf(Outcome.Damaged.class, JournalSchema.current().prepare(directory));
        assertFalse(Files.exists(file));
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(orphan));
    }

    @Test
    void aNewerSchemaIsRefusedUntouched() throws IOException {
        JournalSchema.of(Collections.nCopies(NEWEST + 1, "SELECT 1")).prepare(directory);
        byte[] before = Files.readAllBytes(file);

        assertEquals(
                new Outcome.Newer(NEWEST + 1, NEWEST), JournalSchema.current().prepare(directory));
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void aNewerSchemaThatACrashLeftInTheWalIsRefusedUntouched() throws IOException, SQLException {
        JournalSchema.current().prepare(directory);
        Path crashed = Files.createDirectory(directory.resolve("crashed"));
        try (Connection connection = open(file)) {
            execute(connection, "PRAGMA user_version=" + (NEWEST + 1));
            for (String name : List.of("journal.db", "journal.db-wal")) {
                Files.copy(directory.resolve(name), crashed.resolve(name));
            }
        }
        byte[] database = Files.readAllBytes(crashed.resolve("journal.db"));
        byte[] wal = Files.readAllBytes(crashed.resolve("journal.db-wal"));

        assertEquals(
                new Outcome.Newer(NEWEST + 1, NEWEST), JournalSchema.current().prepare(crashed));
        assertArrayEquals(database, Files.readAllBytes(crashed.resolve("journal.db")));
        assertArrayEquals(wal, Files.readAllBytes(crashed.resolve("journal.db-wal")));
    }

    @Test
    void garbageIsRefusedUntouched() throws IOException {
        byte[] garbage = "not a database, but somebody's letter".getBytes(StandardCharsets.UTF_8);
        Files.write(file, garbage);

        assertInstanceOf(Outcome.Foreign.class, JournalSchema.current().prepare(directory));
        assertArrayEquals(garbage, Files.readAllBytes(file));
    }

    @Test
    void theDatabaseOfAnotherProgramIsRefusedUntouched() throws IOException, SQLException {
        try (Connection connection = open(file)) {
            execute(connection, "CREATE TABLE event_journal (theirs TEXT)");
        }
        byte[] before = Files.readAllBytes(file);

        assertInstanceOf(Outcome.Foreign.class, JournalSchema.current().prepare(directory));
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void anEmptyFileIsALossAndNoBirth() throws IOException {
        Files.createFile(file);

        assertInstanceOf(Outcome.Damaged.class, JournalSchema.current().prepare(directory));
        assertEquals(0, Files.size(file));
    }

    @Test
    void aShortenedJournalIsRefusedUntouched() throws IOException {
        JournalSchema.current().prepare(directory);
        byte[] whole = Files.readAllBytes(file);
        byte[] shortened = Arrays.copyOf(whole, whole.length - 4096);
        Files.write(file, shortened);

        assertInstanceOf(Outcome.Damaged.class, JournalSchema.current().prepare(directory));
        assertArrayEquals(shortened, Files.readAllBytes(file));
    }

    @Test
    void overwrittenTablesAreDamageNotACrash() throws IOException {
        JournalSchema.of(List.of(FIRST)).prepare(directory);
        byte[] bytes = Files.readAllBytes(file);
        // The first page after its header: the list of tables.
        Arrays.fill(bytes, 100, 4096, (byte) 0x5a);
        Files.write(file, bytes);

        assertInstanceOf(
                Outcome.Damaged.class, JournalSchema.of(List.of(FIRST, SECOND)).prepare(directory));
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void aDirectoryThatIsNotThereIsUnwritable() {
        assertInstanceOf(
                Outcome.Unwritable.class,
                JournalSchema.current().prepare(directory.resolve("nowhere")));
    }

    @Test
    void aFullDiskIsNamed() {
        // One page is less than the tables need; the limit stands for the end of the disk.
        var full = JournalSchema.of(List.of("PRAGMA max_page_count=1;" + FIRST));

        assertInstanceOf(Outcome.NoSpace.class, full.prepare(directory));
        assertTrue(Files.exists(file));
    }

    private Set<String> tables() throws SQLException {
        var names = new TreeSet<String>();
        try (Connection connection = open(file);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                        + " AND name NOT LIKE 'sqlite_%'")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    private int number(String sql) throws SQLException {
        try (Connection connection = open(file);
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            return row.getInt(1);
        }
    }

    private static Connection open(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
