package org.elohim.client.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class LocalStoreTest {
    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    private static final Bytes CHANGE = Bytes.parseHex("010203");

    @TempDir Path directory;
    private final Random random = new Random(1);

    private LocalStore open() {
        return open(directory);
    }

    private LocalStore open(Path where) {
        return LocalStore.open(
                where,
                () -> {
                    byte[] bytes = new byte[16];
                    random.nextBytes(bytes);
                    return Bytes.copyOf(bytes);
                });
    }

    private static long append(LocalStore store) {
        return store.write(
                () ->
                        store.append(
                                Lane.LOCAL,
                                StreamEntry.Kind.CHANGES,
                                DOCUMENT,
                                null,
                                List.of(CHANGE, Bytes.EMPTY)));
    }

    @Test
    void whatWasWrittenIsThereAfterAReopen() {
        try (var store = open()) {
            assertEquals(1, append(store));
        }
        try (var store = open()) {
            StoredEntry entry = store.after(0, 10).getFirst();
            assertEquals(List.of(CHANGE, Bytes.EMPTY), entry.changes());
            assertEquals(List.of(DOCUMENT), store.documents());
            assertEquals(List.of(entry), store.of(DOCUMENT));
            assertEquals(1, store.end());
        }
    }

    @Test
    void aFailedTransactionLeavesNothing() {
        try (var store = open()) {
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            store.write(
                                    () -> {
                                        store.append(
                                                Lane.LOCAL,
                                                StreamEntry.Kind.CHANGES,
                                                DOCUMENT,
                                                null,
                                                List.of(CHANGE));
                                        throw new IllegalStateException("in between");
                                    }));
            assertEquals(0, store.end());
            assertEquals(1, append(store));
        }
    }

    @Test
    void severalMayMakeItAtOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            Path where = directory.resolve("round" + round);
            try (var threads = Executors.newFixedThreadPool(4)) {
                var opened = new ArrayList<Future<Long>>();
                for (int i = 0; i < 4; i++) {
                    opened.add(
                            threads.submit(
                                    () -> {
                                        try (var store =
                                                LocalStore.open(
                                                        where, () -> Bytes.copyOf(new byte[16]))) {
                                            return append(store);
                                        }
                                    }));
                }
                for (Future<Long> each : opened) {
                    each.get();
                }
            }
            try (var store = open(where)) {
                assertEquals(4, store.end());
            }
        }
    }

    @Test
    void onlyTheOwnerMayReadIt() throws IOException {
        open().close();

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve(LocalStore.FILE_NAME))));
    }

    @Test
    void aProcessKeepsItsActorAndInheritsThoseOfTheDead() throws SQLException {
        Bytes actor;
        try (var store = open()) {
            actor = store.leaseActor(DOCUMENT);
            assertNotEquals(actor, store.leaseActor(DOCUMENT), "leased by this process already");
        }
        execute("UPDATE lease SET process = 2147483647");
        try (var store = open()) {
            Set<Bytes> left = store.actors(DOCUMENT);
            assertTrue(left.contains(store.leaseActor(DOCUMENT)));
        }
    }

    @Test
    void aCopiedStoreDrawsNewActors() throws Exception {
        Bytes actor;
        try (var store = open()) {
            append(store);
            actor = store.leaseActor(DOCUMENT);
        }
        execute("UPDATE lease SET process = 2147483647");
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Files.copy(directory.resolve(LocalStore.FILE_NAME), copy.resolve(LocalStore.FILE_NAME));

        try (var store = open(copy)) {
            assertNotEquals(actor, store.leaseActor(DOCUMENT));
            assertEquals(1, store.end());
        }
    }

    @Test
    void quarantinedChangesAreRemembered() {
        var hash = new ContentHash(Bytes.parseHex("aa".repeat(32)));
        try (var store = open()) {
            store.quarantine(DOCUMENT, Map.of(hash, "kills"));
        }
        try (var store = open()) {
            assertEquals(Map.of(hash, "kills"), store.quarantined(DOCUMENT));
        }
    }

    @Test
    void foreignAndNewerFilesAreRefusedInWords() throws Exception {
        open().close();
        execute("PRAGMA user_version = 99");
        String newer = String.valueOf(assertThrows(StoreUnusable.class, this::open).getMessage());
        assertTrue(newer.contains("newer"), newer);

        Path file = directory.resolve(LocalStore.FILE_NAME);
        Files.delete(file);
        Files.writeString(file, "not a database ".repeat(100));
        String foreign = String.valueOf(assertThrows(StoreUnusable.class, this::open).getMessage());
        assertTrue(foreign.contains(file.toString()), foreign);
    }

    private void execute(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(LocalStore.FILE_NAME));
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
