package org.elohim.protocol.family;

import java.util.Arrays;
import java.util.Locale;

/// What a node is to its family.
public enum NodeRole {
    /// Holds everything, takes writes, may lead.
    FULL,
    /// Holds a part, takes nothing but what its family tells it, never leads.
    OBSERVER;

    /// Reads a name in lower case.
    ///
    /// @throws IllegalArgumentException where no role has this name
    public static NodeRole parse(String name) {
        return Arrays.stream(values())
                .filter(role -> role.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown role"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
