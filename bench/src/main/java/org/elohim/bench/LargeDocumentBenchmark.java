package org.elohim.bench;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.sync.Tier;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// what a large document costs the node, the app and the process that holds it for the app.
final class LargeDocumentBenchmark {
    private static final Path TEXT = Path.of("text");
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int TYPED_CHANGES = 5_000;
    private static final int TYPED_BYTES = 670 << 10;
    // Almost as much as the SDK allows: the one by its length as text, the other by its bytes.
    private static final int LARGE_CHANGES = 20;
    private static final int PASTED_BYTES = 1_400_000;
    private static final int FILLED_BYTES = 9_500_000;

    private final java.nio.file.Path directory;
    private final Consumer<Figure> figures;

    private LargeDocumentBenchmark(java.nio.file.Path directory, Consumer<Figure> figures) {
        this.directory = directory;
        this.figures = figures;
    }

    static void run(java.nio.file.Path directory, Consumer<Figure> figures) throws Exception {
        var benchmark = new LargeDocumentBenchmark(Files.createDirectories(directory), figures);
        benchmark.document("typed", TYPED_CHANGES, TYPED_BYTES, Content.TEXT);
        benchmark.document("pasted", LARGE_CHANGES, PASTED_BYTES, Content.TEXT);
        benchmark.document("filled", LARGE_CHANGES, FILLED_BYTES, Content.BYTES);
    }

    private enum Content {
        TEXT,
        BYTES
    }

    private void document(String name, int changes, int bytes, Content content) throws Exception {
        java.nio.file.Path fresh = Files.createTempDirectory(directory, name);
        try (var node = NodeUnderLoad.start(fresh.resolve("data"));
                var writer = Replica.open(fresh.resolve("writer"))) {
            writer.connect(node.deviceAddress());
            double nodeBefore = node.residentMegabytes();
            Document document = writer.create();
            switch (content) {
                case TEXT -> write(document, changes, bytes / changes);
                case BYTES -> fill(document, changes, bytes / changes);
            }
            document.await(Tier.ACCEPTED, PATIENCE);
            tell(name + "_node", changes, bytes, node.residentMegabytes() - nodeBefore, "MB");
            tell(name + "_engine", changes, bytes, engineMegabytes(node), "MB");
            try (var reader = Replica.open(fresh.resolve("reader"))) {
                long from = System.nanoTime();
                reader.connect(node.deviceAddress());
                reader.sync(PATIENCE);
                if (!reader.document(document.id()).read().equals(document.read())) {
                    throw new IllegalStateException("the reader has something else");
                }
                tell(name + "_reader", changes, bytes, (System.nanoTime() - from) / 1e6, "ms");
            }
        }
    }

    private static void write(Document document, int changes, int bytesEach) {
        var random = new Random(1);
        document.edit(edit -> edit.set(TEXT, new Value.Text("", java.util.List.of())));
        for (int change = 0; change < changes; change++) {
            int at = change * bytesEach;
            // Letters by chance, so that they cannot be packed to nothing.
            String typed =
                    random.ints(bytesEach, 33, 127)
                            .collect(
                                    StringBuilder::new,
                                    StringBuilder::appendCodePoint,
                                    StringBuilder::append)
                            .toString();
            document.edit(edit -> edit.splice(TEXT, at, 0, typed));
        }
    }

    private static void fill(Document document, int changes, int bytesEach) {
        var random = new Random(1);
        for (int change = 0; change < changes; change++) {
            byte[] noise = new byte[bytesEach];
            random.nextBytes(noise);
            Path name = Path.of("bytes" + change);
            document.edit(edit -> edit.set(name, new Value.Binary(Bytes.copyOf(noise))));
        }
    }

    // The engine runs in a process of its own, the only child beside the node.
    private static double engineMegabytes(NodeUnderLoad node) throws Exception {
        double megabytes = 0;
        for (ProcessHandle child : ProcessHandle.current().children().toList()) {
            if (child.pid() != node.pid()) {
                megabytes += NodeUnderLoad.residentMegabytes(child.pid());
            }
        }
        return megabytes;
    }

    private void tell(String name, int changes, int bytes, double value, String unit) {
        figures.accept(
                new Figure(
                        "large",
                        name,
                        Map.of("changes", (long) changes, "bytes", (long) bytes),
                        value,
                        Figure.Limit.none(),
                        unit));
    }
}
