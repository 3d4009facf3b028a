package org.elohim.client.command;

import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What stands on the command line behind `./elohim device`.
///
/// @param words the verb and what it works on
/// @param tier how safe something is to be before the command ends
/// @param reach how far something may travel, where that is said
/// @param nodes how many nodes something is to be brought to
record Arguments(
        List<String> words,
        Path directory,
        boolean json,
        boolean offline,
        boolean literal,
        Tier tier,
        Optional<Reach> reach,
        int nodes) {
    private static final int NODES_MAX = 100;

    static final String DIRECTORY_NAME = "ELOHIM_DEVICE_DIR";

    Arguments {
        words = List.copyOf(words);
    }

    static Arguments parse(List<String> given, Map<String, String> environment) throws Refused {
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        String directory = environment.getOrDefault(DIRECTORY_NAME, home + "/.elohim-device");
        var words = new ArrayList<String>();
        boolean json = false;
        boolean offline = false;
        boolean literal = false;
        Tier tier = Tier.ACCEPTED;
        Optional<Reach> reach = Optional.empty();
        int nodes = 1;
        for (int next = 0; next < given.size(); next++) {
            String argument = given.get(next);
            switch (argument) {
                case "--json" -> json = true;
                case "--offline" -> offline = true;
                case "--string" -> literal = true;
                case "--dir" -> {
                    if (next + 1 == given.size()) {
                        throw Refused.usage("--dir needs a directory behind it");
                    }
                    directory = given.get(++next);
                }
                case "--await" -> {
                    if (next + 1 == given.size()) {
                        throw Refused.usage("--await needs a tier behind it, such as durable");
                    }
                    tier = tier(given.get(++next));
                }
                case "--reach" -> {
                    if (next + 1 == given.size()) {
                        throw Refused.usage("--reach needs a level behind it, such as commons");
                    }
                    reach = Optional.of(reach(given.get(++next)));
                }
                case "--nodes" -> {
                    if (next + 1 == given.size()) {
                        throw Refused.usage("--nodes needs a number behind it, such as 2");
                    }
                    nodes = nodes(given.get(++next));
                }
                case "--" -> {
                    words.addAll(given.subList(next + 1, given.size()));
                    next = given.size();
                }
                default -> {
                    if (argument.startsWith("--dir=")) {
                        directory = argument.substring("--dir=".length());
                    } else if (argument.startsWith("--await=")) {
                        tier = tier(argument.substring("--await=".length()));
                    } else if (argument.startsWith("--reach=")) {
                        reach = Optional.of(reach(argument.substring("--reach=".length())));
                    } else if (argument.startsWith("--nodes=")) {
                        nodes = nodes(argument.substring("--nodes=".length()));
                    } else if (argument.startsWith("--")) {
                        throw Refused.usage(
                                "unknown flag %s; where it is meant as a value, put -- before it"
                                        .formatted(argument));
                    } else {
                        words.add(argument);
                    }
                }
            }
        }
        return new Arguments(words, Path.of(directory), json, offline, literal, tier, reach, nodes);
    }

    private static int nodes(String text) throws Refused {
        try {
            int nodes = Integer.parseInt(text);
            if (nodes >= 1 && nodes <= NODES_MAX) {
                return nodes;
            }
        } catch (NumberFormatException noNumber) {
            // Told below.
        }
        throw Refused.usage(
                "'%s' is no number of nodes; allowed: 1 to %d".formatted(text, NODES_MAX));
    }

    private static Reach reach(String text) throws Refused {
        try {
            return Reach.parse(text);
        } catch (IllegalArgumentException noReach) {
            throw Refused.usage("'%s' is %s".formatted(text, noReach.getMessage()));
        }
    }

    private static Tier tier(String text) throws Refused {
        return switch (text) {
            case "accepted" -> Tier.ACCEPTED;
            case "durable" -> Tier.DURABLE;
            default ->
                    throw Refused.usage(
                            "'%s' is nothing to wait for; allowed: accepted, durable"
                                    .formatted(text));
        };
    }

    String verb() {
        return words.isEmpty() ? "" : words.getFirst();
    }

    /// How many words there are behind the verb.
    int size() {
        return Math.max(0, words.size() - 1);
    }

    String word(int number) {
        return words.get(number + 1);
    }
}
