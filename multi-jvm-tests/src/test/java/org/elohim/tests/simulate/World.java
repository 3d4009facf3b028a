package org.elohim.tests.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.elohim.tests.lab.Family;
import org.elohim.tests.lab.FamilyNode;
import org.elohim.tests.lab.Lab;
import org.elohim.tests.lab.Weather;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The families of a simulation, and what is done to them.
///
/// Invariants: one wish at a time; all that it started is gone once it is closed.
final class World implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("north", "south", "east", "west", "hill", "lake");
    private static final int FIRST_MACHINE = 2;
    private static final int MACHINES_A_FAMILY = 20;
    private static final int KEY_BYTES = 32;
    // In the block that a node prints once it is ready.
    private static final String NAMES_ITSELF = "  node    12D3Koo";
    // A person waits for the table.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

    private final ObjectMapper json = new ObjectMapper();
    private final Lab lab = Lab.open();
    private final Map<String, Family> families = new LinkedHashMap<>();
    private final Map<String, Set<String>> cuts = new HashMap<>();

    World(Wish.Start wanted, Path folder) {
        Duration latency = Duration.ofMillis(wanted.latencyMillis());
        for (int i = 0; i < wanted.families(); i++) {
            String name = NAMES.get(i);
            byte[] key = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(key);
            Family.Setup setup =
                    Family.Setup.of(wanted.nodes())
                            .named(
                                    name,
                                    HexFormat.of().formatHex(key),
                                    FIRST_MACHINE + i * MACHINES_A_FAMILY)
                            .weather(Weather.CLEAR.latency(latency, Duration.ZERO))
                            .environment(Map.of("ELOHIM_CLUSTER_NAME", name))
                            .options("-Xmx256m");
            families.put(name, new Family(lab, folder.resolve(name), setup));
        }
        all().forEach(FamilyNode::start);
        all().forEach(FamilyNode::awaitReady);
    }

    private List<FamilyNode> all() {
        return families.values().stream().flatMap(family -> family.nodes().stream()).toList();
    }

    private Optional<List<FamilyNode>> named(String name) {
        Family family = families.get(name);
        if (family != null) {
            return Optional.of(family.nodes());
        }
        List<FamilyNode> nodes = all().stream().filter(each -> each.name().equals(name)).toList();
        return nodes.isEmpty() ? Optional.empty() : Optional.of(nodes);
    }

    private String unknown(String name) {
        return "nobody is called %s; there are %s and %s"
                .formatted(
                        name,
                        String.join(", ", families.keySet()),
                        String.join(", ", all().stream().map(FamilyNode::name).toList()));
    }

    /// Nothing goes from any of the one to any of the other, nor back. Empty when done, else why
    /// not.
    Optional<String> partition(String one, String other) {
        Optional<List<FamilyNode>> ones = named(one);
        Optional<List<FamilyNode>> others = named(other);
        if (ones.isEmpty() || others.isEmpty()) {
            return Optional.of(unknown(ones.isEmpty() ? one : other));
        }
        if (ones.get().stream().anyMatch(others.get()::contains)) {
            return Optional.of("nobody can be cut off from itself: " + one + " " + other);
        }
        for (FamilyNode each : ones.get()) {
            for (FamilyNode from : others.get()) {
                cut(each, from);
                cut(from, each);
            }
        }
        return Optional.empty();
    }

    private void cut(FamilyNode from, FamilyNode to) {
        if (cuts.computeIfAbsent(to.name(), _ -> new TreeSet<>()).add(from.name())) {
            Family.cut(from, to);
        }
    }

    /// All lines are whole again, and who was killed starts.
    void heal() {
        for (FamilyNode to : all()) {
            Set<String> ignored = cuts.getOrDefault(to.name(), Set.of());
            for (FamilyNode from : all()) {
                if (ignored.contains(from.name())) {
                    Family.heal(from, to);
                }
            }
        }
        cuts.clear();
        List<FamilyNode> killed = all().stream().filter(each -> !each.isRunning()).toList();
        killed.forEach(FamilyNode::start);
        killed.forEach(FamilyNode::awaitReady);
    }

    Optional<String> kill(String name) {
        Optional<FamilyNode> node =
                all().stream().filter(each -> each.name().equals(name)).findFirst();
        if (node.isEmpty()) {
            return Optional.of(unknown(name));
        }
        if (node.get().isRunning()) {
            node.get().kill();
        }
        return Optional.empty();
    }

    /// How all of them do at this moment.
    List<Row> rows() {
        Map<String, String> names = new HashMap<>();
        for (FamilyNode each : all()) {
            if (each.words().contains(NAMES_ITSELF)) {
                names.put(each.nodeId(), each.name());
            }
        }
        List<Row> rows = new ArrayList<>();
        families.forEach(
                (family, nodes) ->
                        nodes.nodes().forEach(each -> rows.add(row(family, each, names))));
        return rows;
    }

    private Row row(String family, FamilyNode node, Map<String, String> names) {
        Map<String, Object> facts = new HashMap<>();
        Set<String> ignored = cuts.getOrDefault(node.name(), Set.of());
        if (!ignored.isEmpty()) {
            facts.put(Row.CUT_FROM, String.join(" ", ignored));
        }
        String state = "killed";
        if (node.isRunning()) {
            Optional<JsonNode> health = ask(node, "/health");
            state =
                    health.map(told -> told.path("ready").asBoolean() ? "up" : "starting")
                            .orElse("silent");
            ask(node, "/sync/peers").ifPresent(told -> noteSiblings(told, facts));
            ask(node, "/cluster/members").ifPresent(told -> noteLeader(told, names, facts));
        }
        return new Row(node.name(), family, state, node.url(), facts);
    }

    /// Who is connected, and how much the others lack of what lies at this node. One that is known
    /// by several addresses is listed by each of them.
    static void noteSiblings(JsonNode peers, Map<String, Object> facts) {
        Set<String> connected = new TreeSet<>();
        Map<String, Long> lacking = new TreeMap<>();
        for (JsonNode peer : peers) {
            String node = peer.path("node").asText();
            if (peer.path("connected").asBoolean()) {
                connected.add(node);
            }
            JsonNode lacks = peer.path("lacks").path("changes");
            if (lacks.isNumber()) {
                lacking.put(node, lacks.asLong());
            }
        }
        facts.put(Row.SIBLINGS, connected.size());
        if (!lacking.isEmpty()) {
            facts.put(Row.BEHIND, lacking.values().stream().mapToLong(Long::longValue).sum());
        }
    }

    private static void noteLeader(
            JsonNode members, Map<String, String> names, Map<String, Object> facts) {
        String leader = members.path("leader").asText();
        if (!leader.isEmpty()) {
            facts.put(Row.LEADER, names.getOrDefault(leader, leader));
        }
        if (members.path("term").isNumber()) {
            facts.put(Row.TERM, members.path("term").asLong());
        }
    }

    // A version of the node that does not know the question tells nothing.
    private Optional<JsonNode> ask(FamilyNode node, String path) {
        try {
            var answer = node.get(path, ANSWER_WITHIN);
            boolean json = answer.statusCode() == 200 || answer.statusCode() == 503;
            return json ? Optional.of(this.json.readTree(answer.body())) : Optional.empty();
        } catch (JsonProcessingException other) {
            return Optional.empty();
        } catch (IOException silent) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        List<FamilyNode> running = all().stream().filter(FamilyNode::isRunning).toList();
        running.forEach(FamilyNode::tellToStop);
        running.forEach(FamilyNode::awaitEnd);
        families.values().forEach(Family::close);
        lab.close();
    }
}
