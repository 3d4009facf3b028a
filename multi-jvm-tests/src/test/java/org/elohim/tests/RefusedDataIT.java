package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/// Data that a daemon does not trust: it says so in one sentence and leaves it alone.
class RefusedDataIT extends DaemonProcess {
    @Test
    void theDataOfANewerVersionIsRefusedByNameAndLeftAlone() throws Exception {
        Path data = Files.createDirectory(scratch.resolve("data"));
        Files.writeString(data.resolve("elohim.data"), "format = 99\nwritten_by = 9.9.9\n");
        try (var node = start("--data-dir", data.toString())) {
            assertEquals(USAGE, node.awaitExit());
            assertTrue(node.errors().contains("9.9.9"), node.errors());
            assertOneSentence(node);
            try (Stream<Path> files = Files.list(data)) {
                assertEquals(List.of(data.resolve("elohim.data")), files.toList());
            }
        }
    }

    @Test
    void aJournalOfANewerSchemaIsRefusedAndLeftAlone() throws Exception {
        Path data = scratch.resolve("data");
        try (var node = NodeProcess.ready(scratch, data)) {
            node.signal("TERM");
            node.awaitExit();
        }
        sql(data, "PRAGMA user_version = 999");
        byte[] before = Files.readAllBytes(data.resolve("journal.db"));
        try (var node = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(USAGE, node.awaitExit());
            assertTrue(node.errors().contains("999"), node.errors());
            assertOneSentence(node);
        }
        assertEquals(
                List.of(before.length, java.util.Arrays.hashCode(before)),
                List.of(
                        (int) Files.size(data.resolve("journal.db")),
                        java.util.Arrays.hashCode(Files.readAllBytes(data.resolve("journal.db")))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"node.key", "journal.db", "elohim.data"})
    void garbageInPlaceOfAFileIsRefusedAndLeftAlone(String name) throws Exception {
        Path data = scratch.resolve("data");
        NodeProcess.ready(scratch, data).close();
        Path file = data.resolve(name);
        for (String sidecar : List.of("journal.db-wal", "journal.db-shm")) {
            Files.deleteIfExists(data.resolve(sidecar));
        }
        Files.writeString(file, "what a text editor makes of it\n".repeat(400));
        String before = Files.readString(file);
        try (var node = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(UNTRUSTED_DATA, node.awaitExit(), node.errors());
            assertTrue(node.errors().contains(name), node.errors());
            assertOneSentence(node);
        }
        assertEquals(before, Files.readString(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"node.key", "journal.db"})
    void aLostFileIsALossToBeToldAndNotANewBeginning(String name) throws Exception {
        Path data = scratch.resolve("data");
        String id;
        try (var node = NodeProcess.ready(scratch, data)) {
            id = node.nodeId();
            node.signal("TERM");
            node.awaitExit();
        }
        Files.delete(data.resolve(name));
        try (var node = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(UNTRUSTED_DATA, node.awaitExit());
            assertTrue(node.errors().contains(name + " is gone"), node.errors());
            assertTrue(node.errors().contains(id), node.errors());
            assertOneSentence(node);
        }
        assertFalse(Files.exists(data.resolve(name)));
    }

    @Test
    void aJournalWhoseKeyAndOwnerAreGoneBecomesNobodyElses() throws Exception {
        Path data = scratch.resolve("data");
        NodeProcess.ready(scratch, data).close();
        Files.delete(data.resolve("node.key"));
        Files.delete(data.resolve("elohim.data"));
        try (var node = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(UNTRUSTED_DATA, node.awaitExit());
            assertOneSentence(node);
        }
        assertFalse(Files.exists(data.resolve("node.key")));
    }

    @Test
    void anAdminTokenThatOthersCanReadIsRefusedWithTheWayOut() throws Exception {
        Path data = scratch.resolve("data");
        NodeProcess.ready(scratch, data).close();
        Path token = data.resolve("admin.token");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
        try (var node = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(UNTRUSTED_DATA, node.awaitExit());
            assertTrue(node.errors().contains("chmod 600 " + token), node.errors());
            assertOneSentence(node);
        }
    }

    @Test
    void theKeyOfAnotherNodeIsRefused() throws Exception {
        Path data = scratch.resolve("data");
        Path other = scratch.resolve("other");
        NodeProcess.ready(scratch, data).close();
        NodeProcess.ready(scratch, other).close();
        Files.copy(
                other.resolve("node.key"),
                data.resolve("node.key"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING,
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        try (var node = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(UNTRUSTED_DATA, node.awaitExit());
            assertTrue(node.errors().contains("belongs to node"), node.errors());
            assertOneSentence(node);
        }
    }
}
