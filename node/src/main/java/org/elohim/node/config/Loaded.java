package org.elohim.node.config;

import java.util.List;

/// What came of arguments, environment and file together.
public sealed interface Loaded {
    /// The node can start.
    record Config(NodeConfig config, EffectiveConfig effective) implements Loaded {}

    /// Something is wrong: all of it, one line each, in the order flags, environment, file.
    record Wrong(List<String> lines) implements Loaded {
        public Wrong {
            lines = List.copyOf(lines);
        }
    }

    /// Only the usage was asked for.
    record Help(String text) implements Loaded {}

    /// Only the configuration was asked for, and nothing is wrong with it.
    record Printed(String text) implements Loaded {}
}
