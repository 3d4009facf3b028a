package org.elohim.bench;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One measured number beside the number that the machine allowed in the same run.
///
/// Invariants: one line of JSON; names come from the benchmarks and need no escaping.
public record Figure(
        String benchmark,
        String figure,
        Map<String, Long> parameters,
        double value,
        double limit,
        String limitName,
        String unit) {

    public Figure {
        parameters = Map.copyOf(parameters);
    }

    /// How much of the limit was reached.
    public double ratio() {
        return value / limit;
    }

    public String toJson() {
        String settings =
                new TreeMap<>(parameters)
                        .entrySet().stream()
                                .map(
                                        entry ->
                                                "\"%s\":%d,"
                                                        .formatted(
                                                                entry.getKey(), entry.getValue()))
                                .collect(Collectors.joining());
        return String.format(
                Locale.ROOT,
                "{\"benchmark\":\"%s\",\"figure\":\"%s\",%s\"value\":%.1f,\"limit\":%.1f,"
                        + "\"limit_name\":\"%s\",\"ratio\":%.3f,\"unit\":\"%s\"}",
                benchmark,
                figure,
                settings,
                value,
                limit,
                limitName,
                ratio(),
                unit);
    }
}
