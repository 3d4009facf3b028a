package org.elohim.bench;

import com.fasterxml.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The very same clients of automerge-repo, as npm has them, against a node and against the sync
/// server that automerge-repo's own packages make.
///
/// Clients and server share the machine, and where clients are at a whole core, they are what is
/// measured: so each figure tells what both took.
final class ClientsBenchmark {
    private static final String PEER = "automerge-repo 2.5.6";
    private static final int KILLS = 20;
    private static final int DOCUMENTS_PER_KILL = 10;
    private static final int EDITS = 100;
    private static final int GAP_MILLIS = 250;
    // A node serves for months, and Java compiles what is run often: this shows it then.
    private static final int EDITS_BEFORE = 3_000;
    private static final int READERS = 50;
    private static final int WRITES_PER_SECOND = 20;
    private static final int TYPISTS = 16;
    private static final int CHARACTERS_PER_SECOND = 6;
    private static final int SECONDS = 20;
    private static final int CATCH_UP_DOCUMENTS = 1_000;
    private static final int CATCH_UP_CHANGES = 10;
    private static final int IDLE_DOCUMENTS = 10_000;
    // What code and pools take belongs to no document, and is there by then.
    private static final int IDLE_DOCUMENTS_BEFORE = 1_000;
    // What one process of clients can hold well.
    private static final int IDLE_DOCUMENTS_EACH = 1_000;
    // Both give memory back only after a while.
    private static final int IDLE_SECONDS = 30;

    private final Path directory;
    private final RepoLoad load;
    private final Consumer<Figure> figures;

    /// Makes one of the two servers, on a data directory.
    private interface Server {
        RepoServer start(Path data) throws Exception;
    }

    private ClientsBenchmark(Path directory, RepoLoad load, Consumer<Figure> figures) {
        this.directory = directory;
        this.load = load;
        this.figures = figures;
    }

    static void run(Path directory, Consumer<Figure> figures) throws Exception {
        var load = RepoLoad.ofNpm();
        var benchmark = new ClientsBenchmark(Files.createDirectories(directory), load, figures);
        benchmark.killed();
        benchmark.spaced();
        benchmark.closedLoop();
        benchmark.fanOut();
        benchmark.typists();
        benchmark.catchUp();
        benchmark.idle();
    }

    /// Acknowledged is what a client saw the server say that it has.
    private void killed() throws Exception {
        long node = lost(RepoServer::node);
        long peer = lost(load::peer);
        tell(
                "lost_after_kill",
                Map.of("acknowledged", (long) KILLS * DOCUMENTS_PER_KILL, "kills", (long) KILLS),
                (double) node,
                (double) peer,
                "changes");
    }

    private long lost(Server server) throws Exception {
        Path data = fresh();
        long lost = 0;
        for (int round = 0; round < KILLS; round++) {
            JsonNode acknowledged;
            try (var killed = server.start(data)) {
                acknowledged =
                        load.play("acknowledge", killed, Map.of("documents", DOCUMENTS_PER_KILL));
            }
            try (var again = server.start(data)) {
                lost += load.play("verify", again, acknowledged).path("lost").asLong();
            }
        }
        return lost;
    }

    private void spaced() throws Exception {
        Map<String, Integer> words = Map.of("edits", EDITS, "gapMillis", GAP_MILLIS);
        Map<String, String> wanted = Map.of("p50_ms", "ms", "p99_ms", "ms");
        inTurn("spaced", words, "spaced_edits", wanted);
        var later = new TreeMap<>(words);
        later.put("editsBefore", EDITS_BEFORE);
        inTurn("spaced", later, "spaced_edits_later", wanted);
        withoutAServer("spacedBeside", words, "spaced_edits", wanted);
    }

    /// What the clients themselves take is below whatever a server can reach.
    private void withoutAServer(
            String name, Map<String, Integer> words, String figure, Map<String, String> wanted)
            throws Exception {
        JsonNode clients = load.play(name, words);
        var parameters = parameters(words);
        parameters.put("clients_cpu_percent", clients.path("client_cpu_percent").asLong());
        new TreeMap<>(wanted)
                .forEach(
                        (result, unit) ->
                                figures.accept(
                                        new Figure(
                                                "clients",
                                                figure + "_without_a_server_" + result,
                                                parameters,
                                                clients.path(result).asDouble(),
                                                Figure.Limit.none(),
                                                unit)));
    }

    private static Map<String, Long> parameters(Map<String, Integer> words) {
        var parameters = new TreeMap<String, Long>();
        words.forEach((word, number) -> parameters.put(snake(word), number.longValue()));
        return parameters;
    }

    /// Here each waits for the other, and each client lets 100 ms pass between two messages of its
    /// own: that hides the server.
    private void closedLoop() throws Exception {
        inTurn("closed", Map.of("edits", EDITS), "closed_loop", Map.of("p50_ms", "ms"));
    }

    private void fanOut() throws Exception {
        Map<String, Integer> words =
                Map.of("readers", READERS, "perSecond", WRITES_PER_SECOND, "seconds", SECONDS);
        Map<String, String> wanted =
                Map.of("per_second", "deliveries/s", "p50_ms", "ms", "p99_ms", "ms");
        inTurn("fanOut", words, "fan_out", wanted);
        withoutAServer("fanOutBeside", words, "fan_out", wanted);
    }

    private void typists() throws Exception {
        inTurn(
                "typists",
                Map.of(
                        "typists", TYPISTS,
                        "perSecond", CHARACTERS_PER_SECOND,
                        "seconds", SECONDS),
                "typists",
                Map.of(
                        "p50_ms", "ms",
                        "p99_ms", "ms",
                        "server_cpu_ms_per_character", "ms of CPU"));
    }

    private void catchUp() throws Exception {
        Map<String, Integer> words =
                Map.of("documents", CATCH_UP_DOCUMENTS, "changes", CATCH_UP_CHANGES);
        inTurn("catchUp", words, "catch_up", Map.of("ms", "ms"));
        withoutAServer("catchUpBeside", words, "catch_up", Map.of("ms", "ms"));
    }

    private void idle() throws Exception {
        double node = growth(RepoServer::node);
        double peer = growth(load::peer);
        tell("idle_rss_growth", Map.of("documents", (long) IDLE_DOCUMENTS), node, peer, "MB");
    }

    private double growth(Server server) throws Exception {
        try (var idle = server.start(fresh())) {
            load.play(
                    "idle",
                    idle,
                    Map.of("documents", IDLE_DOCUMENTS_BEFORE, "each", IDLE_DOCUMENTS_EACH));
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            double before = NodeUnderLoad.residentMegabytes(idle.pid());
            load.play(
                    "idle", idle, Map.of("documents", IDLE_DOCUMENTS, "each", IDLE_DOCUMENTS_EACH));
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            return NodeUnderLoad.residentMegabytes(idle.pid()) - before;
        }
    }

    /// Plays one load against both servers.
    ///
    /// @param wanted which of its results are figures, and their units
    private void inTurn(
            String name, Map<String, Integer> words, String figure, Map<String, String> wanted)
            throws Exception {
        JsonNode node = played(name, RepoServer::node, words);
        JsonNode peer = played(name, load::peer, words);
        var parameters = parameters(words);
        parameters.put("node_cpu_percent", node.path("server_cpu_percent").asLong());
        parameters.put("peer_cpu_percent", peer.path("server_cpu_percent").asLong());
        parameters.put("clients_of_node_cpu_percent", node.path("client_cpu_percent").asLong());
        parameters.put("clients_of_peer_cpu_percent", peer.path("client_cpu_percent").asLong());
        if (node.has("missing")) {
            parameters.put("node_missing", node.path("missing").asLong());
            parameters.put("peer_missing", peer.path("missing").asLong());
        }
        new TreeMap<>(wanted)
                .forEach(
                        (result, unit) ->
                                tell(
                                        figure + "_" + result,
                                        parameters,
                                        node.path(result).asDouble(),
                                        peer.path(result).asDouble(),
                                        unit));
    }

    private JsonNode played(String name, Server server, Map<String, Integer> words)
            throws Exception {
        try (var running = server.start(fresh())) {
            return load.play(name, running, words);
        }
    }

    private static String snake(String word) {
        return word.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private Path fresh() throws Exception {
        return Files.createTempDirectory(directory, "clients").resolve("data");
    }

    private void tell(
            String figure, Map<String, Long> parameters, double node, double peer, String unit) {
        figures.accept(
                new Figure("clients", figure, parameters, node, Figure.Limit.of(PEER, peer), unit));
    }
}
