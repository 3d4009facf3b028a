package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.token.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A node that has lost its actors must not look as if it lived.
class LostActorsIT {
    private static final int LOST = 1;
    // What came while an actor wrote is taken one inside of the other: so many need a larger stack
    // than this.
    private static final int REQUESTS = 300;
    private static final String SMALL_STACK = "-Xss512k";

    @TempDir Path scratch;

    @Test
    void theProcessEndsWithItsActorsAndTheNextOneServes() throws Exception {
        Path data = scratch.resolve("data");
        List<String> command =
                new ArrayList<>(
                        NodeProcess.command("--data-dir", data.toString(), "--http-port", "0"));
        command.replaceAll(flag -> flag.startsWith("-Xss") ? SMALL_STACK : flag);
        try (var node = NodeProcess.start(scratch, Map.of(), command).awaitReady();
                var http = HttpClient.newHttpClient();
                var journal =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + data.resolve(JournalSchema.FILE_NAME));
                var statement = journal.createStatement()) {
            URI tokens = URI.create(node.url() + "/tokens");
            HttpRequest.Builder asked =
                    HttpRequest.newBuilder(tokens)
                            .header(
                                    "Authorization",
                                    "Bearer "
                                            + Files.readString(data.resolve("admin.token"))
                                                    .strip());
            statement.execute("BEGIN IMMEDIATE");
            send(
                    http,
                    asked.copy()
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "{\"label\":\"phone\",\"scopes\":[\"admin\"]}"))
                            .build());
            NodeProcess.await(
                    "the write", () -> node.instances(Tokens.Event.Issued.class.getName()) > 0);
            for (int i = 0; i < REQUESTS; i++) {
                send(http, asked.copy().GET().build());
            }
            NodeProcess.await(
                    "the crowd behind it",
                    () -> node.instances(Tokens.Command.All.class.getName()) >= REQUESTS);
            statement.execute("ROLLBACK");

            assertEquals(LOST, node.awaitExit());
        }
        try (var node = NodeProcess.ready(scratch, data)) {
            assertEquals(200, node.get("/health").statusCode());
        }
    }

    private static void send(HttpClient http, HttpRequest request) {
        var _ = http.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    }
}
