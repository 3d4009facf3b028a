package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
                    "status",
                    "token",
                    "test",
                    "bench",
                    "simulate",
                    "format",
                    "notice",
                    "help");

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
            try (var status = launch(Map.of(), "status", "--data-dir", data.toString())) {
                assertEquals(0, status.awaitExit(), status.errors());
                assertTrue(status.output().contains(node.nodeId()), status.output());
            }
            node.signal("TERM");
            assertEquals(0, node.awaitExit(), node.errors());
            assertEquals("", node.errors());
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
