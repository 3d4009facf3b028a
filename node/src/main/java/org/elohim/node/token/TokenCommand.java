package org.elohim.node.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.node.data.NodeAddress;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.identity.AdminToken;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/// `./elohim token new|list|revoke`: talks to the running node of a data directory, as its
/// operator.
public final class TokenCommand {
    private static final String USAGE =
            """
            Usage: ./elohim token new LABEL SCOPE... [--data-dir DIR] [--json]
                   ./elohim token list [--data-dir DIR] [--json]
                   ./elohim token revoke ID [--data-dir DIR] [--json]

            Makes, shows and revokes the tokens that devices and apps connect with. The node must be
            running; it is found by its data directory.

            A scope is one of
              admin                 everything, also making tokens
              read:reach:REACH      documents of this reach and wider ones
              write:reach:REACH     the same, and changing them
              read:document:ID      one document
              write:document:ID     the same, and changing it
            where REACH is private, intimate, invited, local, neighborhood or commons.
            """;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);
    private static final JsonMapper JSON = new JsonMapper();

    /// What cannot be done, in words for a person.
    private static final class Refused extends Exception {
        private final ExitCode exitCode;

        Refused(ExitCode exitCode, String message) {
            super(message);
            this.exitCode = exitCode;
        }
    }

    private final Map<String, String> environment;
    private final List<String> words = new ArrayList<>();
    private Path directory;
    private boolean json;

    private TokenCommand(Map<String, String> environment) {
        this.environment = environment;
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        directory = Path.of(environment.getOrDefault("ELOHIM_DATA_DIR", home + "/.elohim-node"));
    }

    public static void main(String[] arguments) throws InterruptedException {
        try {
            System.out.print(new TokenCommand(System.getenv()).run(List.of(arguments)));
        } catch (Refused refused) {
            System.err.println("elohim token: " + refused.getMessage());
            System.exit(refused.exitCode.status());
        }
    }

    private String run(List<String> arguments) throws Refused, InterruptedException {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            return USAGE;
        }
        read(arguments);
        String verb = words.isEmpty() ? "" : words.getFirst();
        List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
        if (verb.equals("new") && rest.size() >= 2) {
            var body = JSON.createObjectNode().put("label", rest.getFirst());
            rest.subList(1, rest.size()).forEach(body.putArray("scopes")::add);
            return shown(send("POST", "/tokens", body.toString()), TokenCommand::made);
        }
        if (verb.equals("list") && rest.isEmpty()) {
            return shown(send("GET", "/tokens", ""), TokenCommand::table);
        }
        if (verb.equals("revoke") && rest.size() == 1) {
            return shown(
                    send("DELETE", "/tokens/" + path(rest.getFirst()), ""), TokenCommand::gone);
        }
        throw new Refused(ExitCode.USAGE, "that is not how it is used.\n" + USAGE.strip());
    }

    private void read(List<String> arguments) throws Refused {
        for (int next = 0; next < arguments.size(); next++) {
            String argument = arguments.get(next);
            if (argument.equals("--json")) {
                json = true;
            } else if (argument.equals("--data-dir") && next + 1 < arguments.size()) {
                directory = Path.of(arguments.get(++next));
            } else if (argument.startsWith("--data-dir=")) {
                directory = Path.of(argument.substring("--data-dir=".length()));
            } else if (argument.startsWith("-")) {
                throw new Refused(
                        ExitCode.USAGE, "unknown flag " + argument + ".\n" + USAGE.strip());
            } else {
                words.add(argument);
            }
        }
    }

    private JsonNode send(String method, String path, String body)
            throws Refused, InterruptedException {
        String url = fileOf(NodeAddress.FILE_NAME);
        String given = environment.getOrDefault(AdminToken.ENVIRONMENT_NAME, "");
        String token = given.isEmpty() ? fileOf(AdminToken.FILE_NAME) : given;
        var request =
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(ANSWER_WITHIN)
                        .header("Authorization", "Bearer " + token)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try (var client = HttpClient.newHttpClient()) {
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode answer = JSON.readTree(response.body());
            if (response.statusCode() >= 300) {
                throw new Refused(ExitCode.USAGE, answer.path("detail").asText(response.body()));
            }
            return answer;
        } catch (IOException unreachable) {
            throw new Refused(
                    ExitCode.ENVIRONMENT,
                    "the node of %s does not answer at %s. Start it with ./elohim node."
                            .formatted(directory, url));
        }
    }

    private String fileOf(String name) throws Refused {
        Path file = directory.resolve(name);
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException absent) {
            throw new Refused(
                    ExitCode.ENVIRONMENT,
                    "no node is running on %s. Start it with ./elohim node, or name its data directory with --data-dir."
                            .formatted(directory));
        } catch (IOException unreadable) {
            throw new Refused(ExitCode.ENVIRONMENT, file + " cannot be read.");
        }
    }

    private interface Text {
        String of(JsonNode answer);
    }

    private String shown(JsonNode answer, Text text) {
        return json ? answer + "\n" : text.of(answer);
    }

    private static String made(JsonNode token) {
        return """
        token   %s
        id      %s
        label   %s
        scopes  %s
        The token is shown this once and kept nowhere. Revoke it with: ./elohim token revoke %s
        """
                .formatted(
                        token.path("token").asText(),
                        token.path("id").asText(),
                        token.path("label").asText(),
                        scopes(token),
                        token.path("id").asText());
    }

    private static String table(JsonNode answer) {
        var lines = new StringBuilder();
        for (JsonNode token : answer.path("tokens")) {
            lines.append(
                    "%s  %-24s  %s\n"
                            .formatted(
                                    token.path("id").asText(),
                                    token.path("label").asText(),
                                    scopes(token)));
        }
        return lines.isEmpty()
                ? "No tokens. Make one with: ./elohim token new\n"
                : lines.toString();
    }

    private static String gone(JsonNode token) {
        return "Revoked %s (%s).\n"
                .formatted(token.path("id").asText(), token.path("label").asText());
    }

    private static String scopes(JsonNode token) {
        var scopes = new StringJoiner(" ");
        token.path("scopes").forEach(scope -> scopes.add(scope.asText()));
        return scopes.toString();
    }

    private static String path(String id) throws Refused {
        if (!id.matches("[0-9a-f]{1,64}")) {
            throw new Refused(
                    ExitCode.USAGE, "not the id of a token; ./elohim token list shows them.");
        }
        return id;
    }
}
