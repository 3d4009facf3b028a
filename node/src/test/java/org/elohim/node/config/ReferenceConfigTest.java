package org.elohim.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// `config/elohim-node.toml` is what the code says, word for word.
class ReferenceConfigTest {
    private static final Path REFERENCE = Path.of("../config/elohim-node.toml");

    @TempDir Path scratch;

    @Test
    void theReferenceFileIsEqualToTheCode() throws Exception {
        String rendered = ReferenceConfig.render();
        if (Boolean.getBoolean("reference.write")) {
            Files.writeString(REFERENCE, rendered);
        }
        assertEquals(
                rendered,
                Files.readString(REFERENCE),
                "write it anew with: mvn -pl node -am test -Dtest=ReferenceConfigTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dreference.write=true");
    }

    @Test
    void theReferenceAsItIsGivesTheDefaults() throws Exception {
        assertEquals(config(List.of()), config(List.of("--config", REFERENCE.toString())));
    }

    @Test
    void everyAssignmentInTheReferenceIsValidWhenItsCommentMarkIsRemoved() throws Exception {
        String uncommented =
                Files.readString(REFERENCE)
                        .lines()
                        .map(line -> line.replaceFirst("^#([a-z_]+ = )", "$1"))
                        .collect(Collectors.joining("\n"));
        Path file = Files.writeString(scratch.resolve("all.toml"), uncommented);

        var loaded = load(List.of("--config", file.toString()), Map.of());

        var config = assertInstanceOf(Loaded.Config.class, loaded, loaded::toString);
        long fromFile =
                config.effective().text().lines().filter(line -> line.contains("# file ")).count();
        // All but the secret, which has no example.
        assertEquals(ConfigKeys.ALL.size() - 1, fromFile, config.effective().text());
    }

    private NodeConfig config(List<String> arguments) {
        var loaded = load(arguments, Map.of());
        return assertInstanceOf(Loaded.Config.class, loaded, loaded::toString).config();
    }

    private Loaded load(List<String> arguments, Map<String, String> environment) {
        return ConfigLoader.load(
                Arguments.parse(arguments), environment, scratch, Path.of("").toAbsolutePath());
    }
}
