package org.elohim.node.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.elohim.node.config.DurationText;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.data.DataDirectory;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.log.Logs;
import org.elohim.node.operator.CommandLine;
import org.elohim.node.operator.OperatorCall;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.id.NodeId;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// `./elohim family …`: begins a family, shows its join code, and tells the running node of a data
/// directory what its operator wants of the family. What needs no running node works without.
public final class FamilyCommand {
    private static final String USAGE =
            """
            Usage: ./elohim family create            begin a family with this node, and show its join code
                   ./elohim family show              show the join code again
                   ./elohim family join CODE|-       become one of the family that the code is of; - asks for it
                   ./elohim family members           who belongs to it, and who is there
                   ./elohim family leave [--call-off]
                                                     leave it with this node: it takes no edits any more,
                                                     waits until others hold everything, and may then be
                                                     switched off
                   ./elohim family rotate-key [--overlap 7d]
                                                     change the family's key on all nodes
                   ./elohim family remove NODE [--stolen]
                                                     remove a node that is gone for good; where it was
                                                     stolen, the key changes at once and without it

            Each takes [--data-dir DIR] [--config FILE] [--json].

            A node of the family is made with: ./elohim node --join CODE
            Whoever has the code is family. In the place of CODE both take - and ask for it, or read it
            from the variable ELOHIM_JOIN, so that it stays out of the shell's history.
            """;
    private static final JsonMapper JSON = new JsonMapper();
    private static final long LEAVE_LOOK_MILLIS = 300;

    private static final String STOLEN = "--stolen";
    private static final String CALL_OFF = "--call-off";
    private static final String OVERLAP = "--overlap";
    // What only some verbs take.
    private static final Map<String, Set<String>> FLAGS =
            Map.of(
                    "leave", Set.of(CALL_OFF),
                    "rotate-key", Set.of(OVERLAP),
                    "remove", Set.of(STOLEN));
    private static final String OVERLAP_USUAL = "7d";

    private final Map<String, String> environment;
    private final CommandLine line;
    private final NodeConfig config;

    private FamilyCommand(List<String> arguments, Map<String, String> environment)
            throws StartFailure {
        this.environment = environment;
        this.line = CommandLine.parse(arguments, Set.of(STOLEN, CALL_OFF), Set.of(OVERLAP), USAGE);
        line.refuseAllBut(FLAGS.getOrDefault(line.verb(), Set.of()));
        this.config = line.config(environment);
    }

    public static void main(String[] arguments) throws InterruptedException {
        Logs.onlyWarnings();
        try {
            List<String> all = List.of(arguments);
            System.out.print(
                    all.contains("--help") || all.contains("-h")
                            ? USAGE
                            : new FamilyCommand(all, System.getenv()).run());
        } catch (StartFailure failed) {
            System.err.println("elohim family: " + failed.getMessage());
            System.exit(failed.exitCode().status());
        }
    }

    private String run() throws StartFailure, InterruptedException {
        String verb = line.verb();
        List<String> rest = line.rest();
        if (verb.equals("create") && rest.isEmpty()) {
            return shown(create(), FamilyText::begun);
        }
        if (verb.equals("show") && rest.isEmpty()) {
            return shown(show(), FamilyText::code);
        }
        if (verb.equals("join") && rest.size() <= 1) {
            return shown(join(rest.stream().findFirst()), FamilyText::joined);
        }
        if (verb.equals("members") && rest.isEmpty()) {
            return shown(asked("GET", "/cluster/members", ""), FamilyText::members);
        }
        if (verb.equals("remove") && rest.size() == 1) {
            return shown(remove(rest.getFirst()), FamilyText::removed);
        }
        if (verb.equals("leave") && rest.isEmpty()) {
            return shown(line.has(CALL_OFF) ? stay() : leave(), FamilyText::leave);
        }
        if (verb.equals("rotate-key") && rest.isEmpty()) {
            return shown(rotate(overlapMillis(), List.of()), FamilyText::rotated);
        }
        throw line.wrong("that is not how it is used");
    }

    private long overlapMillis() throws StartFailure {
        long overlapMillis = overlapMillis(line.value(OVERLAP).orElse(OVERLAP_USUAL));
        if (overlapMillis > KeyRing.OVERLAP_MILLIS_MAX) {
            throw wrong(
                    "--overlap is at most %dd: an old key that counts for longer protects nobody."
                            .formatted(Duration.ofMillis(KeyRing.OVERLAP_MILLIS_MAX).toDays()));
        }
        return overlapMillis;
    }

    private static long overlapMillis(String text) throws StartFailure {
        try {
            if (text.matches("[0-9]{1,3}d")) {
                return Duration.ofDays(Long.parseLong(text.substring(0, text.length() - 1)))
                        .toMillis();
            }
            return text.equals("0") ? 0 : DurationText.parse(text).toMillis();
        } catch (IllegalArgumentException | ArithmeticException none) {
            throw wrong("--overlap takes a duration such as 7d or 12h, or 0.");
        }
    }

    private JsonNode rotate(long overlapMillis, List<String> without)
            throws StartFailure, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("overlap_ms", overlapMillis);
        without.forEach(body.putArray("without")::add);
        return asked("POST", "/family/rotate-key", body.toString());
    }

    /// The key first: whoever stole the node has the old one.
    private JsonNode remove(String node) throws StartFailure, InterruptedException {
        try {
            NodeId.parse(node);
        } catch (IllegalArgumentException none) {
            throw wrong(
                    "%s is the id of no node. NODE is one that ./elohim family members shows."
                            .formatted(node));
        }
        boolean stolen = line.has(STOLEN);
        ObjectNode answer = JSON.createObjectNode();
        if (stolen) {
            answer.set("key", rotate(0, List.of(node)));
        }
        String body =
                JSON.createObjectNode().put("node", node).put("even_alive", stolen).toString();
        try {
            answer.set("removed", asked("POST", "/cluster/remove", body));
        } catch (StartFailure failed) {
            if (!stolen) {
                throw failed;
            }
            // It is shut out all the same.
            answer.put("not_removed", failed.getMessage());
            System.out.print(shown(answer, FamilyText::removed));
            throw new StartFailure(
                    failed.exitCode(),
                    "the family's key was changed, and the node still stands among the members."
                            + " Once the reason above is mended, run: ./elohim family remove "
                            + node);
        }
        return answer;
    }

    private JsonNode stay() throws StartFailure, InterruptedException {
        return asked("DELETE", "/cluster/leave", "");
    }

    /// Waits until it has left; whoever is tired of that may end this, and the node goes on.
    private JsonNode leave() throws StartFailure, InterruptedException {
        var call = new OperatorCall(config.node().dataDir(), environment);
        JsonNode told = asked("POST", "/cluster/leave", "");
        String sentence = told.path("sentence").asText();
        String said = "";
        while (!told.path("state").asText().equals("left")) {
            if (!line.wantsJson() && !sentence.equals(said)) {
                System.err.println(sentence);
                said = sentence;
            }
            if (told.path("state").asText().equals("member")) {
                throw wrong("it was called off.");
            }
            TimeUnit.MILLISECONDS.sleep(LEAVE_LOOK_MILLIS);
            // It begins anew when it has left, and does not answer meanwhile.
            switch (call.send("GET", "/cluster/leave", "")) {
                case OperatorCall.Answer.Done(var now) -> {
                    told = now;
                    sentence = now.path("sentence").asText();
                }
                case OperatorCall.Answer.NotRunning(_, var killed) when !killed ->
                        throw broken(
                                "the node was stopped. It goes on leaving when it is started"
                                        + " again; to call it off, start it and run: ./elohim"
                                        + " family leave --call-off");
                case OperatorCall.Answer.NotRunning _ ->
                        sentence =
                                "The node does not run any more. It goes on leaving when it is"
                                        + " started again; this command waits for that, and may be"
                                        + " ended with Ctrl-C.";
                case OperatorCall.Answer.Unavailable(var detail) -> sentence = detail;
                case OperatorCall.Answer.Refused(var detail) -> throw wrong(detail);
                case OperatorCall.Answer.Unreadable(var detail) -> throw broken(detail);
            }
        }
        return told;
    }

    /// What only a running node can answer.
    private JsonNode asked(String method, String path, String body)
            throws StartFailure, InterruptedException {
        return byNode(method, path, body).orNothing();
    }

    private JsonNode create() throws StartFailure, InterruptedException {
        return byNode("POST", "/family/create", "")
                .or(
                        keys -> {
                            KeyRing ring = keys.create();
                            return FamilyAnswers.code(ring, addresses());
                        });
    }

    private JsonNode show() throws StartFailure, InterruptedException {
        return byNode("GET", "/family/code", "")
                .or(keys -> FamilyAnswers.code(keys.held(), addresses()));
    }

    private JsonNode join(Optional<String> given) throws StartFailure, InterruptedException {
        JoinCode code =
                GivenCode.of(given, environment).orElseThrow(() -> line.wrong("join takes a code"));
        String body = JSON.createObjectNode().put("code", code.text()).toString();
        return byNode("POST", "/cluster/join", body)
                .or(
                        keys -> {
                            FamilyKeys.Joined joined = keys.join(code);
                            return FamilyAnswers.joined(keys.held(), joined);
                        });
    }

    private List<Address> addresses() {
        return DoorAddresses.of(config.cluster(), config.cluster().port());
    }

    private interface Offline {
        Map<String, Object> answer(FamilyKeys keys) throws FamilyKeys.Refused;
    }

    /// What the running node answers, if one is running.
    private final class ByNode {
        private final Optional<JsonNode> answer;
        private final String otherwise;

        ByNode(Optional<JsonNode> answer, String otherwise) {
            this.answer = answer;
            this.otherwise = otherwise;
        }

        JsonNode orNothing() throws StartFailure {
            return answer.orElseThrow(() -> broken(otherwise));
        }

        /// Without a running node, with the directory in the hands of this process.
        JsonNode or(Offline offline) throws StartFailure {
            if (answer.isPresent()) {
                return answer.get();
            }
            try (DataDirectory directory = DataDirectory.open(config.node().dataDir())) {
                FamilyKeys keys = FamilyKeys.open(directory.path(), InstantSource.system(), config);
                return JSON.valueToTree(offline.answer(keys));
            } catch (FamilyKeys.Refused refused) {
                throw wrong(refused.getMessage());
            } catch (IOException failed) {
                throw DataDirectory.unusable(config.node().dataDir(), failed);
            }
        }
    }

    private ByNode byNode(String method, String path, String body)
            throws StartFailure, InterruptedException {
        var call = new OperatorCall(config.node().dataDir(), environment);
        return switch (call.send(method, path, body)) {
            case OperatorCall.Answer.Done(var answer) -> new ByNode(Optional.of(answer), "");
            case OperatorCall.Answer.NotRunning(var detail, _) ->
                    new ByNode(Optional.empty(), detail);
            case OperatorCall.Answer.Refused(var detail) -> throw wrong(detail);
            case OperatorCall.Answer.Unavailable(var detail) -> throw broken(detail);
            case OperatorCall.Answer.Unreadable(var detail) -> throw broken(detail);
        };
    }

    private static StartFailure wrong(String why) {
        return new StartFailure(ExitCode.USAGE, why);
    }

    private static StartFailure broken(String why) {
        return new StartFailure(ExitCode.ENVIRONMENT, why);
    }

    private interface Text {
        String of(JsonNode answer);
    }

    private String shown(JsonNode answer, Text text) {
        return line.wantsJson() ? answer + "\n" : text.of(answer);
    }
}
