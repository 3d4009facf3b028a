package org.elohim.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// What [SpreadBenchmark] measures of two nodes, of two processes of Syncthing on the same machine
/// in the same run: the same content as files, from the moment at which the first has read all of
/// it until the second has all of it.
final class SyncthingBenchmark {
    private static final int FOLDERS = 100;
    private static final double MEGA = 1e6;

    private final Path directory;
    private final Consumer<Figure> figures;
    private int pairs;

    private SyncthingBenchmark(Path directory, Consumer<Figure> figures) {
        this.directory = directory;
        this.figures = figures;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        Files.createDirectories(directory);
        Path place = Files.createTempDirectory(directory, "syncthing");
        try {
            new SyncthingBenchmark(place, figures).run();
        } finally {
            BlobBenchmark.delete(place);
        }
        SpreadBenchmark.run(directory, figures);
    }

    private void run() throws Exception {
        large();
        small(1);
        small(FOLDERS);
    }

    private void large() throws Exception {
        try (var pair = pair()) {
            fillLarge(pair.folder(), 0);
            tell(
                    "one_large_file_by_young_processes",
                    LARGE,
                    LARGE_MEGABYTES / pair.begin(),
                    "MB/s");
            fillLarge(pair.folder(), 1);
            tell("one_large_file", LARGE, LARGE_MEGABYTES / pair.again(), "MB/s");
        }
    }

    private static final Map<String, Long> LARGE =
            Map.of("content_bytes", SpreadBenchmark.LARGE_BYTES);
    private static final double LARGE_MEGABYTES = SpreadBenchmark.LARGE_BYTES / MEGA;

    private static void fillLarge(Path folder, int round) throws IOException {
        try (var content = new SpreadBenchmark.Chance(SpreadBenchmark.LARGE_BYTES, round)) {
            Files.copy(content, folder.resolve("large" + round));
        }
    }

    private void small(int folders) throws Exception {
        try (var pair = pair()) {
            for (int i = 0; i < SpreadBenchmark.SMALL; i++) {
                Path folder =
                        Files.createDirectories(
                                pair.folder().resolve("%03d".formatted(i % folders)));
                byte[] content = new byte[SpreadBenchmark.SMALL_BYTES];
                ByteBuffer.wrap(content).putInt(i);
                Files.write(folder.resolve("small" + i), content);
            }
            tell(
                    "small_files_by_young_processes",
                    Map.of(
                            "content_bytes",
                            (long) SpreadBenchmark.SMALL_BYTES,
                            "files",
                            (long) SpreadBenchmark.SMALL,
                            "folders",
                            (long) folders),
                    SpreadBenchmark.SMALL / pair.begin(),
                    "files/s");
        }
    }

    private Pair pair() throws Exception {
        pairs++;
        Path place = Files.createDirectories(directory.resolve("pair" + pairs));
        var giving = Syncthing.made(place.resolve("giving"));
        var taking = Syncthing.made(place.resolve("taking"));
        giving.configure(taking);
        taking.configure(giving);
        return new Pair(giving, taking);
    }

    private void tell(String name, Map<String, Long> parameters, double value, String unit) {
        figures.accept(
                new Figure(
                        "syncthing",
                        name.toLowerCase(Locale.ROOT),
                        parameters,
                        value,
                        Figure.Limit.none(),
                        unit));
    }

    /// One that has content, and one that gets it.
    private record Pair(Syncthing giving, Syncthing taking, List<Syncthing> running)
            implements AutoCloseable {
        Pair(Syncthing giving, Syncthing taking) {
            this(giving, taking, new ArrayList<>());
        }

        Path folder() {
            return giving.folder();
        }

        /// Starts both; returns the seconds from their connection until all has come.
        double begin() throws IOException, InterruptedException {
            running.add(giving);
            giving.start();
            giving.awaitRead();
            running.add(taking);
            taking.start();
            giving.awaitConnected();
            return secondsUntilLevel();
        }

        /// What was added since.
        double again() throws IOException, InterruptedException {
            giving.read();
            return secondsUntilLevel();
        }

        private double secondsUntilLevel() throws IOException, InterruptedException {
            long from = System.nanoTime();
            taking.awaitLevel(giving.readBytes());
            return (System.nanoTime() - from) / 1e9;
        }

        @Override
        public void close() {
            running.forEach(Syncthing::close);
        }
    }
}
