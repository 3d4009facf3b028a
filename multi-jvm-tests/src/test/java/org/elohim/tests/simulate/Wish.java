package org.elohim.tests.simulate;

import java.util.ArrayList;
import java.util.List;

/// What a person wants of a simulation, as the words of the command line say it.
sealed interface Wish {
    /// More would not fit on a usual machine.
    int NODES_MAX = 13;

    int FAMILIES_MAX = 6;

    /// Of a line through half a continent.
    int LATENCY_MILLIS = 50;

    int LATENCY_MILLIS_MAX = 10_000;

    record Start(int families, int nodes, int latencyMillis) implements Wish {}

    /// The table.
    ///
    /// @param live again and again until it is interrupted
    record Status(boolean json, boolean live) implements Wish {}

    /// Two that shall not hear each other: a node or all nodes of a family each.
    record Partition(String one, String other) implements Wish {}

    /// All of it: lines are whole again, and who was killed starts.
    record Heal() implements Wish {}

    record Kill(String node) implements Wish {}

    record Stop() implements Wish {}

    /// What cannot be done, and why.
    record Unclear(String why) implements Wish {}

    static Wish parse(List<String> words) {
        if (words.isEmpty()) {
            return new Unclear("it does not say what to do");
        }
        List<String> rest = words.subList(1, words.size());
        return switch (words.getFirst()) {
            case "start" -> start(rest);
            case "status" -> status(rest);
            case "partition" ->
                    rest.size() == 2
                            ? new Partition(rest.getFirst(), rest.getLast())
                            : new Unclear("partition takes two names, each of a node or a family");
            case "heal" -> alone(rest, "heal", new Heal());
            case "kill" ->
                    rest.size() == 1
                            ? new Kill(rest.getFirst())
                            : new Unclear("kill takes the name of one node");
            case "stop" -> alone(rest, "stop", new Stop());
            default -> new Unclear("simulate does not know: " + words.getFirst());
        };
    }

    private static Wish alone(List<String> rest, String verb, Wish wish) {
        return rest.isEmpty() ? wish : new Unclear(verb + " does not take: " + rest.getFirst());
    }

    private static Wish status(List<String> rest) {
        List<String> left = new ArrayList<>(rest);
        boolean json = left.remove("--json");
        boolean live = left.remove("--live");
        return left.isEmpty()
                ? new Status(json, live)
                : new Unclear("status does not take: " + left.getFirst());
    }

    private static Wish start(List<String> rest) {
        int families = 2;
        int nodes = 2;
        int latency = 0;
        for (int i = 0; i < rest.size(); i += 2) {
            String flag = rest.get(i);
            if (flag.equals("--latency")
                    && (i + 1 == rest.size() || rest.get(i + 1).startsWith("--"))) {
                latency = LATENCY_MILLIS;
                i--;
                continue;
            }
            int max =
                    switch (flag) {
                        case "--families" -> FAMILIES_MAX;
                        case "--nodes" -> NODES_MAX;
                        case "--latency" -> LATENCY_MILLIS_MAX;
                        default -> 0;
                    };
            if (max == 0) {
                return new Unclear("start does not take: " + flag);
            }
            String given = i + 1 < rest.size() ? rest.get(i + 1) : "";
            int value = number(given);
            int least = flag.equals("--latency") ? 0 : 1;
            if (value < least || value > max) {
                return new Unclear(
                        "%s %s is not allowed: %d to %d is".formatted(flag, given, least, max));
            }
            switch (flag) {
                case "--families" -> families = value;
                case "--nodes" -> nodes = value;
                default -> latency = value;
            }
        }
        return new Start(families, nodes, latency);
    }

    private static int number(String given) {
        try {
            return Integer.parseInt(given);
        } catch (NumberFormatException none) {
            return -1;
        }
    }
}
