package org.elohim.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.elohim.protocol.sync.SyncMessage;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A node in a process of its own, started through the launcher as a person would, and the devices
/// that load it.
final class NodeUnderLoad implements AutoCloseable {
    private static final String READY = "is ready";

    private final Process process;
    private final Path data;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<LoadDevice> devices = new ArrayList<>();

    private NodeUnderLoad(Process process, Path data) {
        this.process = process;
        this.data = data;
    }

    static NodeUnderLoad start(Path data) throws IOException {
        Process process =
                new ProcessBuilder(
                                System.getProperty("elohim.launcher"),
                                "node",
                                "--data-dir",
                                data.toString(),
                                "--http-port",
                                "0")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        while (line != null && !line.contains(READY)) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("the node ended before it was ready");
        }
        return new NodeUnderLoad(process, data);
    }

    LoadDevice device(int window, Consumer<SyncMessage.Event> received) throws Exception {
        String url = Files.readString(data.resolve("node.url")).strip();
        String token = Files.readString(data.resolve("admin.token")).strip();
        var device =
                new LoadDevice(window, received)
                        .connect(
                                http,
                                URI.create(
                                        url.replaceFirst("^http", "ws")
                                                + "/device?token="
                                                + token));
        devices.add(device);
        return device;
    }

    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    double residentMegabytes() throws IOException, InterruptedException {
        Process ps =
                new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(process.pid())).start();
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
