package org.elohim.node.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class CommandLineTest {
    private static CommandLine parse(String... arguments) throws StartFailure {
        return CommandLine.parse(
                List.of(arguments), Set.of("--stolen"), Set.of("--overlap"), "Usage: so");
    }

    private static void assertWrong(String words, String... arguments) {
        var wrong = assertThrows(StartFailure.class, () -> parse(arguments));
        assertEquals(ExitCode.USAGE, wrong.exitCode());
        assertEquals(words + ".\nUsage: so", wrong.getMessage());
    }

    @Test
    void flagsStandAnywhereAndInBothForms() throws Exception {
        for (String[] each :
                new String[][] {
                    {"--json", "remove", "--overlap", "7d", "node", "--stolen"},
                    {"remove", "--overlap=7d", "--stolen", "node", "--json"}
                }) {
            CommandLine line = parse(each);
            assertEquals("remove", line.verb());
            assertEquals(List.of("node"), line.rest());
            assertTrue(line.wantsJson() && line.has("--stolen"));
            assertEquals(Optional.of("7d"), line.value("--overlap"));
        }
        assertEquals(List.of("-"), parse("join", "-").rest());
        assertFalse(parse().has("--stolen"));
        assertEquals("", parse().verb());
    }

    @Test
    void whatIsNotKnownIsRefused() {
        assertWrong("unknown flag --stole", "remove", "--stole");
        assertWrong("unknown flag --stolen=yes", "remove", "--stolen=yes");
        assertWrong("--overlap takes a value", "rotate-key", "--overlap");
        assertWrong("--data-dir takes a value", "--data-dir");
    }

    @Test
    void aFlagOfAnotherVerbIsRefused() throws Exception {
        CommandLine line = parse("rotate-key", "--stolen", "--json");
        line.refuseAllBut(Set.of("--stolen"));
        var wrong = assertThrows(StartFailure.class, () -> line.refuseAllBut(Set.of("--overlap")));
        assertTrue(wrong.getMessage().startsWith("rotate-key does not take --stolen."));
    }

    @Test
    void theNodeIsFoundAsANodeFindsItsDirectory() throws Exception {
        for (String[] each : new String[][] {{"--data-dir", "/a"}, {"--data-dir=/a"}}) {
            assertEquals(
                    Path.of("/a"),
                    parse(each).config(Map.of("ELOHIM_NODE_DATA_DIR", "/b")).node().dataDir());
        }
        assertEquals(
                Path.of("/b"),
                parse().config(Map.of("ELOHIM_NODE_DATA_DIR", "/b")).node().dataDir());
    }
}
