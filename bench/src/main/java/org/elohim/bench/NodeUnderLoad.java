package org.elohim.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.io.BufferedReader;
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
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A node in a process of its own, started through the launcher as a person would, and the devices
/// that load it.
final class NodeUnderLoad implements AutoCloseable {
    private static final String READY = "is ready";

    private static final Pattern DOOR = Pattern.compile("its door at port (\\d+)");

    private final Process process;
    private final Path data;
    private final BufferedReader words;
    private String door = "";
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<LoadDevice> devices = new ArrayList<>();

    private NodeUnderLoad(Process process, Path data, BufferedReader words) {
        this.process = process;
        this.data = data;
        this.words = words;
    }

    static NodeUnderLoad start(Path data) throws IOException {
        return start(data, Map.of());
    }

    static NodeUnderLoad start(Path data, Map<String, String> environment) throws IOException {
        return begin(data, environment).awaitReady();
    }

    /// A process that is on its way.
    record Beginning(Process process, Path data) {
        NodeUnderLoad awaitReady() throws IOException {
            BufferedReader words = process.inputReader();
            String line = words.readLine();
            while (line != null && !line.contains(READY)) {
                line = words.readLine();
            }
            if (line == null) {
                throw new IOException("the node ended before it was ready");
            }
            return new NodeUnderLoad(process, data, words);
        }
    }

    static Beginning begin(Path data, Map<String, String> environment) throws IOException {
        var builder =
                new ProcessBuilder(
                                System.getProperty("elohim.launcher"),
                                "node",
                                "--data-dir",
                                data.toString(),
                                "--http-port",
                                "0",
                                "--grpc-port",
                                "0")
                        .redirectError(
                                Files.createDirectories(data.resolveSibling("logs"))
                                        .resolve("errors")
                                        .toFile());
        builder.environment().putAll(environment);
        return new Beginning(builder.start(), data);
    }

    /// Where its siblings find it.
    String door() throws IOException {
        if (door.isEmpty()) {
            String line = words.readLine();
            while (line != null && !DOOR.matcher(line).find()) {
                line = words.readLine();
            }
            Matcher found = DOOR.matcher(line == null ? "" : line);
            if (!found.find()) {
                throw new IOException("the node says nothing of its door");
            }
            door = "127.0.0.1:" + found.group(1);
        }
        return door;
    }

    /// What it answers to its operator.
    JsonNode ask(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                http.send(
                        HttpRequest.newBuilder(URI.create(url() + path))
                                .header("Authorization", "Bearer " + operatorToken())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " answers " + answer.statusCode() + ": " + answer.body());
        }
        return new JsonMapper().readTree(answer.body());
    }

    /// Sends something as its operator, which is to go well.
    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        HttpResponse<String> answer =
                http.send(
                        request.header("Authorization", "Bearer " + operatorToken()).build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException("refused: " + answer.body());
        }
        return answer;
    }

    /// Stops it where it is.
    void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        int status =
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor();
        if (status != 0) {
            throw new IOException("SIG" + name + " did not reach the node");
        }
    }

    /// Ends it without a word.
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /// A device that may see and change everything.
    LoadDevice device(int window, Consumer<Bytes> received) throws Exception {
        return device(window, received, operatorToken());
    }

    /// A device that sees nothing but this document.
    LoadDevice deviceOf(DocumentId document, int window) throws Exception {
        return device(window, _ -> {}, token("write:document:" + document));
    }

    /// Where an app of automerge-repo connects that may do what this scope says.
    String repoAddress(String scope) throws Exception {
        return url().replaceFirst("^http", "ws") + "/automerge?token=" + token(scope);
    }

    private String token(String scope) throws Exception {
        String order = "{\"label\":\"bench\",\"scopes\":[\"%s\"]}".formatted(scope);
        String issued =
                http.send(
                                HttpRequest.newBuilder(URI.create(url() + "/tokens"))
                                        .header("Authorization", "Bearer " + operatorToken())
                                        .POST(HttpRequest.BodyPublishers.ofString(order))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
        return new JsonMapper().readTree(issued).path("token").asText();
    }

    private LoadDevice device(int window, Consumer<Bytes> received, String token) throws Exception {
        var device = new LoadDevice(window, received).connect(http, deviceAddress(token));
        devices.add(device);
        return device;
    }

    /// Where a device connects that may see and change everything.
    String deviceAddress() throws IOException {
        return deviceAddress(operatorToken()).toString();
    }

    private URI deviceAddress(String token) throws IOException {
        return URI.create(url().replaceFirst("^http", "ws") + "/device?token=" + token);
    }

    String url() throws IOException {
        return Files.readString(data.resolve("node.url")).strip();
    }

    String operatorToken() throws IOException {
        return Files.readString(data.resolve("admin.token")).strip();
    }

    Process process() {
        return process;
    }

    long pid() {
        return process.pid();
    }

    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    double residentMegabytes() throws IOException, InterruptedException {
        return residentMegabytes(process.pid());
    }

    static double residentMegabytes(long pid) throws IOException, InterruptedException {
        Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid)).start();
        String kibibytes = new String(ps.getInputStream().readAllBytes(), US_ASCII).strip();
        ps.waitFor();
        return Long.parseLong(kibibytes) * 1024 / 1e6;
    }

    @Override
    public void close() {
        devices.forEach(LoadDevice::close);
        http.shutdownNow();
        process.destroy();
        process.onExit().join();
    }
}
