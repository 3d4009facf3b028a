package org.elohim.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A process of Syncthing that shares one folder with one other, on this machine alone: it
/// announces itself to nobody.
final class Syncthing implements AutoCloseable {
    private static final String KEY = "bench";
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final Path home;
    private final Path folder;
    private final String device;
    private final int port;
    private final int apiPort;
    private final HttpClient http = HttpClient.newHttpClient();
    private Optional<Process> process = Optional.empty();

    private Syncthing(Path home, Path folder, String device, int port, int apiPort) {
        this.home = home;
        this.folder = folder;
        this.device = device;
        this.port = port;
        this.apiPort = apiPort;
    }

    /// Makes its keys.
    static Syncthing made(Path place) throws IOException, InterruptedException {
        Path home = Files.createDirectories(place.resolve("home"));
        Path folder = Files.createDirectories(place.resolve("folder"));
        // By which it knows that its disk is there.
        Files.createDirectories(folder.resolve(".stfolder"));
        said("generate", "--home=" + home);
        String device = said("serve", "--home=" + home, "--device-id").strip();
        return new Syncthing(home, folder, device, freePort(), freePort());
    }

    private static String said(String... words) throws IOException, InterruptedException {
        Process process = command(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("syncthing " + String.join(" ", words) + ": " + said);
        }
        return said;
    }

    private static ProcessBuilder command(String... words) {
        return new ProcessBuilder(
                Stream.concat(Stream.of("syncthing"), Arrays.stream(words)).toList());
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    Path folder() {
        return folder;
    }

    /// Shares its folder with the other one.
    void configure(Syncthing other) throws IOException {
        String devices =
                Stream.of(this, other)
                        .map(
                                each ->
                                        """
                                        <device id="%s"><address>tcp://127.0.0.1:%d</address></device>
                                        """
                                                .formatted(each.device, each.port))
                        .collect(Collectors.joining());
        Files.writeString(
                home.resolve("config.xml"),
                """
                <configuration version="36">
                <folder id="bench" path="%s" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="false">
                <filesystemType>basic</filesystemType>
                <device id="%s"></device><device id="%s"></device>
                </folder>
                %s
                <gui enabled="true" tls="false">
                <address>127.0.0.1:%d</address><apikey>%s</apikey>
                </gui>
                <options>
                <listenAddress>tcp://127.0.0.1:%d</listenAddress>
                <globalAnnounceEnabled>false</globalAnnounceEnabled>
                <localAnnounceEnabled>false</localAnnounceEnabled>
                <relaysEnabled>false</relaysEnabled>
                <natEnabled>false</natEnabled>
                <startBrowser>false</startBrowser>
                <urAccepted>-1</urAccepted>
                <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
                <crashReportingEnabled>false</crashReportingEnabled>
                </options>
                </configuration>
                """
                        .formatted(folder, device, other.device, devices, apiPort, KEY, port));
    }

    void start() throws IOException {
        process =
                Optional.of(
                        command("serve", "--home=" + home, "--no-browser", "--no-restart")
                                .redirectErrorStream(true)
                                .redirectOutput(home.resolve("log").toFile())
                                .start());
    }

    /// Until it knows all of its folder.
    void awaitRead() throws IOException, InterruptedException {
        Waiting.until(
                "the first look at the folder",
                LOOK_EVERY,
                () -> {
                    JsonNode status = ask("GET", "/rest/db/status?folder=bench");
                    return status.path("state").asText().equals("idle")
                            && status.path("localFiles").asLong() > 0;
                });
    }

    void awaitConnected() throws IOException, InterruptedException {
        Waiting.until(
                "the connection",
                LOOK_EVERY,
                () -> {
                    for (JsonNode each :
                            ask("GET", "/rest/system/connections").path("connections")) {
                        if (each.path("connected").asBoolean()) {
                            return true;
                        }
                    }
                    return false;
                });
    }

    /// Looks at its folder again; returns once it has.
    void read() throws IOException, InterruptedException {
        ask("POST", "/rest/db/scan?folder=bench");
    }

    long readBytes() throws IOException, InterruptedException {
        return ask("GET", "/rest/db/status?folder=bench").path("localBytes").asLong();
    }

    void awaitLevel(long bytes) throws IOException, InterruptedException {
        Waiting.until(
                "all files",
                LOOK_EVERY,
                () -> {
                    JsonNode status = ask("GET", "/rest/db/status?folder=bench");
                    return status.path("localBytes").asLong() == bytes
                            && status.path("needBytes").asLong() == 0
                            && status.path("state").asText().equals("idle");
                });
    }

    // Nothing as long as it does not answer.
    private JsonNode ask(String method, String path) throws IOException, InterruptedException {
        if (process.filter(Process::isAlive).isEmpty()) {
            throw new IllegalStateException("syncthing has ended; see " + home.resolve("log"));
        }
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apiPort + path))
                        .header("X-API-Key", KEY)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build();
        try {
            HttpResponse<byte[]> answer =
                    http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return answer.statusCode() == 200
                    ? new JsonMapper().readTree(answer.body())
                    : new JsonMapper().createObjectNode();
        } catch (ConnectException young) {
            return new JsonMapper().createObjectNode();
        }
    }

    @Override
    public void close() {
        http.close();
        process.ifPresent(
                running -> {
                    running.destroy();
                    running.onExit().join();
                });
    }
}
