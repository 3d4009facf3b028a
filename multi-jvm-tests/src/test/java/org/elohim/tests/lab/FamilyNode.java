package org.elohim.tests.lab;

import org.elohim.tests.NodeProcess;
import org.elohim.tests.StartCache;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A node on a machine of its own, which may be started, killed and held as often as wanted.
///
/// Invariants: its address, its key and its data are the same each time, unless its disk is wiped.
public final class FamilyNode implements AutoCloseable {
    private static final int HTTP_PORT = 8080;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private final Lab lab;
    private final Machine machine;
    private final String name;
    private final Path folder;
    private final Settings settings;
    private final Line line;
    private final HttpClient http;
    private @Nullable Clock clock;
    private volatile @Nullable NodeProcess process;

    /// What its processes are started with.
    ///
    /// @param options of Java
    /// @param environment of the node
    public record Settings(List<String> options, Map<String, String> environment) {
        public Settings {
            options = List.copyOf(options);
            environment = Map.copyOf(environment);
        }
    }

    FamilyNode(Lab lab, Machine machine, String name, Path folder, Settings settings) {
        this.lab = lab;
        this.machine = machine;
        this.name = name;
        this.folder = folder;
        this.settings = settings;
        this.line = lab.line(machine, HTTP_PORT);
        this.http = HttpClient.newBuilder().connectTimeout(ANSWER_WITHIN).build();
    }

    public String name() {
        return name;
    }

    public Machine machine() {
        return machine;
    }

    /// Where it is reached from here, without any weather.
    public String url() {
        return line.url();
    }

    /// One more way to it from here, with weather of its own.
    public Line line() {
        return lab.line(machine, HTTP_PORT);
    }

    public Path data() {
        return folder.resolve("data");
    }

    /// Starts it; what was there before must have ended.
    public void start() {
        if (isRunning()) {
            throw new IllegalStateException(name + " is running");
        }
        Map<String, String> environment = new HashMap<>(settings.environment());
        environment.put("ELOHIM_API_LISTEN", machine.address());
        environment.put("ELOHIM_CLUSTER_LISTEN", machine.address());
        Clock own = clock;
        if (own != null) {
            environment.putAll(own.environment());
        }
        List<String> command = new ArrayList<>(Lab.mortal());
        List<String> options = new ArrayList<>(settings.options());
        // Who is killed leaves a copy of SQLite's library there.
        options.add("-Dorg.sqlite.tmpdir=" + folder);
        command.addAll(StartCache.node(options));
        command.addAll(List.of("--data-dir", data().toString()));
        command.addAll(List.of("--http-port", Integer.toString(HTTP_PORT)));
        try {
            Files.createDirectories(folder);
            process = lab.start(() -> NodeProcess.start(folder, environment, machine.on(command)));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public FamilyNode awaitReady() {
        try {
            running().awaitReady();
            return this;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private NodeProcess running() {
        NodeProcess now = process;
        if (now == null) {
            throw new IllegalStateException(name + " was never started");
        }
        return now;
    }

    public boolean isRunning() {
        NodeProcess now = process;
        return now != null && now.isAlive();
    }

    /// Ends it without a word.
    public void kill() {
        signal("KILL");
        running().awaitExit();
    }

    /// Ends it as its operator does.
    public int stop() {
        tellToStop();
        return awaitEnd();
    }

    public void tellToStop() {
        signal("TERM");
    }

    public int awaitEnd() {
        return running().awaitExit();
    }

    public void pause() {
        signal("STOP");
    }

    public void resume() {
        signal("CONT");
    }

    /// Has it print to its output what each of its threads does.
    public void tellThreads() {
        signal("QUIT");
    }

    private void signal(String what) {
        try {
            running().signal(what);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// Its clock is so much off from now on. One that is to be set while it runs has to be its own
    /// before it starts.
    public void clock(Duration offset) {
        clock().set(offset);
    }

    /// Its clock stands still until it is set.
    public void stopClock() {
        clock().stopAt(Instant.now());
    }

    private Clock clock() {
        Clock own = clock;
        if (own == null) {
            if (isRunning()) {
                throw new IllegalStateException(name + " runs with the clock of the system");
            }
            own = Clock.in(folder.resolve("clock"));
            clock = own;
        }
        return own;
    }

    /// An empty disk in the place of the old one: another node, at the same address.
    public void wipe() {
        if (isRunning()) {
            throw new IllegalStateException(name + " is running");
        }
        try (Stream<Path> all = Files.exists(data()) ? Files.walk(data()) : Stream.of()) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public String nodeId() {
        return running().nodeId();
    }

    /// Its id, where its process came so far as to tell it.
    public Optional<String> idOnceStarted() {
        NodeProcess now = process;
        return now == null ? Optional.empty() : now.nodeIdOnceTold();
    }

    /// What it said, and where it ended why.
    public String words() {
        NodeProcess now = process;
        return now == null ? "" : now.output() + now.errors();
    }

    public String operator() {
        try {
            return token();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private String token() throws IOException {
        return Files.readString(machine.seen(data().resolve("admin.token"))).strip();
    }

    /// Asks as the operator.
    public HttpResponse<String> get(String path) throws IOException {
        return get(path, ANSWER_WITHIN);
    }

    public HttpResponse<String> get(String path, Duration within) throws IOException {
        return send("GET", path, "", within);
    }

    public HttpResponse<String> send(String method, String path, String body) throws IOException {
        return send(method, path, body, ANSWER_WITHIN);
    }

    private HttpResponse<String> send(String method, String path, String body, Duration within)
            throws IOException {
        return send(
                method,
                path,
                HttpRequest.BodyPublishers.ofString(body),
                HttpResponse.BodyHandlers.ofString(),
                within);
    }

    /// The same with bytes.
    public HttpResponse<byte[]> read(String path, Duration within) throws IOException {
        return send(
                "GET",
                path,
                HttpRequest.BodyPublishers.noBody(),
                HttpResponse.BodyHandlers.ofByteArray(),
                within);
    }

    /// Puts bytes, as the operator.
    public HttpResponse<String> put(String path, byte[] content, Duration within)
            throws IOException {
        return send(
                "PUT",
                path,
                HttpRequest.BodyPublishers.ofByteArray(content),
                HttpResponse.BodyHandlers.ofString(),
                within);
    }

    private <T> HttpResponse<T> send(
            String method,
            String path,
            HttpRequest.BodyPublisher body,
            HttpResponse.BodyHandler<T> handler,
            Duration within)
            throws IOException {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url() + path))
                            .timeout(within)
                            .header("Authorization", "Bearer " + token())
                            .method(method, body)
                            .build(),
                    handler);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException(stopped);
        }
    }

    @Override
    public void close() {
        NodeProcess now = process;
        if (now != null) {
            now.close();
        }
        line.close();
        http.shutdownNow();
    }
}
