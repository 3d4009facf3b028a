package org.elohim.tests.simulate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One node, as the table shows it.
///
/// @param state `up`, `starting`, `silent` where it runs and does not answer, `killed`
/// @param facts what else is known of it, by the name of the column; what it does not tell is
///   absent
record Row(String node, String family, String state, String url, Map<String, Object> facts) {
    static final String SIBLINGS = "siblings";

    /// How many changes the others lack of what lies here, taken together.
    static final String BEHIND = "behind";

    static final String LEADER = "leader";
    static final String TERM = "term";
    static final String CUT_FROM = "cut_from";

    private static final List<String> COLUMNS = List.of(SIBLINGS, BEHIND, LEADER, TERM, CUT_FROM);

    Row {
        facts = Map.copyOf(facts);
    }

    /// Its fields by name, for JSON.
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", node);
        fields.put("family", family);
        fields.put("state", state);
        COLUMNS.stream()
                .filter(facts::containsKey)
                .forEach(column -> fields.put(column, facts.getOrDefault(column, "")));
        fields.put("url", url);
        return fields;
    }

    /// A table for a person; columns that no node fills are left out.
    static String table(List<Row> rows) {
        List<List<String>> lines = new ArrayList<>();
        List<String> heading = new ArrayList<>(List.of("node", "family", "state"));
        COLUMNS.forEach(column -> heading.add(column.replace('_', ' ')));
        heading.add("url");
        lines.add(heading);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.node, row.family, row.state));
            COLUMNS.forEach(column -> line.add(row.facts.getOrDefault(column, "").toString()));
            line.add(row.url);
            lines.add(line);
        }
        var table = new StringBuilder();
        for (List<String> line : lines) {
            var shown = new StringBuilder();
            for (int column = 0; column < line.size(); column++) {
                int width = width(lines, column);
                if (width > 0) {
                    String format = "%-" + width + "s  ";
                    shown.append(String.format(Locale.ROOT, format, line.get(column)));
                }
            }
            table.append(shown.toString().stripTrailing()).append('\n');
        }
        return table.toString();
    }

    // 0 where nobody has anything to say; the first line is the heading.
    private static int width(List<List<String>> lines, int column) {
        boolean empty = lines.stream().skip(1).allMatch(line -> line.get(column).isEmpty());
        return empty
                ? 0
                : lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
    }
}
