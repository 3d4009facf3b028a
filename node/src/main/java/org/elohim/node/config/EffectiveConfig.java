package org.elohim.node.config;

import java.util.List;

/// What the node runs with, each value with its origin: the text of `--print-config`.
///
/// Invariants: holds no secret; the text is a configuration file that gives the same values again.
/// A printed secret is a placeholder that the loader refuses.
public record EffectiveConfig(List<Entry> entries) {
    /// One key, in the order of the file.
    public sealed interface Entry {
        String section();

        String name();

        /// A key with its value in TOML.
        record Set(String section, String name, String value, String origin) implements Entry {}

        record NotSet(String section, String name) implements Entry {}
    }

    public EffectiveConfig {
        entries = List.copyOf(entries);
    }

    public String text() {
        var text = new StringBuilder();
        String section = "";
        for (Entry entry : entries) {
            if (!entry.section().equals(section)) {
                text.append(section.isEmpty() ? "" : "\n");
                section = entry.section();
                text.append('[').append(section).append("]\n");
            }
            text.append(
                    switch (entry) {
                        case Entry.Set(_, var name, var value, var origin) ->
                                name + " = " + value + "  # " + origin + "\n";
                        case Entry.NotSet(_, var name) ->
                                "# " + section + "." + name + " is not set\n";
                    });
        }
        return text.toString();
    }
}
