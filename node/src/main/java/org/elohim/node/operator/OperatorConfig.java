package org.elohim.node.operator;

import org.elohim.node.config.Arguments;
import org.elohim.node.config.ConfigLoader;
import org.elohim.node.config.Loaded;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What a node that is started with the same arguments and environment finds, for a command that
/// speaks with it.
public final class OperatorConfig {
    private OperatorConfig() {}

    public static NodeConfig of(List<String> ofNode, Map<String, String> environment)
            throws StartFailure {
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        Loaded loaded =
                ConfigLoader.load(
                        Arguments.parse(ofNode),
                        environment,
                        Path.of(home),
                        Path.of("").toAbsolutePath());
        return switch (loaded) {
            case Loaded.Config(var config, _, _) -> config;
            case Loaded.Wrong(var lines) ->
                    throw new StartFailure(ExitCode.USAGE, String.join("\n", lines));
            case Loaded.Help _, Loaded.Printed _ ->
                    throw new IllegalStateException("not asked for");
        };
    }
}
