package org.elohim.client.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Which stores are taken for restored ones, and which are not.
class WitnessTest extends StoreOnDisk {
    @TempDir Path backup;
    private NodeId device = AUTHOR.id();
    private Bytes actor = Bytes.EMPTY;

    @BeforeEach
    void aDeviceWithAnEditAndANode() {
        try (var store = open()) {
            device = store.key().id();
            actor = store.leaseActor(DOCUMENT);
            append(store, change(1));
            store.nodes().remember("ws://a/device", "t");
            store.nodes()
                    .persist(
                            "ws://a/device",
                            "t",
                            new Output.State(
                                    new Positions.Saved(9, 5, Map.of(Lane.LOCAL, 1L)),
                                    6,
                                    7,
                                    8,
                                    true));
        }
    }

    private static List<Path> files(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (Path file : files(from)) {
            Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    /// Writes over what is there, as `cp` and `rsync --inplace` do.
    private static void copyInto(Path from, Path to) throws IOException {
        Files.write(to, Files.readAllBytes(from));
    }

    private void editAgain() {
        try (var store = open()) {
            append(store, change(2));
        }
    }

    private void assertIsAnother(Path where) {
        try (var store = open(where)) {
            assertNotEquals(device, store.key().id());
            assertNotEquals(actor, store.leaseActor(DOCUMENT));
            Output.State state = store.nodes().all().getFirst().state();
            assertNotEquals(9, state.mine().epoch());
            assertEquals(
                    new Output.State(Positions.Saved.initial(state.mine().epoch()), 0, 0, 0, false),
                    state);
            device = store.key().id();
        }
        assertIsTheSame(where);
    }

    private void assertIsTheSame(Path where) {
        for (int i = 0; i < 2; i++) {
            try (var store = open(where)) {
                assertEquals(device, store.key().id());
            }
        }
    }

    @Test
    void aStoreThatIsOpenedAgainAndAgainIsTheSame() throws Exception {
        assertIsTheSame(directory);
        editAgain();
        assertIsTheSame(directory);
        assertEquals(
                1,
                files(directory).stream()
                        .filter(file -> file.toString().contains("witness"))
                        .count());
    }

    @Test
    void aCopyElsewhereIsAnotherAndTheFirstRemains() throws Exception {
        copy(directory, backup);
        NodeId first = device;

        assertIsAnother(backup);

        device = first;
        assertIsTheSame(directory);
    }

    @Test
    void aStoreRestoredInPlaceIsAnother() throws Exception {
        copy(directory, backup);
        editAgain();

        copyInto(backup.resolve(LocalStore.FILE_NAME), directory.resolve(LocalStore.FILE_NAME));

        assertIsAnother(directory);
    }

    @Test
    void aStoreRestoredInPlaceIsAnotherAlsoIfItWasNotOpenedMeanwhile() throws Exception {
        Path file = directory.resolve(LocalStore.FILE_NAME);
        try (var store = open()) {
            append(store, change(2));
            execute("PRAGMA wal_checkpoint(TRUNCATE)");
            copyInto(file, backup.resolve(LocalStore.FILE_NAME));
            append(store, change(3));
        }

        copyInto(backup.resolve(LocalStore.FILE_NAME), file);

        assertIsAnother(directory);
    }

    @Test
    void aWholeDirectoryRestoredInPlaceIsAnother() throws Exception {
        copy(directory, backup);
        editAgain();

        for (Path file : files(backup)) {
            copyInto(file, directory.resolve(file.getFileName()));
        }

        assertIsAnother(directory);
    }

    @Test
    void aStoreWithoutItsWitnessIsAnother() throws Exception {
        for (Path file : files(directory)) {
            if (file.toString().contains("witness")) {
                Files.delete(file);
            }
        }

        assertIsAnother(directory);
    }

    @Test
    void aCrashAnywhereInAnOpenLeavesTheSame() throws Exception {
        // Before the commit: another witness is there, and the store names the one before.
        Files.writeString(directory.resolve("device.witness.1"), "cut");
        assertIsTheSame(directory);
        // Behind the commit: the one before is still there.
        List<Path> before = files(directory);
        try (var store = open()) {
            assertEquals(device, store.key().id());
        }
        for (Path file : before) {
            if (Files.notExists(file)) {
                Files.writeString(file, "the one before");
            }
        }
        assertIsTheSame(directory);
    }

    @Test
    void aMarkThatIsOlderThanTheStoreAccusesNobody() throws Exception {
        Path witness =
                files(directory).stream()
                        .filter(file -> file.toString().contains("witness"))
                        .findFirst()
                        .orElseThrow();
        Files.write(witness, new byte[Long.BYTES]);

        assertIsTheSame(directory);
    }

    @Test
    void severalWhoOpenAndEditAtOnceAreAllTheSame() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<NodeId>> opened =
                    Stream.iterate(100, start -> start + 100)
                            .limit(4)
                            .map(start -> threads.submit(() -> opensAndEdits(start)))
                            .toList();
            for (Future<NodeId> each : opened) {
                assertEquals(device, each.get());
            }
        }
        assertIsTheSame(directory);
    }

    private NodeId opensAndEdits(int start) {
        NodeId seen = device;
        for (int i = 0; i < 10; i++) {
            try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
                append(store, change(start + i));
                seen = seen.equals(device) ? store.key().id() : seen;
            }
        }
        return seen;
    }

    @Test
    void filesOfOthersBesideTheStoreAreLeftAlone() throws Exception {
        Path other = Files.writeString(directory.resolve("device.witness.txt"), "mine");
        editAgain();
        assertTrue(Files.exists(other));
    }
}
