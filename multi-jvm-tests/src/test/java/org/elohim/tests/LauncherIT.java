package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `./elohim`, the first thing a stranger meets.
class LauncherIT {
    private static final Path HOME = Path.of(System.getProperty("elohim.home"));
    private static final List<String> VERBS =
            List.of(
                    "node",
                    "device",
                    "status",
                    "token",
                    "family",
                    "test",
                    "bench",
                    "simulate",
                    "format",
                    "notice",
                    "help");

    private static final Map<String, String> FAMILY =
            Map.of(
                    "ELOHIM_CLUSTER_LISTEN", "127.0.0.1",
                    "ELOHIM_CLUSTER_PORT", "0",
                    "ELOHIM_CLUSTER_MEMBERS_PORT", "0",
                    "ELOHIM_CLUSTER_BLOBS_PORT", "0",
                    "ELOHIM_CLUSTER_MDNS_ENABLED", "false");

    @TempDir Path scratch;

    @Test
    void helpListsEveryVerb() throws Exception {
        try (var help = launch(Map.of(), "help")) {
            assertEquals(0, help.awaitExit());
            VERBS.forEach(verb -> assertTrue(help.output().contains("\n  " + verb + " "), verb));
        }
    }

    @Test
    void anUnknownVerbPrintsTheListAndExitsWithTwo() throws Exception {
        try (var unknown = launch(Map.of(), "fly")) {
            assertEquals(2, unknown.awaitExit());
            assertTrue(unknown.errors().contains("unknown verb: fly"), unknown.errors());
            VERBS.forEach(verb -> assertTrue(unknown.errors().contains("\n  " + verb + " "), verb));
        }
    }

    @Test
    void aWrongArgumentOfTestIsNamed() throws Exception {
        try (var wrong = launch(Map.of(), "test", "--al")) {
            assertEquals(2, wrong.awaitExit());
            assertTrue(wrong.errors().contains("--al"), wrong.errors());
        }
    }

    @Test
    void worksThroughASymbolicLinkFromAnywhere() throws Exception {
        Path link = Files.createSymbolicLink(scratch.resolve("e l"), HOME.resolve("elohim"));
        try (var help = NodeProcess.start(scratch, Map.of(), List.of(link.toString(), "help"))) {
            assertEquals(0, help.awaitExit(), help.errors());
        }
    }

    @Test
    @Tag("tools")
    void withoutAJdkItSaysInOneSentenceWhatToInstall() throws Exception {
        // In a mount namespace of its own the machine's JDKs are hidden.
        List<String> command =
                List.of(
                        "unshare",
                        "--map-root-user",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs tmpfs /usr/lib/jvm && PATH=/usr/bin:/bin exec \"$@\"",
                        "sh",
                        HOME.resolve("elohim").toString(),
                        "node");
        try (var none = NodeProcess.start(scratch, Map.of(), command)) {
            assertEquals(3, none.awaitExit());
            assertEquals(1, none.errors().lines().count(), none.errors());
            assertTrue(none.errors().contains("install"), none.errors());
        }
    }

    @Test
    @Tag("tools")
    void runsANodeThatStopsByItsSignal() throws Exception {
        Path data = scratch.resolve("data");
        try (var node =
                launch(Map.of(), "node", "--data-dir", data.toString(), "--http-port", "0")
                        .awaitReady()) {
            assertEquals(200, node.get("/health").statusCode());
            // What a bad change aborts is there for the child alone.
            String arguments = Files.readString(Path.of("/proc/" + node.pid() + "/cmdline"));
            assertTrue(arguments.contains("-Delohim.engine.path="), arguments);
            assertFalse(arguments.contains("automerge"), arguments);
            try (var status = launch(Map.of(), "status", "--data-dir", data.toString())) {
                assertEquals(0, status.awaitExit(), status.errors());
                assertTrue(status.output().contains(node.nodeId()), status.output());
            }
            node.signal("TERM");
            assertEquals(0, node.awaitExit(), node.errors());
            assertEquals("", node.errors());
        }
    }

    /// Whoever finds a code among Java's arguments refuses it, so that a command takes it shows
    /// that it was not there.
    @Test
    @Tag("tools")
    void aJoinCodeIsTakenWhereverItStandsAndHandedOnToJavaByNoArgument() throws Exception {
        String code = new JoinCode(FamilyKey.of("a family key of ours"), List.of()).text();
        String attic = scratch.resolve("attic").toString();
        try (var join = launch(Map.of(), "family", "join", "--data-dir", attic, code)) {
            assertEquals(0, join.awaitExit(), join.errors());
            assertTrue(join.output().contains("belongs to the family now"), join.output());
        }
        String cellar = scratch.resolve("cellar").toString();
        for (List<String> join : List.of(List.of("--join", code), List.of("--join=" + code))) {
            List<String> words = new ArrayList<>(List.of("node"));
            words.addAll(join);
            words.addAll(List.of("--data-dir", cellar, "--http-port", "0"));
            try (var node = launch(FAMILY, words.toArray(String[]::new)).awaitReady()) {
                String arguments = Files.readString(Path.of("/proc/" + node.pid() + "/cmdline"));
                assertTrue(arguments.contains("org.elohim.node.Main"), "the launcher's own");
                assertFalse(arguments.contains("ELOHIM-"), "the code can be read");
                assertTrue(node.output().contains("its door at port"), node.output());
                node.signal("TERM");
                assertEquals(0, node.awaitExit(), node.errors());
            }
        }
    }

    @Test
    @Tag("tools")
    void isCleanInTheEyesOfShellcheck() throws Exception {
        for (String script : List.of("elohim", ".ci/run", "bench/src/licence/check.sh")) {
            try (var check =
                    NodeProcess.start(
                            scratch,
                            Map.of(),
                            List.of("shellcheck", HOME.resolve(script).toString()))) {
                assertEquals(0, check.awaitExit(), check.output());
            }
        }
    }

    private NodeProcess launch(Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(HOME.resolve("elohim").toString());
        command.addAll(List.of(arguments));
        return NodeProcess.start(scratch, environment, command);
    }
}
