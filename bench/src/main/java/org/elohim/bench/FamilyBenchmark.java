package org.elohim.bench;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.cluster.journal.JournalSchema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// A family of whole nodes on this machine, found by addresses, with devices around them.
///
/// All of them share the machine's cores with each other and with the generator: two nodes that are
/// to be measured have half a machine each. What they took of it is told beside.
final class FamilyBenchmark {
    private static final int SMALL_DOCUMENTS = 1_000;
    private static final int WRITERS = 8;
    private static final int WINDOW = 64;
    private static final int BACKFILL_DOCUMENTS = 10_000;
    private static final int BACKFILL_CHANGES = 1_000_000;
    private static final int MANY = 13;
    private static final int LOST = 6;
    private static final int ROUNDS = 5;
    private static final byte[] PLAIN_EVENT = new byte[200];
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final Duration WINDOW_OF_TIME = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Path directory;
    private final Consumer<Figure> figures;

    private FamilyBenchmark(Path directory, Consumer<Figure> figures) {
        this.directory = directory;
        this.figures = figures;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        var benchmark = new FamilyBenchmark(Files.createDirectories(directory), figures);
        benchmark.secondNode();
        benchmark.propagation();
        benchmark.replication();
        benchmark.nextLeader();
        benchmark.besideTheDead();
    }

    static void runBackfill(Path directory, Consumer<Figure> figures) throws Exception {
        new FamilyBenchmark(Files.createDirectories(directory), figures).backfill();
    }

    static void runMany(Path directory, Consumer<Figure> figures) throws Exception {
        new FamilyBenchmark(Files.createDirectories(directory), figures).many();
    }

    private void secondNode() throws Exception {
        try (var first = member("first")) {
            fill(first, SMALL_DOCUMENTS, SMALL_DOCUMENTS);
            var up = new ArrayList<Double>();
            var whole = new ArrayList<Double>();
            for (int round = 0; round < ROUNDS; round++) {
                long from = System.nanoTime();
                try (var second = member("second", first)) {
                    until("being up", () -> isUp(second, 2));
                    up.add(millisSince(from));
                    until("holding everything", () -> holds(second, SMALL_DOCUMENTS));
                    whole.add(millisSince(from));
                }
            }
            Map<String, Long> parameters =
                    Map.of("documents", (long) SMALL_DOCUMENTS, "rounds", (long) ROUNDS);
            tell("second_node_up", parameters, Median.of(up), "ms");
            tell("second_node_holds_everything", parameters, Median.of(whole), "ms");
        }
    }

    private void propagation() throws Exception {
        var latencies = new Latencies("family", figures);
        try (var first = member("first");
                var second = member("second", first)) {
            until("being up", () -> isUp(second, 2));
            LoadDevice writer = first.device(WINDOW, _ -> {});
            second.device(WINDOW, latencies::arrived);
            var author = new Author(Author.newDocument(), 1);
            latencies.pace(author, writer, 100, WARM_UP);
            latencies.clear();
            var shares = new Shares(first, second);
            latencies.pace(author, writer, 100, WINDOW_OF_TIME.multipliedBy(2));
            latencies.report("propagation", shares.parameters(Map.of("changes_per_second", 100L)));
        }
    }

    /// What a writer is told to be durable lies on the disks of both.
    private void replication() throws Exception {
        double limit = plainJournal();
        try (var first = member("first");
                var second = member("second", first);
                var writers = Executors.newVirtualThreadPerTaskExecutor();
                // They write until they are interrupted, whatever fails before.
                AutoCloseable _ = writers::shutdownNow) {
            until("being up", () -> isUp(second, 2));
            var devices = new ArrayList<LoadDevice>();
            for (int i = 0; i < WRITERS; i++) {
                var document = Author.newDocument();
                LoadDevice device = first.deviceOf(document, WINDOW);
                devices.add(device);
                var author = new Author(document, i);
                var _ =
                        writers.submit(
                                () -> {
                                    while (!Thread.currentThread().isInterrupted()) {
                                        author.write(device, _ -> {});
                                    }
                                    return null;
                                });
            }
            LongSupplier accepted =
                    () -> devices.stream().mapToLong(LoadDevice::acknowledged).sum();
            LongSupplier durable = () -> devices.stream().mapToLong(LoadDevice::durable).sum();
            Steady.await(durable);
            var shares = new Shares(first, second);
            long before = accepted.getAsLong();
            double rate = Steady.perSecond(durable, WINDOW_OF_TIME);
            long per = (accepted.getAsLong() - before) / WINDOW_OF_TIME.toSeconds();
            long waiting = accepted.getAsLong() - durable.getAsLong();
            figures.accept(
                    new Figure(
                            "family",
                            "replication",
                            shares.parameters(
                                    Map.of(
                                            "devices",
                                            (long) WRITERS,
                                            "accepted_per_second",
                                            per,
                                            "not_yet_durable",
                                            waiting)),
                            rate,
                            Figure.Limit.of("plain JDBC group commit", limit),
                            "changes/s"));
        }
    }

    private double plainJournal() throws Exception {
        Path data = fresh("plain");
        JournalSchema.current().prepare(Files.createDirectories(data));
        try (var plain = new PlainJournal(data, WRITERS * WINDOW, PLAIN_EVENT)) {
            Steady.await(plain::committed);
            return Steady.perSecond(plain::committed, WINDOW_OF_TIME);
        }
    }

    private void backfill() throws Exception {
        try (var first = member("first")) {
            fill(first, BACKFILL_DOCUMENTS, BACKFILL_CHANGES);
            double before = first.residentMegabytes();
            try (var second = member("second", first)) {
                var shares = new Shares(first, second);
                long from = System.nanoTime();
                double sender = before;
                double receiver = 0;
                while (!holds(second, BACKFILL_DOCUMENTS)) {
                    sender = Math.max(sender, first.residentMegabytes());
                    receiver = Math.max(receiver, second.residentMegabytes());
                    TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis() * 10);
                }
                double seconds = millisSince(from) / 1_000;
                figures.accept(
                        new Figure(
                                "family",
                                "backfill",
                                shares.parameters(
                                        Map.of(
                                                "changes",
                                                (long) BACKFILL_CHANGES,
                                                "documents",
                                                (long) BACKFILL_DOCUMENTS,
                                                "sender_rss_mb_before",
                                                Math.round(before),
                                                "sender_rss_mb_max",
                                                Math.round(sender),
                                                "receiver_rss_mb_max",
                                                Math.round(receiver))),
                                BACKFILL_CHANGES / seconds,
                                Figure.Limit.none(),
                                "changes/s"));
            }
        }
    }

    /// From the death of the leader, who says nothing, until the other acts in a higher term.
    private void nextLeader() throws Exception {
        var millis = new ArrayList<Double>();
        for (int round = 0; round < ROUNDS; round++) {
            try (var first = member("first");
                    var second = member("second", first)) {
                until("being up", () -> isUp(second, 2) && isUp(first, 2));
                until("a leader", () -> acts(first) || acts(second));
                NodeUnderLoad leader = acts(first) ? first : second;
                NodeUnderLoad other = leader == first ? second : first;
                long from = System.nanoTime();
                leader.kill();
                until("the next leader", () -> acts(other));
                millis.add(millisSince(from));
            }
        }
        tell("next_leader_acts", Map.of("rounds", (long) ROUNDS), Median.of(millis), "ms");
    }

    /// A node that was killed comes back while another is dead: from its start until it has
    /// acknowledged an edit to a device.
    private void besideTheDead() throws Exception {
        var millis = new ArrayList<Double>();
        try (var first = member("first");
                var dead = member("dead", first)) {
            Path data = fresh("killed");
            NodeUnderLoad killed = NodeUnderLoad.start(data, environment(first.door()));
            try {
                NodeUnderLoad third = killed;
                until("being up", () -> isUp(third, 3));
                dead.kill();
                for (int round = 0; round < ROUNDS; round++) {
                    killed.kill();
                    long from = System.nanoTime();
                    killed = NodeUnderLoad.start(data, environment(first.door()));
                    LoadDevice device = killed.device(1, _ -> {});
                    new Author(Author.newDocument(), 1).write(device, _ -> {});
                    device.awaitAcknowledged(1);
                    millis.add(millisSince(from));
                }
            } finally {
                killed.close();
            }
        }
        tell(
                "restarted_beside_a_dead_one_serves",
                Map.of("rounds", (long) ROUNDS),
                Median.of(millis),
                "ms");
    }

    /// Small heaps; six die at once, whoever leads among them, and come again.
    private void many() throws Exception {
        var nodes = new LinkedHashMap<Path, NodeUnderLoad>();
        try {
            long from = System.nanoTime();
            Path first = fresh("of-many");
            NodeUnderLoad begun = NodeUnderLoad.start(first, small(""));
            nodes.put(first, begun);
            String known = begun.door();
            for (int i = 1; i < MANY; i++) {
                Path data = fresh("of-many");
                nodes.put(data, NodeUnderLoad.start(data, small(known)));
            }
            until("all of them", () -> allSee(nodes.values(), MANY));
            tell("thirteen_form", Map.of("nodes", (long) MANY), millisSince(from), "ms");

            var lost = new ArrayList<Path>();
            for (var each : nodes.entrySet()) {
                boolean leads = acts(each.getValue());
                if (leads || lost.size() < LOST) {
                    lost.add(leads ? 0 : lost.size(), each.getKey());
                }
            }
            List<Path> dead = lost.subList(0, LOST);
            dead.forEach(each -> Objects.requireNonNull(nodes.remove(each)).kill());
            from = System.nanoTime();
            until("those that are left", () -> allSee(nodes.values(), MANY - LOST));
            until("a leader among them", () -> someoneActs(nodes.values()));
            tell("thirteen_lose_six", Map.of("nodes", (long) MANY), millisSince(from), "ms");

            from = System.nanoTime();
            String alive = nodes.values().iterator().next().door();
            for (Path each : dead) {
                nodes.put(each, NodeUnderLoad.start(each, small(alive)));
            }
            until("all of them again", () -> allSee(nodes.values(), MANY));
            Map<String, Long> parameters =
                    Map.of(
                            "nodes",
                            (long) MANY,
                            "came_again",
                            (long) LOST,
                            "rss_mb_all",
                            Math.round(residentMegabytes(nodes.values())));
            tell("thirteen_form_again", parameters, millisSince(from), "ms");
        } finally {
            nodes.values().forEach(NodeUnderLoad::close);
        }
    }

    private static double residentMegabytes(Collection<NodeUnderLoad> nodes) throws Exception {
        double sum = 0;
        for (NodeUnderLoad each : nodes) {
            sum += each.residentMegabytes();
        }
        return sum;
    }

    private static boolean allSee(Collection<NodeUnderLoad> nodes, int members)
            throws IOException, InterruptedException {
        for (NodeUnderLoad each : nodes) {
            if (!isUp(each, members)) {
                return false;
            }
        }
        return true;
    }

    private NodeUnderLoad member(String name, NodeUnderLoad... known) throws IOException {
        return NodeUnderLoad.start(
                fresh(name), environment(known.length == 0 ? "" : known[0].door()));
    }

    static Map<String, String> environment(String address) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ELOHIM_CLUSTER_KEY", "a family key of nobody");
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_PORT", "0");
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_BLOBS_PORT", "0");
        if (!address.isEmpty()) {
            environment.put("ELOHIM_CLUSTER_ADDRESSES", address);
        }
        return environment;
    }

    private static Map<String, String> small(String address) {
        Map<String, String> environment = environment(address);
        environment.put("ELOHIM_JAVA_OPTIONS", "-Xmx96m");
        return environment;
    }

    private void fill(NodeUnderLoad node, int documents, int changes) throws Exception {
        LoadDevice writer = node.device(512, _ -> {});
        for (int d = 0; d < documents; d++) {
            var author = new Author(Author.newDocument(), 1);
            for (int i = 0; i < changes / documents; i++) {
                author.write(writer, _ -> {});
            }
        }
        writer.awaitAcknowledged(changes);
        writer.close();
    }

    /// So many members are in its cluster that can be reached, itself among them.
    private static boolean isUp(NodeUnderLoad node, int members)
            throws IOException, InterruptedException {
        int up = 0;
        for (JsonNode each : node.ask("/cluster/members").path("members")) {
            if (each.path("status").asText().equals("up")
                    && each.path("reach").asText().equals("reachable")) {
                up++;
            }
        }
        return up == members;
    }

    private static boolean acts(NodeUnderLoad node) throws IOException, InterruptedException {
        return node.ask("/cluster/members").path("acting").asBoolean();
    }

    private static boolean someoneActs(Collection<NodeUnderLoad> nodes)
            throws IOException, InterruptedException {
        for (NodeUnderLoad each : nodes) {
            if (acts(each)) {
                return true;
            }
        }
        return false;
    }

    private static boolean holds(NodeUnderLoad node, int documents)
            throws IOException, InterruptedException {
        JsonNode status = node.ask("/sync/status");
        return status.path("documents").asInt() >= documents
                && status.path("in_sync").asBoolean()
                && status.path("catching_up").isMissingNode();
    }

    private static void until(String what, Waiting.Condition condition)
            throws IOException, InterruptedException {
        Waiting.until(what, LOOK_EVERY, condition);
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    private void tell(String name, Map<String, Long> parameters, double value, String unit) {
        figures.accept(new Figure("family", name, parameters, value, Figure.Limit.none(), unit));
    }

    private Path fresh(String name) throws IOException {
        return Files.createTempDirectory(directory, name).resolve("data");
    }

    /// How much of one core each of two nodes and the generator took.
    private static final class Shares {
        private final Share first;
        private final Share second;
        private final long from = System.nanoTime();

        Shares(NodeUnderLoad first, NodeUnderLoad second) {
            this.first = new Share(first);
            this.second = new Share(second);
        }

        Map<String, Long> parameters(Map<String, Long> others) {
            double seconds = millisSince(from) / 1_000;
            var all = new TreeMap<>(first.parameters(seconds, others));
            all.put(
                    "other_node_cpu_percent",
                    second.parameters(seconds, Map.of()).getOrDefault("node_cpu_percent", 0L));
            return all;
        }
    }
}
