package org.elohim.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// One writes, many read; and what it costs them that one more reads nothing.
///
/// Both are measured in turn on one node: a machine whose speed swings would else tell two runs
/// apart by itself.
final class FanOut {
    private static final int SUBSCRIBERS = 50;
    private static final int READERS_WINDOW = 64;
    private static final int WRITERS_WINDOW = 16;
    private static final int ROUNDS = 5;
    private static final Duration WINDOW = Duration.ofSeconds(5);
    // A stalled device is sent all that may be in flight within moments.
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private final NodeUnderLoad node;
    private final Consumer<Figure> figures;
    private final Latencies latencies;
    private final List<LoadDevice> readers = new ArrayList<>();
    private final Map<Beside, Rounds> rounds = new EnumMap<>(Beside.class);

    private enum Beside {
        NOBODY,
        A_STALLED_ONE
    }

    private static final class Rounds {
        final List<Double> perSecond = new ArrayList<>();
        final List<Double> p50 = new ArrayList<>();
        final List<Double> p99 = new ArrayList<>();
        final List<Double> nodePercent = new ArrayList<>();
        final List<Double> generatorPercent = new ArrayList<>();
    }

    FanOut(NodeUnderLoad node, Consumer<Figure> figures) {
        this.node = node;
        this.figures = figures;
        this.latencies = new Latencies("sync", figures);
    }

    void run() throws Exception {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            readers.add(node.device(READERS_WINDOW, i == 0 ? latencies::arrived : _ -> {}));
        }
        LoadDevice writer = node.device(WRITERS_WINDOW, _ -> {});
        var author = new Author(Author.newDocument(), 1);
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            var _ =
                    writers.submit(
                            () -> {
                                while (!Thread.currentThread().isInterrupted()) {
                                    latencies.sent(author, writer);
                                }
                                return null;
                            });
            Steady.await(this::delivered);
            for (int round = 0; round < ROUNDS; round++) {
                measure(Beside.NOBODY);
                LoadDevice stalled = node.device(READERS_WINDOW, _ -> {});
                stalled.stall();
                measure(Beside.A_STALLED_ONE);
                stalled.close();
            }
            writers.shutdownNow();
        }
        rounds.forEach(this::report);
    }

    private long delivered() {
        return readers.stream().mapToLong(LoadDevice::receivedChanges).sum();
    }

    private void measure(Beside beside) throws InterruptedException {
        Thread.sleep(SETTLE);
        latencies.clear();
        var own = new Share(node);
        Rounds into = rounds.computeIfAbsent(beside, _ -> new Rounds());
        into.perSecond.add(Steady.perSecond(this::delivered, WINDOW));
        into.p50.add(latencies.percentile(50));
        into.p99.add(latencies.percentile(99));
        Map<String, Long> shares = own.parameters((double) WINDOW.toSeconds(), Map.of());
        into.nodePercent.add((double) shares.getOrDefault("node_cpu_percent", 0L));
        into.generatorPercent.add((double) shares.getOrDefault("generator_cpu_percent", 0L));
    }

    private void report(Beside beside, Rounds of) {
        Map<String, Long> parameters =
                Map.of(
                        "subscribers",
                        (long) SUBSCRIBERS,
                        "stalled",
                        beside == Beside.NOBODY ? 0L : 1L,
                        "rounds",
                        (long) ROUNDS,
                        "node_cpu_percent",
                        Math.round(Median.of(of.nodePercent)),
                        "generator_cpu_percent",
                        Math.round(Median.of(of.generatorPercent)));
        tell("fan_out", parameters, Median.of(of.perSecond), "deliveries/s");
        tell("fan_out_p50", parameters, Median.of(of.p50), "ms");
        tell("fan_out_p99", parameters, Median.of(of.p99), "ms");
    }

    private void tell(String name, Map<String, Long> parameters, double value, String unit) {
        figures.accept(new Figure("sync", name, parameters, value, Figure.Limit.none(), unit));
    }
}
