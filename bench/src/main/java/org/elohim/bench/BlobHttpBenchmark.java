package org.elohim.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// Blobs of a whole node over HTTP: durable puts beside what the disk allows, reading from memory
/// beside the same server with nothing behind it, and one large put beside writing as much.
final class BlobHttpBenchmark {
    private static final int CONNECTIONS = 64;
    private static final int PUT_BYTES = 4 << 10;
    private static final int GET_BYTES = 64 << 10;
    private static final long LARGE_BYTES = 1L << 30;
    private static final int ROUNDS = 3;
    // Both processes are young, and compile themselves on the same two cores.
    private static final int WARM_UP_SECONDS = 25;
    private static final int SECONDS = 5;
    private static final double MEGA = 1e6;
    private static final List<String> JAVA =
            List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-Xmx512m",
                    "-cp",
                    System.getProperty("java.class.path"));

    private BlobHttpBenchmark() {}

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        Files.createDirectories(directory);
        Path place = Files.createTempDirectory(directory, "blobs-http");
        try (var node = NodeUnderLoad.start(place.resolve("data"))) {
            puts(node, place, figures);
            gets(node, figures);
            large(node, place, figures);
        } finally {
            BlobBenchmark.delete(place);
        }
    }

    /// @param rate in a second
    /// @param generator share of a processor that the clients have taken
    /// @param server the same of who answered
    private record Played(double rate, double generator, double server) {}

    private static Played play(
            ProcessHandle server, int port, String token, String method, String path, int bytes)
            throws IOException {
        List<String> command = new ArrayList<>(JAVA);
        command.addAll(
                List.of(
                        HttpLoad.class.getName(),
                        "127.0.0.1",
                        Integer.toString(port),
                        token,
                        method,
                        path,
                        Integer.toString(CONNECTIONS),
                        Integer.toString(bytes),
                        Integer.toString(WARM_UP_SECONDS),
                        Integer.toString(SECONDS)));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader said = process.inputReader()) {
            line(said);
            long from = System.nanoTime();
            long cpu = cpuNanos(server);
            double rate = Double.parseDouble(line(said));
            double used = (double) (cpuNanos(server) - cpu) / (System.nanoTime() - from);
            return new Played(rate, Double.parseDouble(line(said)), used);
        } finally {
            process.destroy();
        }
    }

    private static String line(BufferedReader said) throws IOException {
        String line = said.readLine();
        if (line == null) {
            throw new IOException("the load has ended too early");
        }
        return line;
    }

    private static long cpuNanos(ProcessHandle process) {
        return process.info().totalCpuDuration().orElseThrow().toNanos();
    }

    private static Figure figure(
            String name, int bytes, Played played, Figure.Limit limit, String unit) {
        return new Figure(
                "blobs",
                name,
                Map.of(
                        "bytes",
                        (long) bytes,
                        "connections",
                        (long) CONNECTIONS,
                        "cpu_percent_of_clients",
                        Math.round(played.generator() * 100),
                        "cpu_percent_of_server",
                        Math.round(played.server() * 100)),
                played.rate(),
                limit,
                unit);
    }

    private static void puts(NodeUnderLoad node, Path place, Consumer<Figure> figures)
            throws Exception {
        URI url = URI.create(node.url());
        double limit = BlobBenchmark.limit(place.resolve("limit"), PUT_BYTES);
        Played played =
                play(
                        node.process().toHandle(),
                        url.getPort(),
                        node.operatorToken(),
                        "put",
                        "/blobs",
                        PUT_BYTES);
        figures.accept(
                figure(
                        "http_durable_puts",
                        PUT_BYTES,
                        played,
                        Figure.Limit.of(
                                "overwriting half as many records as there are connections, each"
                                        + " with a sync",
                                limit),
                        "puts/s"));
    }

    private static void gets(NodeUnderLoad node, Consumer<Figure> figures) throws Exception {
        URI url = URI.create(node.url());
        byte[] content = new byte[GET_BYTES];
        new Random(7).nextBytes(content);
        HttpResponse<String> put =
                node.send(
                        HttpRequest.newBuilder(URI.create(url + "/blobs"))
                                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
        String path = put.headers().firstValue("Location").orElseThrow();
        List<String> command = new ArrayList<>(JAVA);
        command.addAll(List.of(ConstantServer.class.getName(), Integer.toString(GET_BYTES)));
        Process constant =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader said = constant.inputReader()) {
            int port = Integer.parseInt(line(said));
            Played limit = play(constant.toHandle(), port, "none", "get", "/", GET_BYTES);
            Played played =
                    play(
                            node.process().toHandle(),
                            url.getPort(),
                            node.operatorToken(),
                            "get",
                            path,
                            GET_BYTES);
            figures.accept(
                    figure(
                            "http_gets_from_memory",
                            GET_BYTES,
                            played,
                            Figure.Limit.of(
                                    "the same server answering constant bytes", limit.rate()),
                            "gets/s"));
        } finally {
            constant.destroy();
        }
    }

    private static void large(NodeUnderLoad node, Path place, Consumer<Figure> figures)
            throws Exception {
        List<Double> put = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        byte[] part = new byte[1 << 20];
        new Random(5).nextBytes(part);
        for (int round = 0; round < ROUNDS; round++) {
            part[0] = (byte) round;
            put.add(streamed(node, part));
            plain.add(
                    BlobBenchmark.plain(
                            place.resolve("plain"), ByteBuffer.wrap(part), LARGE_BYTES));
        }
        figures.accept(
                new Figure(
                        "blobs",
                        "http_large_put",
                        Map.of("content_bytes", LARGE_BYTES),
                        Median.of(put),
                        Figure.Limit.of("writing as much with one sync", Median.of(plain)),
                        "MB/s"));
    }

    private static double streamed(NodeUnderLoad node, byte[] part) throws IOException {
        URI url = URI.create(node.url());
        try (var socket = new Socket(url.getHost(), url.getPort())) {
            OutputStream out = socket.getOutputStream();
            long from = System.nanoTime();
            String head =
                    String.join(
                            "\r\n",
                            "PUT /blobs HTTP/1.1",
                            "Host: bench",
                            "Authorization: Bearer " + node.operatorToken(),
                            "Content-Length: " + LARGE_BYTES,
                            "",
                            "");
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            for (long sent = 0; sent < LARGE_BYTES; sent += part.length) {
                out.write(part);
            }
            String answer =
                    new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            if (!answer.endsWith("201")) {
                throw new IOException("not put: " + answer);
            }
            return LARGE_BYTES / MEGA / ((System.nanoTime() - from) / 1e9);
        }
    }
}
