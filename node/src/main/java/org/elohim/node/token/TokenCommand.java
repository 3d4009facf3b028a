package org.elohim.node.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.operator.CommandLine;
import org.elohim.node.operator.OperatorCall;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/// `./elohim token new|list|revoke`: talks to the running node of a data directory, as its
/// operator.
public final class TokenCommand {
    private static final String USAGE =
            """
            Usage: ./elohim token new LABEL SCOPE...
                   ./elohim token list
                   ./elohim token revoke ID

            Makes, shows and revokes the tokens that devices and apps connect with. The node must be
            running; it is found by its data directory. Each takes [--data-dir DIR] [--config FILE]
            [--json].

            A scope is one of
              admin                 everything, also making tokens
              read:reach:REACH      documents of this reach and wider ones
              write:reach:REACH     the same, and changing them
              read:document:ID      one document
              write:document:ID     the same, and changing it
            where REACH is private, intimate, invited, local, neighborhood or commons.
            """;
    private static final JsonMapper JSON = new JsonMapper();

    private final CommandLine line;
    private final OperatorCall call;

    private TokenCommand(CommandLine line, Map<String, String> environment) throws StartFailure {
        this.line = line;
        this.call = new OperatorCall(line.config(environment).node().dataDir(), environment);
    }

    public static void main(String[] arguments) throws InterruptedException {
        List<String> all = List.of(arguments);
        if (all.contains("--help") || all.contains("-h")) {
            System.out.print(USAGE);
            return;
        }
        try {
            CommandLine line = CommandLine.parse(all, Set.of(), Set.of(), USAGE);
            System.out.print(new TokenCommand(line, System.getenv()).run());
        } catch (StartFailure failed) {
            System.err.println("elohim token: " + failed.getMessage());
            System.exit(failed.exitCode().status());
        }
    }

    private String run() throws StartFailure, InterruptedException {
        String verb = line.verb();
        List<String> rest = line.rest();
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
        throw line.wrong("that is not how it is used");
    }

    private JsonNode send(String method, String path, String body)
            throws StartFailure, InterruptedException {
        return switch (call.send(method, path, body)) {
            case OperatorCall.Answer.Done(var answer) -> answer;
            case OperatorCall.Answer.Refused(var detail) ->
                    throw new StartFailure(ExitCode.USAGE, detail);
            case OperatorCall.Answer.Unavailable(var detail) ->
                    throw new StartFailure(ExitCode.ENVIRONMENT, detail);
            case OperatorCall.Answer.NotRunning(var detail, _) ->
                    throw new StartFailure(ExitCode.ENVIRONMENT, detail);
            case OperatorCall.Answer.Unreadable(var detail) ->
                    throw new StartFailure(ExitCode.ENVIRONMENT, detail);
        };
    }

    private interface Text {
        String of(JsonNode answer);
    }

    private String shown(JsonNode answer, Text text) {
        return line.wantsJson() ? answer + "\n" : text.of(answer);
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

    private static String path(String id) throws StartFailure {
        if (!id.matches("[0-9a-f]{1,64}")) {
            throw new StartFailure(
                    ExitCode.USAGE, "not the id of a token; ./elohim token list shows them.");
        }
        return id;
    }
}
