package org.elohim.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// clients that put blobs at the same moment, that want the same blob of a node
/// which has just begun, and that put more than a node with little memory can hold.
final class BlobCrowdBenchmark {
    private static final int CLIENTS = 1_000;
    private static final int SMALL_BYTES = 64 << 10;
    private static final int COLD_BYTES = 1 << 20;
    private static final int LARGE_CLIENTS = 200;
    private static final int LARGE_BYTES = 8 << 20;
    private static final String LITTLE_MEMORY = "-Xmx96m";
    private static final int TAKEN = 201;
    private static final int BUSY = 503;

    private final Consumer<Figure> figures;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private BlobCrowdBenchmark(Consumer<Figure> figures) {
        this.figures = figures;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        var benchmark = new BlobCrowdBenchmark(figures);
        Path place = Files.createTempDirectory(Files.createDirectories(directory), "blob-crowd");
        try {
            benchmark.run(place);
        } finally {
            benchmark.http.shutdownNow();
            BlobBenchmark.delete(place);
        }
    }

    private void run(Path place) throws Exception {
        Path data = place.resolve("data");
        ContentHash cold;
        try (var node = NodeUnderLoad.start(data)) {
            write(node, "blobs_put_at_once", 0);
            write(node, "more_blobs_put_at_once", CLIENTS);
            cold = hash(put(node, small(2 * CLIENTS, COLD_BYTES)));
        }
        try (var node = NodeUnderLoad.start(data)) {
            read(node, cold);
        }
        try (var node =
                NodeUnderLoad.start(
                        place.resolve("little"), Map.of("ELOHIM_JAVA_OPTIONS", LITTLE_MEMORY))) {
            overwhelm(node);
        }
    }

    private void write(NodeUnderLoad node, String figure, int from) throws Exception {
        Crowd<HttpResponse<String>> crowd =
                Crowd.of(
                        CLIENTS,
                        client -> {
                            HttpRequest.BodyPublisher content = small(from + client, SMALL_BYTES);
                            return () -> put(node, content);
                        });
        for (HttpResponse<String> each : crowd.answers()) {
            if (each.statusCode() != TAKEN) {
                throw new IOException("refused: " + each.body());
            }
        }
        tell(figure, SMALL_BYTES, crowd, CLIENTS / crowd.seconds(), "puts/s");
    }

    private void read(NodeUnderLoad node, ContentHash cold) throws Exception {
        Crowd<Boolean> crowd = Crowd.of(CLIENTS, _ -> () -> isRight(node, cold));
        if (crowd.answers().contains(false)) {
            throw new IOException("what was read is something else");
        }
        tell("readers_of_one_cold_blob", COLD_BYTES, crowd, CLIENTS / crowd.seconds(), "gets/s");
    }

    /// Whoever was told that his blob was taken finds it there, and the node is still the same one.
    private void overwhelm(NodeUnderLoad node) throws Exception {
        Crowd<HttpResponse<String>> crowd =
                Crowd.of(LARGE_CLIENTS, client -> () -> put(node, large(client)));
        int taken = 0;
        for (HttpResponse<String> each : crowd.answers()) {
            if (each.statusCode() == TAKEN) {
                taken++;
                if (!isRight(node, hash(each))) {
                    throw new IOException("a blob is not what it was: " + each.body());
                }
            } else if (each.statusCode() != BUSY) {
                throw new IOException("refused: " + each.body());
            }
        }
        if (!node.process().isAlive()) {
            throw new IOException("the node has ended");
        }
        tell(
                "large_blobs_taken_with_little_memory",
                LARGE_BYTES,
                crowd,
                100.0 * taken / LARGE_CLIENTS,
                "%");
    }

    private void tell(String name, long bytes, Crowd<?> crowd, double value, String unit) {
        figures.accept(
                new Figure(
                        "blob-crowd",
                        name,
                        Map.of(
                                "clients",
                                (long) crowd.answers().size(),
                                "content_bytes",
                                bytes,
                                "p50_ms",
                                crowd.millis(50),
                                "p99_ms",
                                crowd.millis(99)),
                        value,
                        Figure.Limit.none(),
                        unit));
    }

    private HttpResponse<String> put(NodeUnderLoad node, HttpRequest.BodyPublisher content)
            throws IOException, InterruptedException {
        return http.send(
                request(node, "/blobs").PUT(content).build(), HttpResponse.BodyHandlers.ofString());
    }

    // Made beforehand, as it is the node that is measured.
    private static HttpRequest.BodyPublisher small(int number, int bytes) {
        byte[] content = new byte[bytes];
        new Random(number).nextBytes(content);
        return HttpRequest.BodyPublishers.ofByteArray(content);
    }

    private static HttpRequest.BodyPublisher large(int number) {
        return HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofInputStream(
                        () -> new SpreadBenchmark.Chance(LARGE_BYTES, number)),
                LARGE_BYTES);
    }

    private static ContentHash hash(HttpResponse<String> put) throws IOException {
        JsonNode said = new JsonMapper().readTree(put.body());
        return ContentHash.parse(said.path("hash").asText());
    }

    private boolean isRight(NodeUnderLoad node, ContentHash blob)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer =
                http.send(
                        request(node, "/blobs/" + blob).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        var digest = ContentHash.sha256();
        try (var content = new DigestInputStream(answer.body(), digest)) {
            content.transferTo(OutputStream.nullOutputStream());
        }
        return blob.equals(new ContentHash(Bytes.copyOf(digest.digest())));
    }

    private static HttpRequest.Builder request(NodeUnderLoad node, String path) throws IOException {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("Authorization", "Bearer " + node.operatorToken());
    }

    /// What many did at the same moment.
    ///
    /// @param nanos how long each took, the fastest first
    private record Crowd<T>(List<T> answers, List<Long> nanos, double seconds) {
        private record Answer<T>(T said, long nanos) {}

        static <T> Crowd<T> of(int clients, IntFunction<Callable<T>> task)
                throws InterruptedException, ExecutionException {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var start = new CountDownLatch(1);
                List<Future<Answer<T>>> all = new ArrayList<>();
                for (int client = 0; client < clients; client++) {
                    Callable<T> one = task.apply(client);
                    all.add(
                            threads.submit(
                                    () -> {
                                        start.await();
                                        long from = System.nanoTime();
                                        T said = one.call();
                                        return new Answer<>(said, System.nanoTime() - from);
                                    }));
                }
                long from = System.nanoTime();
                start.countDown();
                List<T> answers = new ArrayList<>();
                List<Long> nanos = new ArrayList<>();
                for (Future<Answer<T>> each : all) {
                    answers.add(each.get().said());
                    nanos.add(each.get().nanos());
                }
                nanos.sort(null);
                return new Crowd<>(answers, nanos, (System.nanoTime() - from) / 1e9);
            }
        }

        long millis(int percent) {
            return nanos.get(Math.min(nanos.size() - 1, nanos.size() * percent / 100)) / 1_000_000;
        }
    }
}
