package org.elohim.node.operator;

import org.elohim.node.config.NodeConfig;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The arguments of a command that speaks with a node: words, and flags in any order. All such
/// commands take `--data-dir`, `--config` and `--json`.
///
/// Invariants: a flag that the command, or its verb, does not know is refused and never passed
/// over.
public final class CommandLine {
    private static final String JSON = "--json";
    private static final Set<String> OF_NODE = Set.of("--data-dir", "--config");

    private final String usage;
    private final List<String> words = new ArrayList<>();
    // By name; what takes no value has an empty one.
    private final Map<String, String> flags = new HashMap<>();
    private final List<String> ofNode = new ArrayList<>();

    private CommandLine(String usage) {
        this.usage = usage;
    }

    /// Reads them.
    ///
    /// @param switches flags of the command that take no value, and
    /// @param valued those that take one
    public static CommandLine parse(
            List<String> arguments, Set<String> switches, Set<String> valued, String usage)
            throws StartFailure {
        var read = new CommandLine(usage);
        for (int next = 0; next < arguments.size(); next++) {
            String argument = arguments.get(next);
            int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
            String name = equals < 0 ? argument : argument.substring(0, equals);
            boolean takesValue = OF_NODE.contains(name) || valued.contains(name);
            if (takesValue && (equals >= 0 || next + 1 < arguments.size())) {
                read.put(
                        name, equals >= 0 ? argument.substring(equals + 1) : arguments.get(++next));
            } else if (argument.equals(JSON) || switches.contains(argument)) {
                read.put(argument, "");
            } else if (argument.startsWith("-") && !argument.equals("-")) {
                throw read.wrong(takesValue ? name + " takes a value" : "unknown flag " + argument);
            } else {
                read.words.add(argument);
            }
        }
        return read;
    }

    private void put(String name, String value) {
        if (OF_NODE.contains(name)) {
            ofNode.addAll(List.of(name, value));
        } else {
            flags.put(name, value);
        }
    }

    /// The first word, or nothing.
    public String verb() {
        return words.isEmpty() ? "" : words.getFirst();
    }

    /// The words behind it.
    public List<String> rest() {
        return words.isEmpty() ? List.of() : List.copyOf(words.subList(1, words.size()));
    }

    public boolean wantsJson() {
        return flags.containsKey(JSON);
    }

    public boolean has(String flag) {
        return flags.containsKey(flag);
    }

    public Optional<String> value(String flag) {
        return Optional.ofNullable(flags.get(flag));
    }

    /// Holds a verb to the flags that it takes, beside those that all take.
    public void refuseAllBut(Set<String> flagsOfVerb) throws StartFailure {
        for (String flag : flags.keySet()) {
            if (!flag.equals(JSON) && !flagsOfVerb.contains(flag)) {
                throw wrong(verb() + " does not take " + flag);
            }
        }
    }

    /// As a node finds it that is started with the same flags and environment.
    public NodeConfig config(Map<String, String> environment) throws StartFailure {
        return OperatorConfig.of(ofNode, environment);
    }

    /// What is wrong, with how it is used.
    public StartFailure wrong(String what) {
        return new StartFailure(ExitCode.USAGE, what + ".\n" + usage.strip());
    }
}
