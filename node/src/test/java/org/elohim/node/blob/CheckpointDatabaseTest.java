package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.CheckpointCodec;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// The real database: what is damaged is no checkpoint.
class CheckpointDatabaseTest {
    private static final int ENTRIES = CheckpointCodec.BLOCK_ENTRIES + 500;

    @TempDir Path directory;

    private static Checkpoint checkpoint(long sequence) {
        return new Checkpoint(
                sequence, 3, List.of(new Checkpoint.Segment(1, 77, 1, 8192, 8192, 0, 0)));
    }

    private static SharedIndex index(int entries, int references) {
        var index = new BlobIndex(1);
        for (int i = 0; i < entries; i++) {
            var bytes = ByteBuffer.allocate(Integer.BYTES).putInt(i).array();
            index.put(
                    new IndexEntry(
                            ContentHash.of(Bytes.copyOf(bytes)),
                            i + 1,
                            i + 1,
                            references,
                            0,
                            new IndexEntry.Place(1, 4096),
                            128,
                            false,
                            IndexEntry.NOWHERE,
                            false));
        }
        return new SharedIndex(index);
    }

    private static Set<IndexEntry> entries(BlobIndex index) {
        Set<IndexEntry> entries = new HashSet<>();
        for (int slot = 0; slot < index.slots(); slot++) {
            index.at(slot).ifPresent(entries::add);
        }
        return entries;
    }

    private CheckpointDatabase database() {
        return CheckpointDatabase.in(directory);
    }

    private Path file() {
        return directory.resolve(CheckpointDatabase.FILE_NAME);
    }

    // Whatever is taken of it is what was written.
    private boolean isTaken(SharedIndex written, long sequence) {
        CheckpointStore.Loading loading = database().load(2);
        assertTrue(loading.isThere());
        loading.whole()
                .ifPresent(
                        whole -> {
                            assertEquals(checkpoint(sequence), whole.checkpoint());
                            assertEquals(
                                    written.read(CheckpointDatabaseTest::entries),
                                    entries(whole.index()));
                        });
        return loading.whole().isPresent();
    }

    @Test
    void itIsReadAsItWasWritten() throws IOException {
        assertEquals(new CheckpointStore.Loading(false, Optional.empty()), database().load(2));
        database().write(checkpoint(5), index(ENTRIES, 1));
        assertTrue(isTaken(index(ENTRIES, 1), 5));

        database().write(checkpoint(6), index(10, 2));

        assertTrue(isTaken(index(10, 2), 6));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        try (var files = Files.list(directory)) {
            assertEquals(List.of(file()), files.toList());
        }
    }

    @Test
    @DisplayName("R-05: of every beginning of the database nothing is taken, and the next is good")
    void everyBeginning() throws IOException {
        SharedIndex index = index(600, 1);
        database().write(checkpoint(5), index);
        byte[] bytes = Files.readAllBytes(file());
        for (int cut = 0; cut < bytes.length; cut += cut < 4096 ? 127 : 4093) {
            Files.write(file(), Arrays.copyOf(bytes, cut));

            assertFalse(isTaken(index, 5), "cut at " + cut);

            writeAtLast(index);
            assertTrue(isTaken(index, 7), "cut at " + cut);
        }
    }

    // As a start does, and the minutes after it. Where SQLite finds damage that does not show in
    // what is read, the next one is made anew.
    private void writeAtLast(SharedIndex index) throws IOException {
        CheckpointDatabase database = database();
        database.load(2);
        try {
            database.write(checkpoint(7), index);
        } catch (IOException damaged) {
            database.write(checkpoint(7), index);
        }
    }

    @Test
    void ofADatabaseWithFlippedBitsNothingWrongIsTaken() throws IOException {
        SharedIndex index = index(600, 1);
        database().write(checkpoint(5), index);
        byte[] bytes = Files.readAllBytes(file());
        var random = new Random(9);
        int refused = 0;
        for (int i = 0; i < 600; i++) {
            byte[] garbled = bytes.clone();
            int at = random.nextInt(garbled.length);
            garbled[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file(), garbled);
            refused += isTaken(index, 5) ? 0 : 1;
            if (i % 20 == 0) {
                writeAtLast(index);
                assertTrue(isTaken(index, 7), "byte " + at);
            }
        }
        assertTrue(refused > 300, "refused=" + refused);
    }

    @Test
    void ofAGarbledDatabaseNothingIsTaken() throws IOException {
        SharedIndex index = index(600, 1);
        database().write(checkpoint(5), index);
        byte[] bytes = Files.readAllBytes(file());
        var random = new Random(4);
        for (int i = 0; i < 40; i++) {
            byte[] garbled = bytes.clone();
            int from = random.nextInt(garbled.length);
            byte[] rubbish = new byte[Math.min(1 + random.nextInt(9000), garbled.length - from)];
            random.nextBytes(rubbish);
            System.arraycopy(rubbish, 0, garbled, from, rubbish.length);
            Files.write(file(), garbled);
            // Nothing that is not checked lies between the pages' heads but what was never used.
            isTaken(index, 5);
            writeAtLast(index);
            assertTrue(isTaken(index, 7), "from " + from);
        }
    }

    @Test
    void whatSomebodyElsePutThereIsNoCheckpoint() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE block (id INTEGER PRIMARY KEY, other TEXT)");
            statement.execute("INSERT INTO block (other) VALUES ('no block')");
        }
        assertFalse(isTaken(index(1, 1), 1));

        writeAtLast(index(1, 1));

        assertTrue(isTaken(index(1, 1), 7));
    }

    @Test
    void aKillBeforeTheCommitLeavesTheOneBefore() throws Exception {
        database().write(checkpoint(5), index(600, 1));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            // So small a memory that changed pages go to the file before the commit.
            statement.execute("PRAGMA cache_size = 1");
            statement.execute("BEGIN");
            statement.execute("DELETE FROM block WHERE id < 3");
            statement.execute("INSERT INTO block (bytes) VALUES (zeroblob(3000000))");
            Path copy = Files.createDirectory(directory.resolve("killed"));
            for (String name : List.of("index.db", "index.db-journal")) {
                Files.copy(directory.resolve(name), copy.resolve(name));
            }
            assertTrue(Files.size(copy.resolve("index.db")) > 2_000_000);

            CheckpointStore.Loading loading = CheckpointDatabase.in(copy).load(2);

            assertEquals(checkpoint(5), loading.whole().orElseThrow().checkpoint());
        }
    }

    @Test
    void aFailureKeepsTheOneBefore() throws Exception {
        database().write(checkpoint(5), index(600, 1));
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file())) {
            lock(other);
            assertThrows(IOException.class, () -> database().write(checkpoint(6), index(1, 1)));
        }
        assertTrue(isTaken(index(600, 1), 5));
    }

    private static void lock(Connection other) throws SQLException {
        try (Statement statement = other.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
        }
    }
}
