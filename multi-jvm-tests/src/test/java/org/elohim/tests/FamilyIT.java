package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Three nodes of one family, each in a process of its own. Two begin apart and become one cluster
/// through the third; then two are lost.
class FamilyIT {
    private static final Pattern DOOR = Pattern.compile("its door at port (\\d+)");
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir Path scratch;

    @Test
    @DisplayName(
            "R-03 CLUS-11 CLUS-12 CLUS-15 API-02: clusters that began apart are one; the next"
                + " lowest leads in a higher term when the leader is killed; who comes back while"
                + " another is dead serves at once and is taken in")
    void clustersMergeAndWhoeverIsLeftLeadsAndWhoComesBackServesAtOnce() throws Exception {
        try (var attic = node("attic", "");
                var cellar = node("cellar", "");
                var shed = node("shed", attic.door() + "," + cellar.door())) {
            List<Node> nodes = List.of(attic, cellar, shed);
            nodes.forEach(each -> each.await(told -> all(told, 3)));
            Node lowest = leader(nodes);
            long before = term(lowest.members());
            nodes.forEach(each -> each.await(told -> isLedBy(told, lowest)));

            lowest.kill();
            List<Node> left = nodes.stream().filter(each -> !each.equals(lowest)).toList();
            Node next = leader(left);
            assertTrue(term(next.members()) > before);
            Node third = left.stream().filter(each -> !each.equals(next)).findFirst().orElseThrow();
            third.await(told -> isLedBy(told, next));
            long second = term(third.members());

            next.kill();
            // Ready is waited for here, and the one that is dead does not answer.
            try (var again = node(lowest.name(), "")) {
                assertEquals(200, again.process().get("/health/ready").statusCode());
                again.await(told -> all(told, 2) && told.path("acting").asBoolean());
                assertTrue(term(again.members()) > second, "a term survives");
                third.await(told -> all(told, 2) && isLedBy(told, again));
            }
        }
    }

    private record Node(String name, Path data, NodeProcess process) implements AutoCloseable {
        String door() {
            return "127.0.0.1:" + NodeAndDevices.first(DOOR, process.output());
        }

        void await(Predicate<JsonNode> expected) {
            NodeProcess.await(
                    () ->
                            "the members at %s; it tells %s and has said:%n%s"
                                    .formatted(name, members(), process.output()),
                    () -> expected.test(members()));
        }

        /// Nothing is told while its actors begin again, and for a moment nobody is at the port.
        JsonNode members() {
            try (var client = HttpClient.newHttpClient()) {
                String token = Files.readString(data.resolve("admin.token")).strip();
                var asked =
                        HttpRequest.newBuilder(URI.create(process.url() + "/cluster/members"))
                                .header("Authorization", "Bearer " + token)
                                .build();
                return MAPPER.readTree(
                        client.send(asked, HttpResponse.BodyHandlers.ofString()).body());
            } catch (IOException nobodyThere) {
                return MissingNode.getInstance();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(stopped);
            }
        }

        void kill() throws IOException {
            process.signal("KILL");
            process.awaitExit();
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private Node node(String name, String siblings) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("ELOHIM_CLUSTER_KEY", "a family key of ours");
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_PORT", "0");
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_BLOBS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_MDNS_ENABLED", "false");
        if (!siblings.isEmpty()) {
            environment.put("ELOHIM_CLUSTER_ADDRESSES", siblings);
        }
        Path data = scratch.resolve(name);
        NodeProcess process =
                NodeProcess.start(
                        scratch,
                        environment,
                        NodeProcess.command("--data-dir", data.toString(), "--http-port", "0"));
        return new Node(name, data, process.awaitReady());
    }

    private static boolean all(JsonNode told, int number) {
        JsonNode members = told.path("members");
        if (members.size() != number) {
            return false;
        }
        for (JsonNode member : members) {
            if (!member.path("status").asText().equals("up")
                    || !member.path("reach").asText().equals("reachable")) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLedBy(JsonNode told, Node leader) {
        return told.path("leader").asText().equals(leader.process().nodeId());
    }

    private static long term(JsonNode told) {
        return told.path("term").asLong();
    }

    /// Waits until exactly one of them leads.
    private static Node leader(List<Node> nodes) {
        NodeProcess.await("one to lead", () -> acting(nodes).size() == 1);
        return acting(nodes).getFirst();
    }

    private static List<Node> acting(List<Node> nodes) {
        return nodes.stream().filter(each -> each.members().path("acting").asBoolean()).toList();
    }
}
