package org.elohim.bench;

import org.elohim.cluster.journal.JournalSchema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Events per second through event-sourced actors, beside plain JDBC with group commit.
///
/// Both sides write the same rows to the same kind of file, take turns, and wait for each commit;
/// the figure is the median over the rounds. The directory must be on a real disk: on tmpfs a
/// commit costs nothing and the ratio means nothing.
public final class JournalBenchmark {
    private static final List<Integer> ACTORS = List.of(1, 100, 1_000);
    private static final byte[] EVENT = new byte[200];
    private static final int ROUNDS = 5;
    // Long enough for the compiler: the second round is no faster than the first.
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration WINDOW = Duration.ofSeconds(5);

    @FunctionalInterface
    private interface Opening {
        Load open(Path data, int callers) throws Exception;
    }

    private JournalBenchmark() {}

    public static void run(Path directory, Consumer<Figure> figures) throws Exception {
        for (int actors : ACTORS) {
            List<Double> plain = new ArrayList<>();
            List<Double> journal = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                plain.add(
                        measure(
                                directory,
                                actors,
                                (data, callers) -> new PlainJournal(data, callers, EVENT)));
                journal.add(
                        measure(
                                directory,
                                actors,
                                (data, callers) -> new ActorJournal(data, callers, EVENT)));
            }
            figures.accept(
                    new Figure(
                            "journal",
                            "events_per_second",
                            Map.of("actors", (long) actors),
                            Median.of(journal),
                            Figure.Limit.of("plain JDBC group commit", Median.of(plain)),
                            "events/s"));
        }
    }

    static String persistenceId(int caller) {
        return "Bench|" + caller;
    }

    private static double measure(Path directory, int callers, Opening opening) throws Exception {
        Files.createDirectories(directory);
        Path data = Files.createTempDirectory(directory, "journal");
        try {
            var outcome = JournalSchema.current().prepare(data);
            if (!(outcome instanceof JournalSchema.Outcome.Ready)) {
                throw new IOException("journal not ready: " + outcome);
            }
            try (Load load = opening.open(data, callers)) {
                // The load runs in threads of its own; this one only lets the time pass.
                Thread.sleep(WARM_UP);
                long before = load.committed();
                long from = System.nanoTime();
                Thread.sleep(WINDOW);
                long events = load.committed() - before;
                return events / ((System.nanoTime() - from) / 1e9);
            }
        } finally {
            delete(data);
        }
    }

    private static void delete(Path tree) throws IOException {
        try (var files = Files.walk(tree)) {
            files.sorted(Comparator.reverseOrder()).forEach(JournalBenchmark::deleteOne);
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.delete(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
