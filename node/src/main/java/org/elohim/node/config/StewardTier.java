package org.elohim.node.config;

import java.util.Arrays;
import java.util.Locale;

/// How much a family offers to others, from least to most.
public enum StewardTier {
    CARETAKER,
    GUARDIAN,
    STEWARD,
    PIONEER;

    /// Reads a name in lower case.
    ///
    /// @throws IllegalArgumentException where no tier has this name
    public static StewardTier parse(String name) {
        return Arrays.stream(values())
                .filter(tier -> tier.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown tier"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
