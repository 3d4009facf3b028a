package org.elohim.bench;

import org.elohim.node.blob.BlobSettings;
import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Found;
import org.elohim.node.blob.LargePut;
import org.elohim.node.blob.Outcome;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// The store of blobs alone: durable puts beside what the disk allows in the same minute, reading,
/// the start without a checkpoint, and what the index takes.
///
/// With so many writers in a closed loop half of them wait for one sync while the other half fills
/// the next write. So the limit is: as many records as half the writers, overwritten in a file that
/// was filled before, and synced, one write after the other.
final class BlobBenchmark {
    private static final int WRITERS = 64;
    private static final List<Integer> SIZES = List.of(4 << 10, 64 << 10);
    private static final int ROUNDS = 3;
    private static final Duration WARM_UP = Duration.ofSeconds(1);
    private static final Duration WINDOW = Duration.ofSeconds(2);
    private static final int SEGMENT_BYTES = 64 << 20;
    // Enough for a round on a fast disk: filling segments meanwhile is another figure.
    private static final int SPARE_SEGMENTS = 24;
    private static final int RECORD_HEAD_BYTES = 128;
    private static final int INDEXED = 1_000_000;
    private static final long LARGE_BYTES = 512L << 20;
    private static final double MEGA = 1e6;

    private BlobBenchmark() {}

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        index(figures);
        Files.createDirectories(directory);
        Path place = Files.createTempDirectory(directory, "blobs");
        try {
            for (int bytes : SIZES) {
                puts(place, bytes, figures);
            }
            large(place, figures);
        } finally {
            delete(place);
        }
    }

    private static void puts(Path place, int bytes, Consumer<Figure> figures) throws Exception {
        List<Double> puts = new ArrayList<>();
        List<Double> sustained = new ArrayList<>();
        List<Double> limits = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            limits.add(limit(place.resolve("limit"), bytes));
            Path data = place.resolve("store" + bytes + "-" + round);
            try (BlobStore store = open(data)) {
                store.prepare();
                puts.add(rate(store, bytes));
                if (round == ROUNDS - 1) {
                    gets(store, bytes, figures);
                }
            }
            if (round == ROUNDS - 1) {
                rebuild(data, bytes, figures);
            }
            delete(data);
            try (BlobStore store = open(data)) {
                sustained.add(rate(store, bytes));
            }
            delete(data);
        }
        var limit =
                Figure.Limit.of(
                        "overwriting half as many records as there are writers, each with a sync",
                        Median.of(limits));
        figures.accept(figure("durable_puts", bytes, Median.of(puts), limit, "puts/s"));
        figures.accept(
                figure(
                        "durable_puts_while_segments_are_filled",
                        bytes,
                        Median.of(sustained),
                        limit,
                        "puts/s"));
    }

    private static BlobStore open(Path data) throws IOException {
        var settings =
                new BlobSettings(
                        SEGMENT_BYTES, 100L << 30, 1 << 20, SPARE_SEGMENTS, 50, Duration.ofDays(7));
        return BlobStore.open(data, settings, 64 << 20, InstantSource.system(), new Random(1));
    }

    private static Figure figure(
            String name, int bytes, double value, Figure.Limit limit, String unit) {
        return new Figure(
                "blobs",
                name,
                Map.of("bytes", (long) bytes, "writers", (long) WRITERS),
                value,
                limit,
                unit);
    }

    private static double rate(BlobStore store, int bytes) throws InterruptedException {
        var done = new LongAdder();
        var number = new AtomicLong();
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            var ending = new AtomicLong();
            for (int i = 0; i < WRITERS; i++) {
                writers.execute(() -> write(store, bytes, number, done, ending));
            }
            Thread.sleep(WARM_UP);
            double rate = Steady.perSecond(done::sum, WINDOW);
            ending.set(1);
            return rate;
        }
    }

    private static void write(
            BlobStore store, int bytes, AtomicLong number, LongAdder done, AtomicLong ending) {
        byte[] pattern = new byte[bytes];
        new Random(number.incrementAndGet()).nextBytes(pattern);
        while (ending.get() == 0) {
            // No two alike.
            ByteBuffer content = ByteBuffer.wrap(pattern);
            content.putLong(0, number.incrementAndGet());
            Outcome outcome = store.put(content).outcome().toCompletableFuture().join();
            if (!(outcome instanceof Outcome.Done)) {
                throw new IllegalStateException("not put: " + outcome);
            }
            done.increment();
        }
    }

    static double limit(Path file, int bytes) throws IOException {
        int records = WRITERS / 2;
        var batch = ByteBuffer.allocateDirect(records * (bytes + RECORD_HEAD_BYTES));
        long size = 512L << 20;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var zeros = ByteBuffer.allocateDirect(1 << 20);
            for (long at = 0; at < size; at += zeros.capacity()) {
                channel.write(zeros.clear(), at);
            }
            channel.force(true);
            long at = 0;
            long writes = 0;
            long from = System.nanoTime();
            while (System.nanoTime() - from < WINDOW.toNanos()) {
                channel.write(batch.clear(), at);
                channel.force(false);
                at = at + 2L * batch.capacity() > size ? 0 : at + batch.capacity();
                writes++;
            }
            return writes * records / ((System.nanoTime() - from) / 1e9);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void gets(BlobStore store, int bytes, Consumer<Figure> figures) {
        List<ContentHash> keys = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            byte[] content = new byte[bytes];
            new Random(-i).nextBytes(content);
            var putting = store.put(ByteBuffer.wrap(content));
            putting.outcome().toCompletableFuture().join();
            keys.add(putting.key());
        }
        var random = new Random(3);
        getFor(store, keys, random, WARM_UP);
        figures.accept(
                figure(
                        "gets_of_one_thread",
                        bytes,
                        getFor(store, keys, random, WINDOW),
                        Figure.Limit.none(),
                        "gets/s"));
    }

    private static double getFor(
            BlobStore store, List<ContentHash> keys, Random random, Duration window) {
        long count = 0;
        long from = System.nanoTime();
        while (System.nanoTime() - from < window.toNanos()) {
            Found found = store.get(keys.get(random.nextInt(keys.size())));
            if (!(found instanceof Found.Small)) {
                throw new IllegalStateException("not got: " + found);
            }
            count++;
        }
        return count / ((System.nanoTime() - from) / 1e9);
    }

    private static void rebuild(Path data, int bytes, Consumer<Figure> figures) throws IOException {
        long read = 0;
        double reading = 0;
        try (var files = Files.list(data)) {
            var buffer = ByteBuffer.allocateDirect(4 << 20);
            for (Path file : files.filter(each -> each.toString().endsWith(".pack")).toList()) {
                long from = System.nanoTime();
                try (FileChannel channel = FileChannel.open(file)) {
                    while (channel.read(buffer.clear()) > 0) {
                        read += buffer.position();
                    }
                }
                reading += (System.nanoTime() - from) / 1e9;
            }
        }
        Files.delete(data.resolve("index.db"));
        long from = System.nanoTime();
        try (BlobStore store = open(data)) {
            double seconds = (System.nanoTime() - from) / 1e9;
            figures.accept(
                    figure(
                            "start_without_checkpoint",
                            bytes,
                            store.stats().scannedBytes() / MEGA / seconds,
                            Figure.Limit.of("reading the segments", read / MEGA / reading),
                            "MB/s"));
        }
    }

    private static void index(Consumer<Figure> figures) {
        long before = usedHeap();
        var index = new BlobIndex(1);
        var digest = ContentHash.sha256();
        long from = System.nanoTime();
        for (int i = 0; i < INDEXED; i++) {
            byte[] name = digest.digest(ByteBuffer.allocate(Integer.BYTES).putInt(i).array());
            index.put(
                    new IndexEntry(
                            new ContentHash(Bytes.copyOf(name)),
                            i,
                            i,
                            1,
                            0,
                            new IndexEntry.Place(1 + i / 15_000, 4096 + i % 15_000 * 4224),
                            4224,
                            false,
                            IndexEntry.NOWHERE,
                            false));
        }
        double seconds = (System.nanoTime() - from) / 1e9;
        long after = usedHeap();
        Map<String, Long> blobs = Map.of("blobs", (long) index.size());
        figures.accept(
                new Figure(
                        "blobs",
                        "index_heap",
                        blobs,
                        (after - before) / MEGA,
                        Figure.Limit.none(),
                        "MB"));
        figures.accept(
                new Figure(
                        "blobs",
                        "index_puts_of_a_young_process",
                        blobs,
                        INDEXED / seconds,
                        Figure.Limit.none(),
                        "puts/s"));
    }

    private static long usedHeap() {
        var runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static void large(Path place, Consumer<Figure> figures) throws IOException {
        List<Double> stored = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        var part = ByteBuffer.allocate(1 << 20);
        new Random(5).nextBytes(part.array());
        for (int round = 0; round < ROUNDS; round++) {
            Path data = place.resolve("large" + round);
            try (BlobStore store = open(data)) {
                long from = System.nanoTime();
                try (LargePut put = store.beginLarge()) {
                    for (long done = 0; done < LARGE_BYTES; done += part.capacity()) {
                        put.write(part.rewind());
                    }
                    put.keep(put.finish());
                }
                stored.add(LARGE_BYTES / MEGA / ((System.nanoTime() - from) / 1e9));
            }
            delete(data);
            plain.add(plain(place.resolve("plain"), part, LARGE_BYTES));
        }
        figures.accept(
                new Figure(
                        "blobs",
                        "large_put",
                        Map.of("content_bytes", LARGE_BYTES),
                        Median.of(stored),
                        Figure.Limit.of("writing as much with one sync", Median.of(plain)),
                        "MB/s"));
    }

    /// Writes so much of it with one sync; returns megabytes in a second.
    static double plain(Path file, ByteBuffer part, long bytes) throws IOException {
        long from = System.nanoTime();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long done = 0; done < bytes; done += part.capacity()) {
                channel.write(part.rewind());
            }
            channel.force(false);
            return bytes / MEGA / ((System.nanoTime() - from) / 1e9);
        } finally {
            Files.delete(file);
        }
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (var files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
