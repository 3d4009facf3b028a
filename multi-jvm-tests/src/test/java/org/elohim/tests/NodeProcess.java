package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One daemon in a process of its own, as a person would run it.
///
/// Invariants: the process is gone after `close`, whatever the test did; it sees no environment but
/// what the test gives it.
public final class NodeProcess implements AutoCloseable {
    // Long enough for a machine that builds something else meanwhile; nothing is measured with it.
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern HEALTH = Pattern.compile("health +(http://\\S+)/health");
    private static final Pattern GRPC = Pattern.compile("grpc +(\\S+:\\d+)");
    private static final Pattern NODE = Pattern.compile("node +(12D3\\w+)");

    private final Process process;
    private final Path output;
    private final Path errors;

    private NodeProcess(Process process, Path output, Path errors) {
        this.process = process;
        this.output = output;
        this.errors = errors;
    }

    /// What starts the daemon without the launcher.
    public static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(StartCache.node());
        command.addAll(List.of(arguments));
        return command;
    }

    public static NodeProcess start(
            Path scratch, Map<String, String> environment, List<String> command)
            throws IOException {
        Path output = Files.createTempFile(scratch, "out", ".txt");
        Path errors = Files.createTempFile(scratch, "err", ".txt");
        var builder =
                new ProcessBuilder(command)
                        .directory(scratch.toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().put("HOME", scratch.toString());
        // Many nodes run on this machine at once.
        builder.environment().put("ELOHIM_API_GRPC_PORT", "0");
        builder.environment().putAll(environment);
        return new NodeProcess(builder.start(), output, errors);
    }

    /// A daemon on the data directory `data` and on a free port, waited for until it is ready.
    static NodeProcess ready(Path scratch, Path data) throws IOException {
        return start(scratch, Map.of(), command("--data-dir", data.toString(), "--http-port", "0"))
                .awaitReady();
    }

    /// A daemon that is killed while it starts. The time decides which step the kill falls into.
    static void startAndKill(Path scratch, Path data, int afterMillis) throws Exception {
        List<String> command = command("--data-dir", data.toString(), "--http-port", "0");
        try (var killed = start(scratch, Map.of(), command)) {
            TimeUnit.MILLISECONDS.sleep(afterMillis);
            killed.signal("KILL");
            killed.awaitExit();
        }
    }

    public NodeProcess awaitReady() throws IOException {
        await("the node to be ready", () -> !process.isAlive() || output().contains("is ready"));
        assertTrue(process.isAlive(), () -> "ended with " + process.exitValue() + ": " + errors());
        return this;
    }

    /// Waits for the end and returns the exit status.
    public int awaitExit() {
        await("the node to end", () -> !process.isAlive());
        return process.exitValue();
    }

    public static void await(String what, BooleanSupplier happened) {
        await(() -> what, happened);
    }

    /// Waits for something to happen.
    ///
    /// @param what is asked for where it was waited in vain, and may tell how it stands
    public static void await(Supplier<String> what, BooleanSupplier happened) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited in vain for " + what.get());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                fail("interrupted while waiting for " + what.get());
            }
        }
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(url() + path)).GET().build());
    }

    HttpResponse<String> send(HttpRequest request) {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException failed) {
            return fail(failed);
        }
    }

    String url() {
        return found(HEALTH);
    }

    /// Where it speaks gRPC only.
    String grpc() {
        return found(GRPC);
    }

    public String nodeId() {
        return found(NODE);
    }

    public Optional<String> nodeIdOnceTold() {
        Matcher matcher = NODE.matcher(output());
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private String found(Pattern pattern) {
        Matcher matcher = pattern.matcher(output());
        assertTrue(matcher.find(), () -> "no " + pattern + " in: " + output());
        return matcher.group(1);
    }

    public String output() {
        return read(output);
    }

    public String errors() {
        return read(errors);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            return fail(failed);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// How many objects of a class the node holds, once its garbage is collected.
    long instances(String className) {
        try {
            Process histogram =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                            .toString(),
                                    Long.toString(process.pid()),
                                    "GC.class_histogram")
                            .start();
            try (var lines = histogram.inputReader()) {
                return lines.lines()
                        .map(line -> line.strip().split("\\s+"))
                        .filter(columns -> columns.length > 3 && columns[3].equals(className))
                        .mapToLong(columns -> Long.parseLong(columns[1]))
                        .sum();
            }
        } catch (IOException failed) {
            return fail(failed);
        }
    }

    /// Sends a signal by its name.
    public void signal(String name) throws IOException {
        signal(process.pid(), name);
    }

    public static void signal(long pid, String name) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        await("the node to be gone", () -> !process.isAlive());
    }
}
