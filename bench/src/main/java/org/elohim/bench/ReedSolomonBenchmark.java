package org.elohim.bench;

import org.elohim.protocol.erasure.CodingKernel;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ReedSolomon;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.erasure.ShardSet;
import org.elohim.protocol.erasure.StripeEncoder;

import java.io.IOException;
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
import java.util.function.Consumer;

/// Shards of 4+3 on one core: beside JavaReedSolomon, beside copying the same bytes, and on their
/// way to seven files beside plain writing.
///
/// MB/s are millions of bytes of content, which is four of the seven shards, in a second. All that
/// is compared takes turns; each figure is the median over the rounds.
final class ReedSolomonBenchmark {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;
    private static final List<Integer> SHARD_BYTES = List.of(64 << 10, 1 << 20);
    private static final int ROUNDS = 7;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration WINDOW = Duration.ofMillis(500);
    // Enough for the disk's cache to be full, little enough for a laptop's.
    private static final long FILE_BYTES = 512L << 20;
    private static final int FILE_ROUNDS = 3;
    private static final double MEGA = 1e6;

    private interface Step {
        void run();
    }

    private interface Writing {
        void run() throws IOException;
    }

    private ReedSolomonBenchmark() {}

    static void run(Path directory, Consumer<Figure> figures) throws IOException {
        for (int bytes : SHARD_BYTES) {
            for (CodingKernel kernel : CodingKernel.values()) {
                if (kernel.isPresent()) {
                    memory(bytes, kernel, figures);
                }
            }
        }
        files(directory, figures);
    }

    private static void memory(int bytes, CodingKernel kernel, Consumer<Figure> figures) {
        byte[][] shards = new byte[CODE.shards()][bytes];
        var random = new Random(1);
        for (byte[] shard : shards) {
            random.nextBytes(shard);
        }
        byte[][] copies = new byte[CODE.dataShards()][bytes];
        var ours = new ReedSolomon(CODE, kernel);
        var theirs =
                com.backblaze.erasure.ReedSolomon.create(CODE.dataShards(), CODE.parityShards());
        ShardSet lost = ShardSet.of(0, 1, 2);
        ShardSet present = ShardSet.first(CODE.shards()).without(lost);
        var rebuilding = ours.rebuilding(present, lost).orElseThrow();
        var rebuildingOne = ours.rebuilding(present, ShardSet.of(1)).orElseThrow();
        boolean[] there = {false, false, false, true, true, true, true};
        List<Step> steps =
                List.of(
                        () -> ours.encode(shards, 0, bytes),
                        () -> theirs.encodeParity(shards, 0, bytes),
                        () -> rebuilding.rebuild(shards, 0, bytes),
                        () -> theirs.decodeMissing(shards, there.clone(), 0, bytes),
                        () -> rebuildingOne.rebuild(shards, 0, bytes),
                        () -> copy(shards, copies));
        List<Double> rates = measure(steps, (long) bytes * CODE.dataShards());
        String suffix = kernel == CodingKernel.PLAIN ? "" : "_by_vectors";
        String encode = "encode" + suffix;
        String three = "rebuild_three" + suffix;
        String one = "rebuild_one" + suffix;
        report(figures, encode, bytes, rates.get(0), "JavaReedSolomon", rates.get(1));
        report(figures, encode, bytes, rates.get(0), "copying the content", rates.get(5));
        report(figures, three, bytes, rates.get(2), "JavaReedSolomon", rates.get(3));
        report(figures, one, bytes, rates.get(4), "copying the content", rates.get(5));
    }

    private static void copy(byte[][] shards, byte[][] copies) {
        for (int i = 0; i < copies.length; i++) {
            System.arraycopy(shards[i], 0, copies[i], 0, copies[i].length);
        }
    }

    private static void report(
            Consumer<Figure> figures,
            String figure,
            int bytes,
            double rate,
            String limit,
            double limitRate) {
        figures.accept(
                new Figure(
                        "rs",
                        figure,
                        Map.of("shard_bytes", (long) bytes),
                        rate,
                        Figure.Limit.of(limit, limitRate),
                        "MB/s"));
    }

    private static List<Double> measure(List<Step> steps, long bytes) {
        steps.forEach(step -> rate(step, bytes, WARM_UP));
        List<List<Double>> rounds = new ArrayList<>();
        steps.forEach(_ -> rounds.add(new ArrayList<>()));
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < steps.size(); i++) {
                rounds.get(i).add(rate(steps.get(i), bytes, WINDOW));
            }
        }
        return rounds.stream().map(Median::of).toList();
    }

    private static double rate(Step step, long bytes, Duration window) {
        long from = System.nanoTime();
        long done = 0;
        while (System.nanoTime() - from < window.toNanos()) {
            step.run();
            done++;
        }
        return done * bytes / MEGA / ((System.nanoTime() - from) / 1e9);
    }

    private static void files(Path directory, Consumer<Figure> figures) throws IOException {
        Files.createDirectories(directory);
        Path place = Files.createTempDirectory(directory, "shards");
        var part = ByteBuffer.allocate(1 << 20);
        new Random(2).nextBytes(part.array());
        long shardBytes = new ShardLayout(CODE, ShardLayout.BLOCK_BYTES, FILE_BYTES).shardBytes();
        long diskBytes = shardBytes * CODE.shards();
        try {
            // What is compiled in the first of them is not measured.
            encodeInto(place, part);
            long memoryBefore = residentKilobytes();
            long memoryMost = memoryBefore;
            List<Double> coded = new ArrayList<>();
            List<Double> plain = new ArrayList<>();
            for (int round = 0; round < FILE_ROUNDS; round++) {
                coded.add(diskBytes / MEGA / seconds(() -> encodeInto(place, part)));
                memoryMost = Math.max(memoryMost, residentKilobytes());
                plain.add(diskBytes / MEGA / seconds(() -> writePlainly(place, part, diskBytes)));
            }
            double content = Median.of(coded) * FILE_BYTES / diskBytes;
            figures.accept(figure("into_seven_files", content, Figure.Limit.none(), "MB/s"));
            figures.accept(
                    figure(
                            "into_seven_files_on_disk",
                            Median.of(coded),
                            Figure.Limit.of("writing as much with one fsync", Median.of(plain)),
                            "MB/s"));
            figures.accept(
                    figure(
                            "into_seven_files_more_memory",
                            (memoryMost - memoryBefore) / 1000.0,
                            Figure.Limit.none(),
                            "MB"));
        } finally {
            deleteAll(place);
        }
    }

    private static Figure figure(String name, double value, Figure.Limit limit, String unit) {
        return new Figure("rs", name, Map.of("content_bytes", FILE_BYTES), value, limit, unit);
    }

    private static double seconds(Writing writing) throws IOException {
        long from = System.nanoTime();
        writing.run();
        return (System.nanoTime() - from) / 1e9;
    }

    private static void encodeInto(Path place, ByteBuffer part) throws IOException {
        deleteFiles(place);
        FileChannel[] shards = new FileChannel[CODE.shards()];
        try {
            for (int i = 0; i < shards.length; i++) {
                shards[i] = create(place.resolve("shard" + i));
            }
            var encoder =
                    new StripeEncoder(
                            new ReedSolomon(CODE),
                            ShardLayout.BLOCK_BYTES,
                            (shard, block) -> writeAll(shards[shard], block));
            for (long done = 0; done < FILE_BYTES; done += part.capacity()) {
                encoder.write(part.rewind());
            }
            encoder.finish();
            for (FileChannel shard : shards) {
                shard.force(false);
            }
        } finally {
            for (FileChannel shard : shards) {
                if (shard != null) {
                    shard.close();
                }
            }
        }
    }

    private static void writePlainly(Path place, ByteBuffer part, long bytes) throws IOException {
        deleteFiles(place);
        try (FileChannel file = create(place.resolve("plain"))) {
            for (long done = 0; done < bytes; done += part.capacity()) {
                writeAll(file, part.rewind());
            }
            file.force(false);
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static void writeAll(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    private static void deleteFiles(Path place) throws IOException {
        try (var files = Files.list(place)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static void deleteAll(Path place) throws IOException {
        deleteFiles(place);
        Files.delete(place);
    }

    // Without /proc there is nothing to be told.
    private static long residentKilobytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        return !Files.exists(status)
                ? 0
                : Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElse(0);
    }
}
