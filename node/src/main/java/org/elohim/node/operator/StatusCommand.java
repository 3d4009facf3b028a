package org.elohim.node.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.elohim.node.exit.StartFailure;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `./elohim status`: how the running node of a data directory does, and its family as it sees it.
///
/// Invariants: the exit status alone tells whether the node is ready; whether others are there
/// changes nothing of it, as it changes nothing of what the node does.
public final class StatusCommand {
    private static final int READY = 0;
    private static final int WRONG = 2;
    private static final int NOT_RUNNING = 3;
    private static final int NOT_READY = 5;
    private static final String USAGE =
            """
            Usage: ./elohim status [--data-dir DIR] [--config FILE] [--json]

            Tells how the running node does: whether it is ready and if not why, who belongs to its family
            and who is there, what each of the others lacks and for how long, and whether everything is safe.

            Exit status: 0 ready; 3 no node runs there; 5 it runs and is not ready; 2 it was asked wrongly.
            """;
    private static final JsonMapper JSON = new JsonMapper();

    private final OperatorCall call;

    private StatusCommand(OperatorCall call) {
        this.call = call;
    }

    /// What is printed, and the exit status.
    ///
    /// @param error what is said beside the answer, on standard error
    public record Said(String text, String error, int status) {}

    public static void main(String[] arguments) throws InterruptedException {
        Said said = run(List.of(arguments), System.getenv());
        System.out.print(said.text());
        System.err.print(said.error());
        System.exit(said.status());
    }

    /// As from the command line.
    public static Said run(List<String> arguments, Map<String, String> environment)
            throws InterruptedException {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            return new Said(USAGE, "", READY);
        }
        try {
            CommandLine line = CommandLine.parse(arguments, Set.of(), Set.of(), USAGE);
            if (!line.verb().isEmpty()) {
                throw line.wrong("not known here: " + line.verb());
            }
            Path directory = line.config(environment).node().dataDir();
            ObjectNode found = new StatusCommand(new OperatorCall(directory, environment)).ask();
            int status =
                    switch (found.path("status").asText()) {
                        case "ready" -> READY;
                        case "not_running" -> NOT_RUNNING;
                        case "refused" -> WRONG;
                        default -> NOT_READY;
                    };
            if (line.wantsJson()) {
                return new Said(found + "\n", "", status);
            }
            return status == NOT_RUNNING || status == WRONG
                    ? new Said("", said(found.path("sentence").asText()), status)
                    : new Said(StatusText.of(found), "", status);
        } catch (StartFailure failed) {
            return new Said("", said(failed.getMessage()), failed.exitCode().status());
        }
    }

    private static String said(String sentence) {
        return "elohim status: " + sentence + "\n";
    }

    /// One object of all that is known, with `status` and `sentence` in any case.
    private ObjectNode ask() throws InterruptedException {
        ObjectNode found = JSON.createObjectNode();
        switch (call.send("GET", "/node", "")) {
            case OperatorCall.Answer.Done(var node) -> {
                found.put("status", node.path("status").asText());
                found.put("sentence", StatusText.sentence(node.path("status").asText()));
                found.set("node", node);
                put(found, "cluster", "/cluster/members");
                put(found, "sync", "/sync/status");
            }
            case OperatorCall.Answer.Refused(var detail) ->
                    found.put("status", "refused").put("sentence", detail);
            case OperatorCall.Answer.Unavailable(var detail) ->
                    found.put("status", "unavailable").put("sentence", detail);
            case OperatorCall.Answer.NotRunning(var detail, _) ->
                    found.put("status", "not_running").put("sentence", detail);
            case OperatorCall.Answer.Unreadable(var detail) ->
                    found.put("status", "not_running").put("sentence", detail);
        }
        return found;
    }

    // What is not answered is left out: the rest is worth telling all the same.
    private void put(ObjectNode found, String name, String path) throws InterruptedException {
        if (call.send("GET", path, "") instanceof OperatorCall.Answer.Done(JsonNode answer)) {
            found.set(name, answer);
        }
    }
}
