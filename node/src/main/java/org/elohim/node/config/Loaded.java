package org.elohim.node.config;

import java.util.List;
import java.util.Optional;

/// What came of arguments, environment and file together.
public sealed interface Loaded {
    /// The node can start.
    ///
    /// @param join what stands for the code of a family to join, as the arguments have it
    record Config(NodeConfig config, EffectiveConfig effective, Optional<String> join)
            implements Loaded {}

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
