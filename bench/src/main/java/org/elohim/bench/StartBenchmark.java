package org.elohim.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// From the order to start until the node is ready, and what an idle node holds in memory.
///
/// The whole process is measured, started through the launcher as a person would. The limit is a
/// Java process that does nothing: no node in Java can be faster or smaller.
final class StartBenchmark {
    private static final int ROUNDS = 7;
    // Long enough for the compiler to have finished with what the start made hot.
    private static final int IDLE_SECONDS = 15;
    private static final String READY = "is ready";

    private record Seen(double readyMillis, double idleMegabytes) {}

    private final Path launcher;
    private final Path directory;
    private final Path jdk = Path.of(System.getProperty("java.home"));

    private StartBenchmark(Path launcher, Path directory) {
        this.launcher = launcher;
        this.directory = directory;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        var launcher = Path.of(System.getProperty("elohim.launcher"));
        new StartBenchmark(launcher, Files.createDirectories(directory)).run(figures);
    }

    private void run(Consumer<Figure> figures) throws Exception {
        Path used = Files.createTempDirectory(directory, "start").resolve("data");
        measure(node(used), 0);
        figures.accept(readyFigure("start_to_ready_first", this::firstStart, false));
        figures.accept(readyFigure("start_to_ready", () -> node(used), false));
        figures.accept(readyFigure("start_to_ready_cold_page_cache", () -> node(used), true));
        figures.accept(
                new Figure(
                        "start",
                        "idle_rss",
                        Map.of("after_seconds", (long) IDLE_SECONDS),
                        measure(node(used), IDLE_SECONDS).idleMegabytes(),
                        Figure.Limit.of(
                                "idle Java process",
                                measure(nothing(), IDLE_SECONDS).idleMegabytes()),
                        "MB"));
    }

    private interface Command {
        List<String> arguments() throws IOException;
    }

    private Figure readyFigure(String name, Command command, boolean cold) throws Exception {
        List<Double> node = new ArrayList<>();
        List<Double> limit = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            if (cold) {
                forgetFiles();
            }
            node.add(measure(command.arguments(), 0).readyMillis());
            if (cold) {
                forgetFiles();
            }
            limit.add(measure(nothing(), 0).readyMillis());
        }
        return new Figure(
                "start",
                name,
                Map.of(),
                Median.of(node),
                Figure.Limit.of("Java process that does nothing", Median.of(limit)),
                "ms");
    }

    private List<String> firstStart() throws IOException {
        return node(Files.createTempDirectory(directory, "first").resolve("data"));
    }

    private List<String> node(Path data) {
        return List.of(
                launcher.toString(),
                "node",
                "--data-dir",
                data.toString(),
                "--http-port",
                "0",
                "--grpc-port",
                "0");
    }

    private List<String> nothing() {
        return List.of(
                jdk.resolve("bin").resolve("java").toString(),
                "-XX:+UseSerialGC",
                "-Xms32m",
                "-cp",
                System.getProperty("java.class.path"),
                Nothing.class.getName());
    }

    private Seen measure(List<String> command, int idleSeconds) throws Exception {
        long begun = System.nanoTime();
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            while (line != null && !line.contains(READY)) {
                line = out.readLine();
            }
            if (line == null) {
                throw new IOException("ended before it was ready: " + String.join(" ", command));
            }
            double readyMillis = (System.nanoTime() - begun) / 1e6;
            TimeUnit.SECONDS.sleep(idleSeconds);
            return new Seen(readyMillis, residentMegabytes(process.pid()));
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static double residentMegabytes(long pid) throws IOException, InterruptedException {
        Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid)).start();
        String kibibytes = new String(ps.getInputStream().readAllBytes(), US_ASCII).strip();
        ps.waitFor();
        return Long.parseLong(kibibytes) * 1024 / 1e6;
    }

    /// Drops the node's and the JDK's files from the page cache, as after a reboot; `dd` can do
    /// that without being root.
    private void forgetFiles() throws IOException, InterruptedException {
        Path product = launcher.resolveSibling(".build").resolve("node");
        for (Path tree : List.of(product, jdk.resolve("lib"))) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    new ProcessBuilder(
                                    "dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                            .start()
                            .waitFor();
                }
            }
        }
    }
}
