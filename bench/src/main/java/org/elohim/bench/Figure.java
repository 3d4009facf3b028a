package org.elohim.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// One measured number beside the number that the machine allowed in the same run, where there is
/// such a one.
public record Figure(
        String benchmark,
        String figure,
        Map<String, Long> parameters,
        double value,
        Limit limit,
        String unit) {

    /// What nothing on this machine can beat, measured in the same run.
    public sealed interface Limit {
        record Measured(String name, double value) implements Limit {}

        record None() implements Limit {}

        static Limit of(String name, double value) {
            return new Measured(name, value);
        }

        static Limit none() {
            return new None();
        }
    }

    public Figure {
        parameters = Map.copyOf(parameters);
    }

    /// One line of JSON.
    public String toJson() {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("benchmark", benchmark);
        line.put("figure", figure);
        line.putAll(new TreeMap<>(parameters));
        line.put("value", rounded(value));
        line.put("unit", unit);
        switch (limit) {
            case Limit.None() -> {}
            case Limit.Measured(var name, var most) -> {
                line.put("limit", rounded(most));
                line.put("limit_name", name);
                line.put("ratio", Math.round(value / most * 1000) / 1000.0);
            }
        }
        try {
            return new JsonMapper().writeValueAsString(line);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("not to be written as JSON: " + line, impossible);
        }
    }

    private static double rounded(double number) {
        return Math.round(number * 10) / 10.0;
    }
}
