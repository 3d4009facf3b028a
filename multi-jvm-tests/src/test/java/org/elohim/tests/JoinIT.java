package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// How a family begins and grows, as a person does it: by join codes.
class JoinIT extends NodesOfFamilies {
    private static final Pattern CODE = Pattern.compile("\"code\":\"(ELOHIM-[0-9A-Z-]+)\"");
    // As a person sees it, above the code that a camera reads.
    private static final Pattern READ = Pattern.compile("\n(ELOHIM-[0-9A-Z-]+)\n");

    @Test
    void aFamilyBeginsWithOneCommandAndGrowsWithOneMoreAndTheKeyIsSeenNowhere() throws Exception {
        int port = QuietPort.find();
        String code = NodeAndDevices.first(READ, family("attic", port, "", "create"));
        assertEquals(code, NodeAndDevices.first(CODE, family("attic", port, "", "show", "--json")));
        FamilyKey key = JoinCode.parse(code).key();
        try (var attic = node("attic", port, "");
                var cellar = node("cellar", 0, code)) {
            NodeProcess.await(
                    "the cellar to find the attic",
                    () -> peers(cellar, "cellar").contains("\"connected\":true"));
            for (NodeProcess node : List.of(attic, cellar)) {
                String arguments = Files.readString(Path.of("/proc/" + node.pid() + "/cmdline"));
                assertFalse(arguments.contains(key.reveal()) || arguments.contains("ELOHIM-"));
                assertNowhere(key.reveal(), node.output() + node.errors());
                assertNowhere(code, node.output() + node.errors());
            }
            assertNowhere(key.reveal(), logs("attic") + logs("cellar"));
        }
        // Also without the code, and where it is given once more.
        try (var cellar = node("cellar", 0, "");
                var attic = node("attic", port, code)) {
            NodeProcess.await(
                    "the attic to be found again",
                    () -> peers(cellar, "cellar").contains("\"connected\":true"));
            assertTrue(attic.output().contains("its door at port " + port));
        }
    }

    @Test
    void aNodeOfOneFamilyDoesNotJoinAnother() throws Exception {
        String ours = NodeAndDevices.first(CODE, family("attic", 0, "", "create", "--json"));
        String theirs = NodeAndDevices.first(CODE, family("cellar", 0, "", "create", "--json"));
        try (var attic = process("attic", environment(0, theirs))) {
            assertEquals(DaemonProcess.USAGE, attic.awaitExit());
            assertTrue(attic.errors().contains("belongs to another family"), attic.errors());
            DaemonProcess.assertOneSentence(attic);
        }
        String mistyped = ours.substring(0, ours.length() - 1) + (ours.endsWith("0") ? "1" : "0");
        try (var shed = process("shed", environment(0, mistyped))) {
            assertEquals(DaemonProcess.USAGE, shed.awaitExit());
            assertTrue(shed.errors().contains("mistyped"), shed.errors());
            assertFalse(Files.exists(scratch.resolve("shed")));
        }
    }

    @Test
    void aNewKeyReachesTheOthersAndTheOldOneEndsWithItsTime() throws Exception {
        int port = QuietPort.find();
        String old = NodeAndDevices.first(CODE, family("attic", port, "", "create", "--json"));
        try (var attic = node("attic", port, "");
                var cellar = node("cellar", 0, old)) {
            NodeProcess.await("the cellar to connect", () -> isConnected(cellar, "cellar"));
            NodeProcess.await("the attic to know it", () -> isConnected(attic, "attic"));

            String told = family("attic", port, "", "rotate-key", "--overlap", "15s", "--json");

            assertTrue(told.contains("\"given\":[\"" + cellar.nodeId() + "\"]"), told);
            assertTrue(isConnected(cellar, "cellar"), "nothing ends with the change itself");
            NodeProcess.await(
                    "the old key to be given up",
                    () ->
                            keyFile("attic").contains("past = ")
                                    && keyFile("cellar").contains("past = "));
            assertEquals(newestKey("attic"), newestKey("cellar"));
            NodeProcess.await("the two to speak again", () -> isConnected(cellar, "cellar"));
            String now = NodeAndDevices.first(CODE, family("attic", port, "", "show", "--json"));
            assertFalse(now.equals(old));
            try (var shed = node("shed", 0, old);
                    var barn = node("barn", 0, now)) {
                NodeProcess.await("the barn to connect", () -> isConnected(barn, "barn"));
                NodeProcess.await(
                        "the shed to hear why",
                        () -> peers(shed, "shed").contains("has changed its key"));
                assertFalse(isConnected(shed, "shed"));
            }
        }
    }

    @Test
    void whoStoleANodeIsShutOutAtOnceAndTheOthersAreNot() throws Exception {
        int port = QuietPort.find();
        String code = NodeAndDevices.first(CODE, family("attic", port, "", "create", "--json"));
        try (var attic = node("attic", port, "");
                var cellar = node("cellar", 0, code);
                var stolen = node("stolen", 0, code)) {
            NodeProcess.await(
                    "all to connect",
                    () ->
                            isConnected(cellar, "cellar")
                                    && isConnected(stolen, "stolen")
                                    && peers(attic, "attic").contains(cellar.nodeId())
                                    && peers(attic, "attic").contains(stolen.nodeId()));

            String body = "{\"overlap_ms\":0,\"without\":[\"%s\"]}".formatted(stolen.nodeId());
            String told = send(attic, "attic", "/family/rotate-key", "POST", body).body();

            assertTrue(told.contains("\"given\":[\"" + cellar.nodeId() + "\"]"), told);
            NodeProcess.await(
                    "the stolen one to be shut out", () -> !isConnected(stolen, "stolen"));
            NodeProcess.await("the cellar to connect", () -> isConnected(cellar, "cellar"));
            assertEquals(newestKey("attic"), newestKey("cellar"));
            assertFalse(newestKey("stolen").equals(newestKey("attic")));
        }
    }

    @Test
    void whoIsNotFamilyIsToldOfAtTheDoorAndAFloodOfThemDoesNotKeepASiblingOut() throws Exception {
        int port = QuietPort.find();
        String ours = NodeAndDevices.first(CODE, family("attic", port, "", "create", "--json"));
        String theirs =
                new JoinCode(
                                FamilyKey.of("a family key of theirs"),
                                List.of(new Address("127.0.0.1", port)))
                        .text();
        try (var attic = node("attic", port, "");
                var _ = node("stranger", 0, theirs)) {
            NodeProcess.await(
                    "the attic to tell of the stranger",
                    () ->
                            peers(attic, "attic")
                                    .contains(
                                            "somebody at 127.0.0.1 tried to join with another"
                                                    + " family key"));
            for (int i = 0; i < 20; i++) {
                say(port, "GET /family HTTP/1.1\r\nHost: attic\r\n\r\n");
                say(port, "\u0016\u0003garbage, and more of it");
            }
            NodeProcess.await(
                    "them to be counted",
                    () -> {
                        String counters = get(attic, "attic", "/sync/counters");
                        return counters.matches(".*\"strangers_not_tls\":[1-9].*")
                                && counters.matches(".*\"strangers_with_other_key\":[1-9].*")
                                && counters.matches(".*\"strangers_sent_away\":[1-9].*");
                    });
            try (var cellar = node("cellar", 0, ours)) {
                NodeProcess.await("the cellar to connect", () -> isConnected(cellar, "cellar"));
            }
            long lines = logs("attic").lines().filter(line -> line.contains("somebody at")).count();
            assertTrue(lines >= 1 && lines <= 4, lines + " lines");
        }
    }

    private static void say(int port, String words) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            // Until it is closed by the other side.
            socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            // The same, less politely.
        }
    }

    private boolean isConnected(NodeProcess node, String name) {
        return peers(node, name).contains("\"connected\":true");
    }

    private String keyFile(String name) {
        return content(scratch.resolve(name).resolve("family.key"));
    }

    private String newestKey(String name) {
        return NodeAndDevices.first(Pattern.compile("key = \\d+ \\d+ - (\\S+)"), keyFile(name));
    }

    private static void assertNowhere(String secret, String text) {
        assertFalse(text.contains(secret), "a secret is told");
    }

    private String logs(String name) throws IOException {
        try (Stream<Path> files = Files.list(scratch.resolve(name).resolve("logs"))) {
            return files.map(NodesOfFamilies::content).reduce("", String::concat);
        }
    }

    private static Map<String, String> environment(int port, String code) {
        Map<String, String> environment = new HashMap<>();
        // Those of a family's command as well.
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_PORT", Integer.toString(port));
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_BLOBS_PORT", "0");
        environment.put("ELOHIM_JOIN", code);
        return environment;
    }

    private NodeProcess node(String name, int port, String code) throws IOException {
        return process(name, environment(port, code)).awaitReady();
    }

    private String family(String name, int port, String code, String... words) throws IOException {
        List<String> command =
                Stream.concat(
                                StartCache.family().stream(),
                                Stream.concat(
                                        Stream.of(words),
                                        Stream.of("--data-dir", scratch.resolve(name).toString())))
                        .toList();
        try (var process = NodeProcess.start(scratch, environment(port, code), command)) {
            assertEquals(0, process.awaitExit(), process.errors());
            return process.output();
        }
    }
}
