package org.elohim.bench;

import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Runs one class of JMH benchmarks and turns its methods into figures.
///
/// A method `x` is set beside the method `xLimit` or `x…Limit` of the same class, where there is
/// one.
final class JmhBenchmark {
    private static final String LIMIT = "Limit";

    private JmhBenchmark() {}

    static void run(String name, Class<?> benchmarks, Consumer<Figure> figures)
            throws RunnerException {
        var options =
                new OptionsBuilder()
                        .include("^" + benchmarks.getName().replace(".", "\\.") + "\\.")
                        .verbosity(VerboseMode.SILENT)
                        .build();
        Map<String, Double> scores = new TreeMap<>();
        String unit = "";
        for (RunResult result : new Runner(options).run()) {
            scores.put(result.getPrimaryResult().getLabel(), result.getPrimaryResult().getScore());
            unit = result.getPrimaryResult().getScoreUnit();
        }
        for (var score : scores.entrySet()) {
            if (!score.getKey().endsWith(LIMIT)) {
                figures.accept(
                        new Figure(
                                name,
                                score.getKey(),
                                Map.of(),
                                score.getValue(),
                                limitOf(score.getKey(), scores),
                                unit));
            }
        }
    }

    private static Figure.Limit limitOf(String figure, Map<String, Double> scores) {
        return scores.entrySet().stream()
                .filter(other -> other.getKey().startsWith(figure))
                .filter(other -> other.getKey().endsWith(LIMIT))
                .findFirst()
                .map(found -> Figure.Limit.of(found.getKey(), found.getValue()))
                .orElse(Figure.Limit.none());
    }
}
