package org.elohim.node.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The environment as a source of settings.
///
/// Invariants: an empty variable counts as absent, as container files often pass one; a variable
/// that looks like a key but is none is a problem, and its value is never shown.
final class EnvironmentVariables {
    private static final List<String> SECTION_PREFIXES =
            Arrays.stream(Section.values())
                    .map(section -> "ELOHIM_" + section.toString().toUpperCase(Locale.ROOT) + "_")
                    .toList();

    private final Map<String, String> environment;
    private final Settings settings;
    // By variable, so that the order does not depend on that of the environment.
    private final Map<String, String> problems = new TreeMap<>();

    private EnvironmentVariables(Map<String, String> environment, Settings settings) {
        this.environment = environment;
        this.settings = settings;
    }

    static List<String> read(Map<String, String> environment, Settings settings) {
        var source = new EnvironmentVariables(environment, settings);
        ConfigKeys.ALL.forEach(source::read);
        source.findUnknown();
        return List.copyOf(source.problems.values());
    }

    private void read(Key<?> key) {
        List<String> set = key.variables().stream().filter(this::isSet).toList();
        if (set.stream().map(environment::get).distinct().count() > 1) {
            problems.put(
                    set.getFirst(),
                    "environment "
                            + String.join(" and ", set)
                            + ": both set "
                            + key
                            + ", to different values; set one of them");
            return;
        }
        set.stream().limit(1).forEach(variable -> read(key, variable));
    }

    private void read(Key<?> key, String variable) {
        String value = environment.getOrDefault(variable, "");
        settings.offer(key, new Origin.Environment(variable), value)
                .ifPresent(problem -> problems.put(variable, problem));
    }

    private boolean isSet(String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }

    private void findUnknown() {
        Set<String> known =
                ConfigKeys.ALL.stream()
                        .flatMap(key -> key.variables().stream())
                        .collect(Collectors.toCollection(TreeSet::new));
        for (String variable : environment.keySet()) {
            if (SECTION_PREFIXES.stream().anyMatch(variable::startsWith)
                    && isSet(variable)
                    && !known.contains(variable)
                    && !ConfigKeys.RESERVED_VARIABLES.contains(variable)) {
                problems.put(
                        variable,
                        "environment "
                                + TomlText.shown(variable)
                                + ": unknown key"
                                + Suggestion.of(variable, new ArrayList<>(known)));
            }
        }
    }
}
