package org.elohim.node.family;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a person is shown of the API's answers.
final class FamilyText {
    private FamilyText() {}

    static String begun(JsonNode answer) {
        return "The family is begun.\n\n" + code(answer);
    }

    static String code(JsonNode answer) {
        String code = answer.path("code").asText();
        return """
        %s
        %s
        Whoever has this code is family: give it to nobody else, and keep it where it survives your
        machines. On each further machine:
          ./elohim node --join CODE
        """
                .formatted(code, QrText.of(code, isTerminal()));
    }

    // There is no console where the output goes into a file or a pipe.
    private static boolean isTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }

    /// Who belongs to the family, as a table.
    static String members(JsonNode answer) {
        String self = answer.path("node").asText();
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("node", "role", "is", "since", "at"));
        answer.path("members")
                .forEach(
                        each ->
                                rows.add(
                                        List.of(
                                                each.path("node").asText()
                                                        + (each.path("node").asText().equals(self)
                                                                ? " (this one)"
                                                                : ""),
                                                role(each),
                                                reach(each),
                                                since(each.path("since_seconds").asLong()),
                                                each.path("address").asText("-"))));
        String term =
                answer.has("term")
                        ? "It is led by "
                                + answer.path("leader").asText("nobody")
                                + ", in term "
                                + answer.path("term").asLong()
                                + ".\n"
                        : "";
        return rows.size() == 1
                ? "This node has not joined its family's cluster yet.\n"
                : table(rows) + term;
    }

    private static String role(JsonNode member) {
        return switch (member.path("role").asText()) {
            case "primary" -> "leads";
            case "replica" -> "full";
            default -> member.path("role").asText();
        };
    }

    private static String reach(JsonNode member) {
        String status = member.path("status").asText();
        return switch (member.path("reach").asText()) {
            case "reachable" -> status.equals("up") ? "there" : status;
            case "through_others" -> "reached through others only";
            default -> "out of reach";
        };
    }

    // To the precision that a person wants.
    static String since(long seconds) {
        if (seconds < 120) {
            return seconds + " s";
        }
        long minutes = seconds / 60;
        if (minutes < 120) {
            return minutes + " min";
        }
        long hours = minutes / 60;
        return hours < 48 ? hours + " h" : hours / 24 + " days";
    }

    private static String table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        var text = new StringBuilder();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                int at = column;
                int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
                line.append(row.get(column)).repeat(' ', width - row.get(column).length() + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    static String removed(JsonNode answer) {
        String key = answer.has("key") ? rotated(answer.path("key")) + "\n" : "";
        return answer.has("removed")
                ? key
                        + "Node "
                        + answer.path("removed").path("node").asText()
                        + " is none of the family any more. Its copies count for nothing, and all"
                        + " other nodes hear of it, also those that are switched off now.\n"
                : key
                        + "It is not removed from the list of members: "
                        + answer.path("not_removed").asText()
                        + "\n";
    }

    static String leave(JsonNode answer) {
        return answer.path("sentence").asText() + "\n";
    }

    static String rotated(JsonNode answer) {
        var text = new StringBuilder("The family has a new key.");
        String until = answer.path("old_key_until").asText("");
        text.append(
                until.isEmpty()
                        ? " The old one counts for nobody any more.\n"
                        : " The old one counts beside it until " + until + ".\n");
        answer.path("given")
                .forEach(node -> text.append("  given to   ").append(node.asText()).append('\n'));
        answer.path("not_given")
                .forEach(
                        each ->
                                text.append("  NOT given  ")
                                        .append(each.path("node").asText())
                                        .append(": ")
                                        .append(each.path("trouble").asText())
                                        .append('\n'));
        text.append(
                until.isEmpty()
                        ? "Whoever was not given it has to join again, with the code that ./elohim"
                                + " family show prints now.\n"
                        : "Who is away meanwhile gets it on coming back; later than that, with the"
                                + " code that ./elohim family show prints now.\n");
        return text.toString();
    }

    static String joined(JsonNode answer) {
        return switch (answer.path("joined").asText()) {
            case "now" -> "This node belongs to the family now.\n";
            case "before" -> "This node belongs to that family already.\n";
            default ->
                    "This node belongs to that family already; the code is older than the family's"
                            + " present key, which this node has.\n";
        };
    }
}
