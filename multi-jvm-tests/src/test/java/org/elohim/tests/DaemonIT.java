package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The daemon as a process: how it starts, what it answers, how it stops and what it refuses.
///
/// Long because it is a list: every test stands for itself, and a reader looks for one of them.
class DaemonIT {
    private static final int STOPPED = 0;
    private static final int USAGE = 2;
    private static final int ENVIRONMENT = 3;
    private static final int UNTRUSTED_DATA = 4;

    @TempDir Path scratch;

    @Test
    void withoutAnyArgumentItMakesItsHomeAndSaysWhereEverythingLies() throws Exception {
        try (var node =
                NodeProcess.start(
                                scratch,
                                // The default port may be taken on the machine that runs the tests.
                                Map.of("ELOHIM_API_HTTP_PORT", "0"),
                                NodeProcess.command())
                        .awaitReady()) {
            Path home = scratch.resolve(".elohim-node");
            String block = node.output();

            assertTrue(block.contains("data    " + home), block);
            assertTrue(block.contains("token   " + home.resolve("admin.token")), block);
            assertTrue(node.url().startsWith("http://127.0.0.1:"), block);
            for (String secret : List.of("node.key", "admin.token", "journal.db")) {
                assertEquals("rw-------", permissions(home.resolve(secret)), secret);
            }
            assertEquals("rwx------", permissions(home));
        }
    }

    @Test
    void healthKeepsItsThreeQuestionsApart() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("data"))) {
            NodeProcess.await(
                    "a family of one", () -> node.get("/health/cluster").statusCode() == 200);

            assertEquals(
                    "{\"live\":true,\"ready\":true,\"status\":\"ready\",\"cluster\":{\"status\":\"alone\",\"members\":1,\"unreachable\":0}}",
                    node.get("/health").body());
            assertEquals("{\"live\":true}", node.get("/health/live").body());
            assertEquals("{\"ready\":true,\"status\":\"ready\"}", node.get("/health/ready").body());
            assertEquals(
                    "{\"status\":\"alone\",\"members\":1,\"unreachable\":0}",
                    node.get("/health/cluster").body());
        }
    }

    @Test
    void whatIsNotServedIsAProblemThatAPersonCanRead() throws Exception {
        try (var node = NodeProcess.ready(scratch, scratch.resolve("data"))) {
            var nothing = node.get("/nothing/here");
            assertEquals(404, nothing.statusCode());
            assertEquals(
                    "application/problem+json",
                    nothing.headers().firstValue("content-type").orElse(""));
            assertTrue(nothing.body().contains("/nothing/here"), nothing.body());

            var wrongMethod =
                    node.send(
                            HttpRequest.newBuilder(URI.create(node.url() + "/health"))
                                    .DELETE()
                                    .build());
            assertEquals(405, wrongMethod.statusCode());
            assertTrue(wrongMethod.body().contains("GET"), wrongMethod.body());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalStopsItCleanlyAndItComesBackAsTheSameNode(String signal) throws Exception {
        Path data = scratch.resolve("data");
        String id;
        try (var node = NodeProcess.ready(scratch, data)) {
            id = node.nodeId();
            node.signal(signal);

            assertEquals(STOPPED, node.awaitExit());
            assertTrue(node.output().endsWith("elohim-node stopped.\n"), node.output());
            assertEquals("", node.errors());
        }
        try (var again = NodeProcess.ready(scratch, data)) {
            assertEquals(id, again.nodeId());
        }
    }

    @Test
    @DisplayName(
            "R-03: killed at random moments of its start, it always comes back with one record")
    void aKilledNodeComesBackAsItself() throws Exception {
        Path data = scratch.resolve("data");
        String id;
        try (var first = NodeProcess.ready(scratch, data)) {
            id = first.nodeId();
            first.signal("KILL");
            first.awaitExit();
        }
        for (int millis : new int[] {50, 200, 350, 500, 800, 1200}) {
            startAndKill(data, millis);
        }
        try (var node = NodeProcess.ready(scratch, data)) {
            assertEquals(id, node.nodeId());
            node.signal("TERM");
            assertEquals(STOPPED, node.awaitExit());
        }
        assertEquals(1, events(data, "RegisteredNode|" + id));
    }

    @Test
    void killedInItsVeryFirstStartItLeavesNothingThatTheNextOneCannotUse() throws Exception {
        for (int millis : new int[] {100, 200, 300, 400, 500, 600, 800}) {
            Path data = scratch.resolve("data-" + millis);
            startAndKill(data, millis);
            NodeProcess.ready(scratch, data).close();
        }
    }

    @Test
    void aSecondOneOnTheSameDataIsRefusedAndNamesTheFirst() throws Exception {
        Path data = scratch.resolve("data");
        try (var first = NodeProcess.ready(scratch, data);
                var second = start("--data-dir", data.toString(), "--http-port", "0")) {
            assertEquals(ENVIRONMENT, second.awaitExit());
            assertTrue(second.errors().contains("process " + first.pid()), second.errors());
            assertEquals(200, first.get("/health").statusCode());
        }
    }

    @Test
    void aTakenPortIsNamedWithTheWayOut() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var node =
                        start(
                                "--data-dir",
                                scratch.resolve("data").toString(),
                                "--http-port",
                                Integer.toString(taken.getLocalPort()))) {
            assertEquals(ENVIRONMENT, node.awaitExit());
            assertTrue(node.errors().contains("port " + taken.getLocalPort()), node.errors());
            assertTrue(node.errors().contains("--http-port"), node.errors());
            assertOneSentence(node);
        }
    }

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
    void anErrorInTheStartIsABugAndNotACleanStop() throws Exception {
        List<String> command =
                new ArrayList<>(
                        NodeProcess.command(
                                "--data-dir",
                                scratch.resolve("data").toString(),
                                "--http-port",
                                "0"));
        int classPath = command.indexOf("-cp") + 1;
        // A broken installation: one library is missing.
        command.set(
                classPath,
                Stream.of(command.get(classPath).split(File.pathSeparator))
                        .filter(entry -> !entry.contains("akka-http-core"))
                        .collect(Collectors.joining(File.pathSeparator)));
        try (var node = NodeProcess.start(scratch, Map.of(), command)) {
            assertEquals(1, node.awaitExit(), node.errors());
            assertTrue(node.errors().contains("NoClassDefFoundError"), node.errors());
        }
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

    @Test
    void everythingThatIsWrongWithTheConfigurationIsSaidAtOnce() throws Exception {
        Path file = scratch.resolve("elohim-node.toml");
        Files.writeString(
                file,
                """
                [api]
                http_port = "many"
                grcp_port = 9090
                [sync]
                max_document_size = "10 parsecs"
                [nodes]
                id = 1
                """);
        try (var node = start("--config", file.toString(), "--listen", "everywhere")) {
            assertEquals(USAGE, node.awaitExit());
            for (String wrong :
                    List.of("http_port", "grcp_port", "max_document_size", "nodes", "--listen")) {
                assertTrue(node.errors().contains(wrong), wrong + " in " + node.errors());
            }
            assertFalse(Files.exists(scratch.resolve(".elohim-node")));
        }
    }

    @Test
    void aConfigurationThatIsNotThereIsNamed() throws Exception {
        try (var node = start("--config", "nowhere.toml")) {
            assertEquals(USAGE, node.awaitExit());
            assertTrue(node.errors().contains("nowhere.toml"), node.errors());
            assertOneSentence(node);
        }
    }

    @Test
    void theEffectiveConfigurationIsShownWithoutSecretsAndNothingIsStarted() throws Exception {
        String secret = "a-family-key-that-nobody-may-read";
        try (var node =
                NodeProcess.start(
                        scratch,
                        Map.of("ELOHIM_CLUSTER_KEY", secret),
                        NodeProcess.command("--print-config", "--http-port", "1234"))) {
            assertEquals(STOPPED, node.awaitExit(), node.errors());
            String shown = node.output();
            assertTrue(shown.contains("http_port = 1234"), shown);
            assertTrue(shown.contains("flag --http-port"), shown);
            assertTrue(shown.contains("ELOHIM_CLUSTER_KEY"), shown);
            assertFalse(shown.contains(secret));
            assertFalse(Files.exists(scratch.resolve(".elohim-node")));
        }
    }

    @Test
    void theFamilyKeyIsInNoFileOfTheNode() throws Exception {
        String secret = "a-family-key-that-nobody-may-read";
        Path data = scratch.resolve("data");
        try (var node =
                NodeProcess.start(
                                scratch,
                                Map.of("ELOHIM_CLUSTER_KEY", secret),
                                NodeProcess.command(
                                        "--data-dir", data.toString(), "--http-port", "0"))
                        .awaitReady()) {
            assertFalse(node.output().contains(secret));
            assertFalse(node.errors().contains(secret));
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertFalse(
                            new String(Files.readAllBytes(file), ISO_8859_1).contains(secret),
                            file.toString());
                }
            }
        }
    }

    @Test
    void twoNodesHaveTwoNames() throws Exception {
        try (var one = NodeProcess.ready(scratch, scratch.resolve("one"));
                var two = NodeProcess.ready(scratch, scratch.resolve("two"))) {
            assertNotEquals(one.nodeId(), two.nodeId());
        }
    }

    /// The time is what is varied: it decides which step of the start the kill falls into.
    private void startAndKill(Path data, int millis) throws Exception {
        try (var killed = start("--data-dir", data.toString(), "--http-port", "0")) {
            Thread.sleep(millis);
            killed.signal("KILL");
            killed.awaitExit();
        }
    }

    private NodeProcess start(String... arguments) throws IOException {
        return NodeProcess.start(scratch, Map.of(), NodeProcess.command(arguments));
    }

    /// A refusal is words for a person, not a stack trace.
    private static void assertOneSentence(NodeProcess node) {
        String errors = node.errors();
        assertEquals(1, errors.lines().count(), errors);
        assertFalse(errors.contains("Exception"), errors);
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static int events(Path data, String persistenceId) throws SQLException {
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

    private static void sql(Path data, String statement) throws SQLException {
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("journal.db"));
                var change = connection.createStatement()) {
            change.executeUpdate(statement);
        }
    }
}
