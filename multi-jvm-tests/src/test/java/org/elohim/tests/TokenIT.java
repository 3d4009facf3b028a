package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `./elohim token` against a running node.
class TokenIT {
    @TempDir Path scratch;

    @Test
    @DisplayName("R-03: a token that was handed out, or revoked, is so after a kill -9 too")
    void whatWasHandedOutOrRevokedSurvivesAKill() throws Exception {
        Path data = scratch.resolve("data");
        String phone;
        try (var node = NodeProcess.ready(scratch, data)) {
            phone = token("new", "Ana's phone", "write:reach:private");
            String lost = token("new", "lost tablet", "admin");
            assertTrue(token("revoke", idIn(lost)).contains("lost tablet"));
            node.signal("KILL");
            node.awaitExit();
        }
        assertFalse(journalHolds(data, tokenIn(phone)));
        try (var _ = NodeProcess.ready(scratch, data)) {
            assertEquals(
                    idIn(phone) + "  Ana's phone               write:reach:private\n",
                    token("list"));
        }
    }

    @Test
    void theOperatorsTokenMayComeFromTheEnvironmentAndIsNotToBeGuessed() throws Exception {
        Path data = scratch.resolve("data");
        var start = NodeProcess.command("--data-dir", data.toString(), "--http-port", "0");
        String own = "a-token-of-my-own-choice";
        try (var node =
                NodeProcess.start(scratch, Map.of("ELOHIM_API_TOKEN", own), start).awaitReady()) {
            assertEquals(200, node.get("/tokens?token=" + own).statusCode());
            String file = Files.readString(data.resolve("admin.token")).strip();
            assertEquals(401, node.get("/tokens?token=" + file).statusCode());
        }
        try (var node = NodeProcess.start(scratch, Map.of("ELOHIM_API_TOKEN", "short"), start)) {
            assertEquals(2, node.awaitExit());
            assertTrue(node.errors().contains("ELOHIM_API_TOKEN"), node.errors());
        }
    }

    @Test
    void withoutANodeItSaysHowToStartOne() throws Exception {
        try (var command = command("list")) {
            assertEquals(3, command.awaitExit());
            assertTrue(command.errors().contains("./elohim node"), command.errors());
            assertEquals(1, command.errors().lines().count(), command.errors());
        }
    }

    @Test
    void aWrongScopeIsRefusedWithWhatIsAllowed() throws Exception {
        try (var _ = NodeProcess.ready(scratch, scratch.resolve("data"));
                var command = command("new", "phone", "write:everything")) {
            assertEquals(2, command.awaitExit());
            assertTrue(command.errors().contains("read:reach:REACH"), command.errors());
        }
    }

    private String token(String... words) throws IOException {
        try (var command = command(words)) {
            assertEquals(0, command.awaitExit(), command.errors());
            return command.output();
        }
    }

    private NodeProcess command(String... words) throws IOException {
        List<String> command = new ArrayList<>(NodeProcess.command(words));
        command.set(command.indexOf("org.elohim.node.Main"), "org.elohim.node.token.TokenCommand");
        command.addAll(List.of("--data-dir", scratch.resolve("data").toString()));
        return NodeProcess.start(scratch, Map.of(), command);
    }

    private static String tokenIn(String made) {
        return field(made, "token");
    }

    private static String idIn(String made) {
        return field(made, "id");
    }

    private static String field(String made, String name) {
        return made.lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length()).strip())
                .findFirst()
                .orElseThrow();
    }

    private static boolean journalHolds(Path data, String text) throws IOException {
        for (String name : List.of("journal.db", "journal.db-wal")) {
            Path file = data.resolve(name);
            if (Files.exists(file)
                    && new String(Files.readAllBytes(file), ISO_8859_1).contains(text)) {
                return true;
            }
        }
        return false;
    }
}
