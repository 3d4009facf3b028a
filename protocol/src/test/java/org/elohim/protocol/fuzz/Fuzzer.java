package org.elohim.protocol.fuzz;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs a fuzz target under Jazzer in a process of its own.
///
/// Invariants: the whole kept corpus is replayed before anything new is tried; the process is gone
/// afterwards; a failure names the file that holds the input.
///
/// A target is a class with `public static void fuzzerTestOneInput(byte[])` that throws where
/// something does not hold. Its kept corpus lies in the module's `src/test/resources/fuzz/NAME`;
/// what a run finds beyond it goes to `target/fuzz/NAME`. The README there says how to run long.
public final class Fuzzer {
    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 3);
    private static final int SEED = Integer.getInteger("fuzz.seed", 1);

    // No input may take longer: whoever sends it would hold up a connection for that long.
    private static final int INPUT_SECONDS_MAX = 30;

    // Deep enough for a session of many frames, and small enough to be tried often.
    private static final int INPUT_BYTES_MAX = 8 << 10;

    // What is instrumented at the start takes a while where something else is built as well.
    private static final int PATIENCE_SECONDS = 300;

    private final String target;
    private final List<String> jvmFlags;
    private final Path kept;
    private final Path scratch;

    public Fuzzer(String name, String target, String... jvmFlags) {
        this.target = target;
        this.jvmFlags = List.of(jvmFlags);
        this.kept = Path.of("src/test/resources/fuzz", name);
        this.scratch = Path.of("target/fuzz", name);
    }

    /// Replays the corpus and tries new inputs until the time is over or one fails.
    public void run() throws IOException {
        Path found = Files.createDirectories(scratch.resolve("corpus"));
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-max_total_time=" + SECONDS, "-seed=" + SEED, found.toString()));
        if (Files.isDirectory(kept)) {
            arguments.add(kept.toString());
        }
        jazzer(arguments);
        if (Boolean.getBoolean("fuzz.keep")) {
            keep(found);
        }
    }

    // The fewest inputs that reach what the old and the new ones reach together; how often they
    // pass a place does not count, else hundreds would stay.
    private void keep(Path found) throws IOException {
        Path fewest = Files.createTempDirectory(scratch, "fewest");
        Files.createDirectories(kept);
        jazzer(List.of("-set_cover_merge=1", fewest.toString(), kept.toString(), found.toString()));
        for (Path old : files(kept)) {
            Files.delete(old);
        }
        for (Path file : files(fewest)) {
            Files.move(file, kept.resolve(file.getFileName()));
        }
        Files.delete(fewest);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private void jazzer(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        // Not as a child of this process: libFuzzer bounds the most memory that a process has ever
        // had, and Linux counts that of its parent for a child that is not forked, as here.
        command.addAll(List.of("/bin/sh", "-c", "\"$@\"; exit $?", "sh", program().toString()));
        command.addAll(
                List.of(
                        "--target_class=" + target,
                        "--instrumentation_includes=org.elohim.**",
                        "--custom_hook_includes=org.elohim.**",
                        // Bytes are bytes here: libFuzzer's own mutations fit better.
                        "--mutator_framework=false",
                        "--reproducer_path=" + scratch,
                        "-artifact_prefix=" + scratch + "/",
                        "-timeout=" + INPUT_SECONDS_MAX,
                        "-max_len=" + INPUT_BYTES_MAX));
        command.addAll(arguments);
        Path log = Files.createTempFile(scratch, "jazzer", ".log");
        var builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().merge("PATH", scratch.toAbsolutePath().toString(), Fuzzer::before);
        Process process = builder.start();
        try {
            if (!process.waitFor(SECONDS + PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                fail("the fuzzer of " + target + " did not end: " + log);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            fail("interrupted while fuzzing " + target);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            fail(failure(log));
        }
    }

    // A merge starts itself again and again, by the name `jazzer` and with the same arguments.
    private Path program() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+EnableDynamicAgentLoading",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-Xss512k"));
        command.addAll(jvmFlags);
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        "com.code_intelligence.jazzer.Jazzer"));
        String quoted = String.join("' '", command);
        Path program = scratch.resolve("jazzer").toAbsolutePath();
        Files.writeString(program, "#!/bin/sh\nexec '" + quoted + "' \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }

    private static String before(String path, String first) {
        return first + File.pathSeparator + path;
    }

    private String failure(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        String input =
                lines.stream()
                        .filter(line -> line.contains("Test unit written to "))
                        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                        .findFirst()
                        .orElse("none was written");
        List<String> why =
                lines.stream().dropWhile(line -> !line.startsWith("==")).limit(30).toList();
        return "%s fails; the input: %s, all that the fuzzer said: %s%n%s"
                .formatted(target, input, log, String.join("\n", why));
    }
}
