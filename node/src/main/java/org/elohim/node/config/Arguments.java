package org.elohim.node.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The arguments of `./elohim node`, taken apart but not yet judged.
///
/// Invariants: a flag has at most one value; a problem names the flag and never the value behind an
/// unknown flag.
public record Arguments(
        Map<Flag, String> values, boolean printConfig, boolean help, List<String> problems) {
    private static final String PRINT_CONFIG = "--print-config";
    private static final String HELP = "--help";
    private static final String HELP_SHORT = "-h";

    /// The flags with a value.
    public enum Flag {
        CONFIG("--config", "FILE", "read this configuration file"),
        DATA_DIR("--data-dir", "DIR", "node.data_dir"),
        HTTP_PORT("--http-port", "N", "api.http_port"),
        GRPC_PORT("--grpc-port", "N", "api.grpc_port"),
        P2P_PORT("--p2p-port", "N", "the TCP and UDP port of every address in p2p.listen_addrs"),
        LISTEN("--listen", "ADDR", "api.listen"),
        JOIN("--join", "CODE", "join the family that this code is of; - asks for it");

        private final String label;
        private final String value;
        private final String doc;

        Flag(String label, String value, String doc) {
            this.label = label;
            this.value = value;
            this.doc = doc;
        }

        private String usage() {
            return "  %-18s %s\n".formatted(label + " " + value, doc);
        }

        @Override
        public String toString() {
            return label;
        }
    }

    public Arguments {
        values = Map.copyOf(values);
        problems = List.copyOf(problems);
    }

    public static Arguments parse(List<String> arguments) {
        var values = new EnumMap<Flag, String>(Flag.class);
        var problems = new ArrayList<String>();
        boolean printConfig = false;
        boolean help = false;
        int next = 0;
        while (next < arguments.size()) {
            String argument = arguments.get(next++);
            int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
            String label = equals < 0 ? argument : argument.substring(0, equals);
            boolean valueFollows =
                    equals < 0 && next < arguments.size() && !arguments.get(next).startsWith("--");
            Optional<Flag> flag =
                    Arrays.stream(Flag.values()).filter(f -> f.label.equals(label)).findFirst();
            if (flag.isPresent() && (equals >= 0 || valueFollows)) {
                String value = equals >= 0 ? argument.substring(equals + 1) : arguments.get(next++);
                if (values.putIfAbsent(flag.get(), value) != null) {
                    problems.add("flag " + label + ": given more than once");
                }
            } else if (flag.isPresent()) {
                problems.add("flag " + label + ": lacks its value " + flag.get().value);
            } else if (isSwitch(label) && equals >= 0) {
                problems.add("flag " + label + ": takes no value");
            } else if (label.equals(PRINT_CONFIG)) {
                if (printConfig) {
                    problems.add("flag " + label + ": given more than once");
                }
                printConfig = true;
            } else if (isSwitch(label)) {
                help = true;
            } else if (label.startsWith("-")) {
                problems.add("flag " + TomlText.shown(label) + ": unknown" + suggestion(label));
                // Its value, not a stray argument; and it may be a secret.
                next += valueFollows ? 1 : 0;
            } else {
                problems.add("argument " + TomlText.shown(label) + ": not expected here");
            }
        }
        return new Arguments(values, printConfig, help, problems);
    }

    private static boolean isSwitch(String label) {
        return label.equals(PRINT_CONFIG) || label.equals(HELP) || label.equals(HELP_SHORT);
    }

    private static String suggestion(String label) {
        return Suggestion.of(
                label,
                Stream.concat(
                                Arrays.stream(Flag.values()).map(Flag::toString),
                                Stream.of(PRINT_CONFIG, HELP))
                        .toList());
    }

    static String usage() {
        return """
        Usage: ./elohim node [FLAG VALUE]...

        Runs a node in the foreground until it is told to stop. Works without any flag.

        """
                + Arrays.stream(Flag.values()).map(Flag::usage).collect(Collectors.joining())
                + """
                  --print-config     show the configuration with the origin of each value, and stop
                  --help, -h         show this, and stop

                Flags win over environment variables, those over the file, the file over defaults.
                Every key of the file is also a variable: api.http_port is ELOHIM_API_HTTP_PORT.
                All keys, with what they mean: config/elohim-node.toml
                """;
    }
}
