package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The packages of npm that other people's apps are made of, as this tree's lock file names them.
///
/// Invariants: exactly what the lock file names is installed; where the machine cannot do that, the
/// test fails in words.
final class NpmPackages {
    private static final Path FOLDER =
            Path.of(System.getProperty("elohim.home"), "multi-jvm-tests", "npm");
    private static final Pattern VERSION = Pattern.compile("v(\\d+)\\..*");
    // The oldest that the packages still support.
    private static final int NODE_VERSION_MIN = 20;

    private NpmPackages() {}

    /// The folder in which scripts find them, once they are installed.
    static Path installed() throws IOException {
        String version = run(List.of("node", "--version"));
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) < NODE_VERSION_MIN) {
            fail(
                    "the tests with other people's apps need Node.js %d or later, and this is %s: install one and start them again"
                            .formatted(NODE_VERSION_MIN, version));
        }
        // npm writes it last.
        Path done = FOLDER.resolve("node_modules/.package-lock.json");
        Path wanted = FOLDER.resolve("package-lock.json");
        if (!Files.exists(done)
                || Files.getLastModifiedTime(done).compareTo(Files.getLastModifiedTime(wanted))
                        < 0) {
            run(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
        }
        return FOLDER;
    }

    private static String run(List<String> command) throws IOException {
        Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .directory(FOLDER.toFile())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException missing) {
            return fail(
                    "the tests with other people's apps need %s, which is not on the PATH: install Node.js %d or later with npm (on Debian: apt-get install nodejs npm) and start them again"
                            .formatted(command.getFirst(), NODE_VERSION_MIN),
                    missing);
        }
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.onExit().join().exitValue() != 0) {
            fail(
                    "%s failed in %s; it needs the registry that npm is configured for: %s"
                            .formatted(String.join(" ", command), FOLDER, said));
        }
        return said;
    }
}
