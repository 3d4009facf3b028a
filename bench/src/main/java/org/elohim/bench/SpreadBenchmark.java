package org.elohim.bench;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Blobs that a second node of a family gets from the first, over loopback, encrypted, until the
/// first counts all of them as durable. Both nodes share this machine's cores.
final class SpreadBenchmark {
    static final long LARGE_BYTES = 1L << 30;
    static final int SMALL_BYTES = 4 << 10;
    static final int SMALL = 10_000;
    private static final int WRITERS = 16;
    // As many small ones go together at most.
    private static final int TOGETHER = 512;
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);
    private static final double MEGA = 1e6;

    private final Path directory;
    private final Consumer<Figure> figures;
    private int places;

    private interface Filling {
        /// Puts blobs that no other round has put; returns when the nodes could begin with them.
        long fill(NodeUnderLoad node, int round) throws Exception;
    }

    private SpreadBenchmark(Path directory, Consumer<Figure> figures) {
        this.directory = directory;
        this.figures = figures;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        var benchmark = new SpreadBenchmark(Files.createDirectories(directory), figures);
        benchmark.large();
        benchmark.small();
    }

    private void large() throws Exception {
        double limit =
                LARGE_BYTES
                        / MEGA
                        / secondsOfWriting(1 << 20, LARGE_BYTES >> 20, Integer.MAX_VALUE);
        Seconds seconds = spread(1, SpreadBenchmark::fillLarge, false);
        var plain = Figure.Limit.of("writing and syncing as many bytes", limit);
        tellLarge("one_large_blob_by_young_nodes", seconds.young(), plain);
        tellLarge("one_large_blob", seconds.warm(), plain);
    }

    private void tellLarge(String name, double seconds, Figure.Limit limit) {
        figures.accept(
                new Figure(
                        "spread",
                        name,
                        Map.of("content_bytes", LARGE_BYTES),
                        LARGE_BYTES / MEGA / seconds,
                        limit,
                        "MB/s"));
    }

    private static long fillLarge(NodeUnderLoad node, int round) throws Exception {
        put(
                node,
                HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofInputStream(
                                () -> new Chance(LARGE_BYTES, round)),
                        LARGE_BYTES));
        return System.nanoTime();
    }

    private void small() throws Exception {
        double limit = SMALL / secondsOfWriting(SMALL_BYTES, SMALL, TOGETHER);
        Seconds seconds = spread(SMALL, SpreadBenchmark::fillSmall, true);
        var plain =
                Figure.Limit.of(
                        "writing as many bytes, with a sync for as many as go together", limit);
        tellSmall("small_blobs_by_young_nodes", seconds.young(), plain);
        tellSmall("small_blobs_while_they_are_put", seconds.warm(), plain);
        tellSmall("small_blobs_after_a_pause", seconds.behind(), plain);
    }

    private void tellSmall(String name, double seconds, Figure.Limit limit) {
        figures.accept(
                new Figure(
                        "spread",
                        name,
                        Map.of("content_bytes", (long) SMALL_BYTES, "blobs", (long) SMALL),
                        SMALL / seconds,
                        limit,
                        "blobs/s"));
    }

    private static long fillSmall(NodeUnderLoad node, int round) throws Exception {
        long from = System.nanoTime();
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> written = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int first = writer;
                written.add(
                        writers.submit(
                                () -> {
                                    for (int i = first; i < SMALL; i += WRITERS) {
                                        byte[] content = new byte[SMALL_BYTES];
                                        ByteBuffer.wrap(content).putInt(i).putInt(round);
                                        put(node, HttpRequest.BodyPublishers.ofByteArray(content));
                                    }
                                    return null;
                                }));
            }
            for (Future<?> each : written) {
                each.get();
            }
        }
        return from;
    }

    private static void put(NodeUnderLoad node, HttpRequest.BodyPublisher content)
            throws IOException, InterruptedException {
        var _ = node.send(HttpRequest.newBuilder(URI.create(node.url() + "/blobs")).PUT(content));
    }

    /// How long it takes, by two young nodes and by the same two again.
    ///
    /// @param young until a node that has just begun has all that lies at the other
    /// @param warm from the first of as many more until they lie at both
    /// @param behind until it has as many more that were put while it stood still; 0 where that was
    ///   not played
    private record Seconds(double young, double warm, double behind) {}

    private Seconds spread(int blobs, Filling filling, boolean pauses) throws Exception {
        try (var first = NodeUnderLoad.start(fresh(), FamilyBenchmark.environment(""))) {
            filling.fill(first, 0);
            String door = first.door();
            try (var second = NodeUnderLoad.start(fresh(), FamilyBenchmark.environment(door))) {
                until("the second node", () -> replication(first).path("holders").asInt() == 2);
                double young = secondsUntilDurable(first, blobs, System.nanoTime());
                double warm = secondsUntilDurable(first, 2 * blobs, filling.fill(first, 1));
                if (!pauses) {
                    return new Seconds(young, warm, 0);
                }
                second.pause();
                try {
                    filling.fill(first, 2);
                } finally {
                    second.resume();
                }
                return new Seconds(
                        young, warm, secondsUntilDurable(first, 3 * blobs, System.nanoTime()));
            }
        }
    }

    private static double secondsUntilDurable(NodeUnderLoad node, int blobs, long from)
            throws IOException, InterruptedException {
        untilDurable(node, blobs);
        return (System.nanoTime() - from) / 1e9;
    }

    private static void untilDurable(NodeUnderLoad node, int blobs)
            throws IOException, InterruptedException {
        until("all copies", () -> replication(node).path("blobs").path("durable").asInt() == blobs);
    }

    private static JsonNode replication(NodeUnderLoad node)
            throws IOException, InterruptedException {
        return node.ask("/storage/stats").path("replication");
    }

    private Path fresh() throws IOException {
        places++;
        return Files.createTempDirectory(directory, "node" + places);
    }

    private static void until(String what, Waiting.Condition condition)
            throws IOException, InterruptedException {
        Waiting.until(what, LOOK_EVERY, condition);
    }

    private double secondsOfWriting(int bytes, long count, int together) throws IOException {
        Path file = directory.resolve("plain");
        var part = ByteBuffer.allocateDirect(bytes);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long from = System.nanoTime();
            for (long i = 0; i < count; i++) {
                channel.write(part.clear());
                if ((i + 1) % together == 0) {
                    channel.force(false);
                }
            }
            channel.force(true);
            return (System.nanoTime() - from) / 1e9;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /// Bytes that nothing makes smaller, as many as wanted.
    static final class Chance extends InputStream {
        private final byte[] some = new byte[1 << 20];
        private long left;

        Chance(long count, int round) {
            left = count;
            new Random(round).nextBytes(some);
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int count = (int) Math.min(Math.min(length, some.length), left);
            System.arraycopy(some, 0, into, offset, count);
            left -= count;
            return count;
        }
    }
}
