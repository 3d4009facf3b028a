package org.elohim.bench;

import org.elohim.cluster.journal.JournalSchema;
import org.elohim.protocol.id.DocumentId;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// A whole node in its own process with devices around it, over real sockets. Generator and node
/// share the machine, so what the generator took of it is told beside.
final class SyncBenchmark {
    private static final int DEVICES = 8;
    private static final int WINDOW = 64;
    private static final int TYPISTS = 16;
    private static final int KEYS_PER_SECOND = 6;
    private static final int CATCH_UP_DOCUMENTS = 100;
    private static final int CATCH_UP_CHANGES = 10_000;
    private static final int IDLE_DOCUMENTS = 10_000;
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final Duration WINDOW_OF_TIME = Duration.ofSeconds(10);
    private static final Duration TYPING = Duration.ofSeconds(60);
    private static final byte[] PLAIN_EVENT = new byte[200];

    private final Path directory;
    private final Consumer<Figure> figures;
    private final SecureRandom random = new SecureRandom();

    private SyncBenchmark(Path directory, Consumer<Figure> figures) {
        this.directory = directory;
        this.figures = figures;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        var benchmark = new SyncBenchmark(Files.createDirectories(directory), figures);
        benchmark.ingest();
        benchmark.propagation();
        benchmark.fanOut();
        benchmark.catchUp();
        benchmark.typists();
        benchmark.idleDocuments();
    }

    private void ingest() throws Exception {
        double limit = plainJournal();
        try (var node = NodeUnderLoad.start(fresh("ingest"));
                var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            var devices = new ArrayList<LoadDevice>();
            for (int i = 0; i < DEVICES; i++) {
                // Each sees its own document only: what goes out to others is measured by itself.
                DocumentId document = Author.newDocument();
                LoadDevice device = node.deviceOf(document, WINDOW);
                devices.add(device);
                var author = new Author(document, i);
                var _ =
                        writers.submit(
                                () -> {
                                    while (!Thread.currentThread().isInterrupted()) {
                                        author.write(device, _ -> {});
                                    }
                                    return null;
                                });
            }
            LongSupplier done = () -> devices.stream().mapToLong(LoadDevice::acknowledged).sum();
            figures.accept(ingest("ingest_of_a_young_node", node, done, limit));
            Steady.await(done);
            figures.accept(ingest("ingest", node, done, limit));
            writers.shutdownNow();
        }
    }

    private static Figure ingest(String name, NodeUnderLoad node, LongSupplier done, double limit)
            throws InterruptedException {
        var own = new Share(node);
        double rate = Steady.perSecond(done, WINDOW_OF_TIME);
        return new Figure(
                "sync",
                name,
                own.parameters(
                        (double) WINDOW_OF_TIME.toSeconds(),
                        Map.of("devices", (long) DEVICES, "in_flight_each", (long) WINDOW)),
                rate,
                Figure.Limit.of("plain JDBC group commit", limit),
                "changes/s");
    }

    private double plainJournal() throws Exception {
        Path data = fresh("plain");
        JournalSchema.current().prepare(Files.createDirectories(data));
        try (var plain = new PlainJournal(data, DEVICES * WINDOW, PLAIN_EVENT)) {
            Steady.await(plain::committed);
            return Steady.perSecond(plain::committed, WINDOW_OF_TIME);
        }
    }

    private void propagation() throws Exception {
        var latencies = new Latencies("sync", figures);
        try (var node = NodeUnderLoad.start(fresh("propagation"))) {
            LoadDevice writer = node.device(WINDOW, _ -> {});
            node.device(WINDOW, latencies::arrived);
            var author = new Author(Author.newDocument(), 1);
            latencies.pace(author, writer, 100, WARM_UP);
            latencies.clear();
            var own = new Share(node);
            long from = System.nanoTime();
            latencies.pace(author, writer, 100, WINDOW_OF_TIME.multipliedBy(2));
            double seconds = (System.nanoTime() - from) / 1e9;
            latencies.report(
                    "propagation", own.parameters(seconds, Map.of("changes_per_second", 100L)));
        }
    }

    private void fanOut() throws Exception {
        try (var node = NodeUnderLoad.start(fresh("fan-out"))) {
            new FanOut(node, figures).run();
        }
    }

    private void catchUp() throws Exception {
        try (var node = NodeUnderLoad.start(fresh("catch-up"))) {
            fill(node, CATCH_UP_DOCUMENTS, CATCH_UP_CHANGES / CATCH_UP_DOCUMENTS);
            var millis = new ArrayList<Double>();
            for (int round = 0; round < 5; round++) {
                long from = System.nanoTime();
                LoadDevice late = node.device(WINDOW, _ -> {});
                while (late.receivedChanges() < CATCH_UP_CHANGES) {
                    LockSupport.parkNanos(100_000);
                }
                millis.add((System.nanoTime() - from) / 1e6);
                late.close();
            }
            figures.accept(
                    new Figure(
                            "sync",
                            "catch_up",
                            Map.of(
                                    "changes",
                                    (long) CATCH_UP_CHANGES,
                                    "documents",
                                    (long) CATCH_UP_DOCUMENTS),
                            Median.of(millis),
                            Figure.Limit.none(),
                            "ms"));
        }
    }

    private void fill(NodeUnderLoad node, int documents, int changesEach) throws Exception {
        LoadDevice writer = node.device(512, _ -> {});
        for (int d = 0; d < documents; d++) {
            var author = new Author(Author.newDocument(), 1);
            for (int i = 0; i < changesEach; i++) {
                author.write(writer, _ -> {});
            }
        }
        writer.awaitAcknowledged((long) documents * changesEach);
        writer.close();
    }

    private void typists() throws Exception {
        var latencies = new Latencies("sync", figures);
        try (var node = NodeUnderLoad.start(fresh("typists"));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            DocumentId document = Author.newDocument();
            var devices = new ArrayList<LoadDevice>();
            for (int i = 0; i < TYPISTS; i++) {
                devices.add(node.device(WINDOW, latencies::arrived));
            }
            for (int i = 0; i < TYPISTS; i++) {
                LoadDevice device = devices.get(i);
                var author = new Author(document, i);
                var _ =
                        threads.submit(
                                () -> {
                                    // People do not type in step.
                                    Thread.sleep(random.nextInt(1_000));
                                    latencies.pace(
                                            author, device, KEYS_PER_SECOND, WARM_UP.plus(TYPING));
                                    return null;
                                });
            }
            threads.shutdown();
            Thread.sleep(WARM_UP);
            latencies.clear();
            var own = new Share(node);
            long from = System.nanoTime();
            threads.awaitTermination(TYPING.toSeconds() * 2, TimeUnit.SECONDS);
            double seconds = (System.nanoTime() - from) / 1e9;
            latencies.report(
                    "typists",
                    own.parameters(
                            seconds,
                            Map.of(
                                    "typists",
                                    (long) TYPISTS,
                                    "keys_per_second",
                                    (long) KEYS_PER_SECOND)));
        }
    }

    private void idleDocuments() throws Exception {
        Path with = fresh("idle");
        Path without = fresh("idle-empty");
        double idle;
        try (var node = NodeUnderLoad.start(without)) {
            Thread.sleep(WARM_UP);
            idle = node.residentMegabytes();
        }
        try (var node = NodeUnderLoad.start(with)) {
            fill(node, IDLE_DOCUMENTS, 1);
            Thread.sleep(WARM_UP);
            figures.accept(resident("idle_documents_after_writing_them", node, idle));
        }
        double start = startMillis(with);
        double startEmpty = startMillis(without);
        try (var node = NodeUnderLoad.start(with)) {
            Thread.sleep(WARM_UP);
            figures.accept(resident("idle_documents_after_a_start", node, idle));
        }
        figures.accept(
                new Figure(
                        "sync",
                        "start_with_idle_documents",
                        Map.of("documents", (long) IDLE_DOCUMENTS),
                        start,
                        Figure.Limit.of("start without any", startEmpty),
                        "ms"));
    }

    private static Figure resident(String name, NodeUnderLoad node, double idle) throws Exception {
        return new Figure(
                "sync",
                name,
                Map.of("documents", (long) IDLE_DOCUMENTS),
                node.residentMegabytes(),
                Figure.Limit.of("without any", idle),
                "MB");
    }

    private static double startMillis(Path data) throws Exception {
        var millis = new ArrayList<Double>();
        for (int round = 0; round < 3; round++) {
            long from = System.nanoTime();
            NodeUnderLoad.start(data).close();
            millis.add((System.nanoTime() - from) / 1e6);
        }
        return Median.of(millis);
    }

    private Path fresh(String name) throws Exception {
        return Files.createTempDirectory(directory, name).resolve("data");
    }
}
