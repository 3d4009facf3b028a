package org.elohim.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Runs benchmarks by name, all of them without one but those that need other tools; prints one
/// JSON line per figure.
public final class Main {
    /// What measures and hands over its figures; `directory` is on the disk that is to be measured.
    private interface Benchmark {
        void run(Path directory, Consumer<Figure> figures) throws Exception;
    }

    /// What needs more than a JDK and Maven, which the launcher sees to where it is named, and what
    /// is a part of another one.
    private static final Set<String> BY_NAME_ALONE = Set.of("clients", "blobs-http", "syncthing");

    private static final Map<String, Benchmark> BENCHMARKS = benchmarks();

    private Main() {}

    private static Map<String, Benchmark> benchmarks() {
        Map<String, Benchmark> benchmarks = new LinkedHashMap<>();
        benchmarks.put("start", StartBenchmark::run);
        benchmarks.put("journal", JournalBenchmark::run);
        benchmarks.put("change", (_, figures) -> ChangeGraphBenchmark.run(figures));
        benchmarks.put("sync", SyncBenchmark::run);
        benchmarks.put("family", FamilyBenchmark::run);
        benchmarks.put("backfill", FamilyBenchmark::runBackfill);
        benchmarks.put("thirteen", FamilyBenchmark::runMany);
        benchmarks.put("crowd", CrowdBenchmark::run);
        benchmarks.put("large", LargeDocumentBenchmark::run);
        benchmarks.put("clients", ClientsBenchmark::run);
        benchmarks.put(
                "blobs",
                (directory, figures) -> {
                    BlobBenchmark.run(directory, figures);
                    BlobHttpBenchmark.run(directory, figures);
                });
        benchmarks.put("blobs-http", BlobHttpBenchmark::run);
        benchmarks.put("blob-crowd", BlobCrowdBenchmark::run);
        benchmarks.put("spread", SpreadBenchmark::run);
        benchmarks.put("syncthing", SyncthingBenchmark::run);
        benchmarks.put("rs", ReedSolomonBenchmark::run);
        benchmarks.put("id", (_, figures) -> JmhBenchmark.run("id", NodeIdCost.class, figures));
        return benchmarks;
    }

    static void main(String[] names) throws Exception {
        if (List.of(names).contains("--list")) {
            BENCHMARKS.keySet().forEach(System.out::println);
            return;
        }
        for (String name : names) {
            if (!BENCHMARKS.containsKey(name)) {
                System.err.printf(
                        "bench: no benchmark is called %s; there are: %s%n",
                        name, String.join(", ", BENCHMARKS.keySet()));
                System.exit(2);
            }
        }
        Path directory = Path.of(System.getProperty("elohim.bench.directory"));
        for (var benchmark : BENCHMARKS.entrySet()) {
            String name = benchmark.getKey();
            boolean isAsked =
                    names.length == 0
                            ? !BY_NAME_ALONE.contains(name)
                            : List.of(names).contains(name);
            if (isAsked) {
                benchmark.getValue().run(directory, figure -> System.out.println(figure.toJson()));
            }
        }
    }
}
