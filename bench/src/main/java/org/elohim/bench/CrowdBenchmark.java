package org.elohim.bench;

import org.elohim.protocol.id.DocumentId;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// a crowd of devices, all of which write at the same moment.
final class CrowdBenchmark {
    private static final int DEVICES = 1_000;
    private static final int CHANGES_EACH = 3;

    private CrowdBenchmark() {}

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        Path data =
                Files.createTempDirectory(Files.createDirectories(directory), "crowd")
                        .resolve("data");
        try (var node = NodeUnderLoad.start(data);
                var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            var devices = new TreeMap<DocumentId, LoadDevice>();
            while (devices.size() < DEVICES) {
                DocumentId document = Author.newDocument();
                devices.put(document, node.deviceOf(document, CHANGES_EACH));
            }
            double before = node.residentMegabytes();
            var start = new CountDownLatch(1);
            var millis = new ConcurrentLinkedQueue<Double>();
            var all = new ArrayList<Future<?>>();
            devices.forEach(
                    (document, device) ->
                            all.add(
                                    writers.submit(
                                            () -> {
                                                start.await();
                                                long from = System.nanoTime();
                                                writeAndAwait(new Author(document, 1), device);
                                                millis.add((System.nanoTime() - from) / 1e6);
                                                return null;
                                            })));
            var own = new Share(node);
            long from = System.nanoTime();
            start.countDown();
            for (Future<?> each : all) {
                each.get();
            }
            double seconds = (System.nanoTime() - from) / 1e9;
            Map<String, Long> parameters =
                    own.parameters(
                            seconds,
                            Map.of(
                                    "devices",
                                    (long) DEVICES,
                                    "changes_each",
                                    (long) CHANGES_EACH,
                                    "slowest_ms",
                                    Math.round(Collections.max(millis)),
                                    "rss_growth_mb",
                                    Math.round(node.residentMegabytes() - before)));
            figures.accept(
                    new Figure(
                            "crowd",
                            "accepted",
                            parameters,
                            DEVICES * CHANGES_EACH / seconds,
                            Figure.Limit.none(),
                            "changes/s"));
        }
    }

    private static void writeAndAwait(Author author, LoadDevice device)
            throws InterruptedException {
        for (int i = 0; i < CHANGES_EACH; i++) {
            author.write(device, _ -> {});
        }
        device.awaitAcknowledged(CHANGES_EACH);
    }
}
