package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The daemon as a process: how it starts, what it answers, how it stops and what of its
/// surroundings it refuses.
class DaemonIT extends DaemonProcess {
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
        // Whoever starts the tests in the background has them, and all they start, ignore INT.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(NodeProcess.command("--data-dir", data.toString(), "--http-port", "0"));
        try (var node = NodeProcess.start(scratch, Map.of(), command).awaitReady()) {
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
            NodeProcess.startAndKill(scratch, data, millis);
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
            NodeProcess.startAndKill(scratch, data, millis);
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
}
