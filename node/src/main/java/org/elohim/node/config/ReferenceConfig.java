package org.elohim.node.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The text of `config/elohim-node.toml`: every key with its meaning and default.
///
/// Invariants: made from `ConfigKeys` alone; an assignment has no blank behind its comment sign,
/// prose has one.
final class ReferenceConfig {
    private static final int LINE_CHARS_MAX = 100;

    private ReferenceConfig() {}

    static String render() {
        var text = new StringBuilder();
        prose(
                text,
                "The configuration of an elohim-node: copy this file, change it, and name it with"
                        + " --config. Every key is optional; the value shown is"
                        + " the default, or an example where it says so. To set a key, remove the"
                        + " # before it.");
        text.append("#\n");
        prose(
                text,
                "Flags win over environment variables, those over this file, the file over"
                        + " defaults. An empty variable counts as not set; a variable that holds a"
                        + " list separates its entries by commas."
                        + " ./elohim node --print-config shows what is in force and where it comes"
                        + " from.");
        for (Section section : Section.values()) {
            text.append('\n');
            prose(text, section.doc());
            text.append('[').append(section).append("]\n");
            ConfigKeys.of(section).forEach(key -> describe(text, key));
        }
        return text.toString();
    }

    private static void describe(StringBuilder text, Key<?> key) {
        text.append('\n');
        prose(text, key.doc());
        prose(text, "Allowed: " + key.allowed() + ".");
        prose(text, "Environment: " + String.join(" or ", key.variables()) + ".");
        Optional<String> standard = standard(key);
        if (standard.isPresent()) {
            text.append('#').append(key.name()).append(" = ").append(standard.get()).append('\n');
        } else if (key.example() != null) {
            prose(text, "No default. Example:");
            text.append('#').append(key.name()).append(" = ").append(key.example()).append('\n');
        } else {
            // An example of a secret would end up as the secret of whoever removes the #.
            prose(text, key.name() + " has no default and no example: it is a secret.");
        }
    }

    private static <T> Optional<String> standard(Key<T> key) {
        return Optional.ofNullable(key.standard()).map(key.type().toToml());
    }

    private static void prose(StringBuilder text, String prose) {
        List<String> line = new ArrayList<>();
        int chars = 1;
        for (String word : prose.split(" ", -1)) {
            if (chars + 1 + word.length() > LINE_CHARS_MAX) {
                text.append("# ").append(String.join(" ", line)).append('\n');
                line.clear();
                chars = 1;
            }
            line.add(word);
            chars += 1 + word.length();
        }
        text.append("# ").append(String.join(" ", line)).append('\n');
    }
}
