package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.node.data.DataDirectory;
import org.elohim.node.identity.KeyFile;
import org.elohim.node.operator.StatusCommand;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.tests.lab.Line;
import org.elohim.tests.lab.Weather;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// How safe an edit is, as devices and persons are told, with nodes in processes of their own.
class TiersIT extends NodesOfFamilies {
    private static final Pattern LACKING = Pattern.compile("lacks \\d+ changes?, the oldest for");
    private static final int DOCUMENTS = 100;

    @Test
    void anEditIsDurableOnceAnotherNodeHoldsItAndOtherwiseTheDeviceHearsWhy() throws Exception {
        DocumentId document = NodeAndDevices.document();
        try (var attic = node("attic", Map.of());
                var phone = new MemoryDevice()) {
            phone.connect(attic.url(), operator("attic"));
            phone.edit(document, 100);
            NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
            NodeProcess.await(
                    "the reason", () -> phone.obstacle.get().contains("a node alone never says"));
            assertTrue(get(attic, "attic", "/sync/status").contains("\"safe\":false"));
            assertEquals(0, phone.durables.get());

            try (var cellar = node("cellar", Map.of("ELOHIM_CLUSTER_ADDRESSES", door(attic)))) {
                NodeProcess.await("the copy", () -> phone.durables.get() > 0);
                NodeProcess.await("no more doubts", () -> phone.obstacle.get().isEmpty());
                NodeProcess.await(
                        "a sentence",
                        () -> get(attic, "attic", "/sync/status").contains("everything is safe"));
                NodeProcess.await(
                        "the same in a person's words",
                        () ->
                                status("attic").text().contains(", in sync")
                                        && status("attic").text().contains("2 nodes, led by 12D"));
                StatusCommand.Said safe = status("attic");
                assertEquals(0, safe.status(), safe.error());
                assertTrue(safe.text().contains("1 connected"), safe.text());
                assertTrue(safe.text().contains(cellar.nodeId()), safe.text());

                cellar.signal("STOP");
                long before = phone.durables.get();
                phone.edit(document, 100);
                NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
                NodeProcess.await(
                        "the reason", () -> phone.obstacle.get().contains("has not confirmed for"));
                assertEquals(before, phone.durables.get());
                assertTrue(get(attic, "attic", "/sync/peers").contains("has not confirmed for"));
                NodeProcess.await(
                        "what the cellar lacks",
                        () -> LACKING.matcher(status("attic").text()).find());
                assertEquals(0, status("attic").status());

                cellar.signal("CONT");
                NodeProcess.await("the copy", () -> phone.durables.get() > before);
                NodeProcess.await("no more doubts", () -> phone.obstacle.get().isEmpty());
            }
        }
        StatusCommand.Said gone = status("attic");
        assertEquals(3, gone.status());
        assertEquals("", gone.text());
        assertTrue(gone.error().contains("./elohim node"), gone.error());
        assertTrue(status("attic", "--json").text().contains("\"status\":\"not_running\""));
    }

    private StatusCommand.Said status(String name, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of("--data-dir", scratch.resolve(name).toString()));
        try {
            return StatusCommand.run(arguments, Map.of());
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    @Test
    void aNewcomerTellsWhenItHoldsEverythingAndWhoWantsToBeSureComparesAgain() throws Exception {
        try (var attic = node("attic", Map.of());
                var phone = new MemoryDevice()) {
            phone.connect(attic.url(), operator("attic"));
            for (int i = 0; i < DOCUMENTS; i++) {
                phone.edit(NodeAndDevices.document(), 100);
            }
            NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
            try (var cellar = node("cellar", Map.of("ELOHIM_CLUSTER_ADDRESSES", door(attic)))) {
                NodeProcess.await(
                        "all documents",
                        () -> {
                            String status = get(cellar, "cellar", "/sync/status");
                            return status.contains("\"documents\":" + DOCUMENTS + ",")
                                    && status.contains("\"in_sync\":true,\"safe\":true");
                        });
                HttpResponse<String> forced = send(attic, "attic", "/sync/force", "POST", "");
                assertEquals(202, forced.statusCode());
                assertTrue(forced.body().contains(cellar.nodeId()), forced.body());
                NodeProcess.await(
                        "being in sync again",
                        () -> get(attic, "attic", "/sync/status").contains("\"in_sync\":true"));
            }
        }
    }

    /// The line on which the two send each other what they have is dumb, as if much else were on
    /// its way before; that of the cluster is not.
    @Test
    void aDeviceGetsADocumentThatIsStillOnItsWayToItsNode() throws Exception {
        DocumentId document = NodeAndDevices.document();
        DocumentId small = NodeAndDevices.document();
        // The one with the lower id calls the other.
        List<String> names = namesById();
        String near = names.getFirst();
        String far = names.getLast();
        try (var attic = node(far, Map.of());
                var line = Line.toPort(doorPort(attic));
                var cellar = node(near, Map.of("ELOHIM_CLUSTER_ADDRESSES", line.address()));
                var phone = new MemoryDevice();
                var tablet = new MemoryDevice()) {
            NodeProcess.await(
                    "the two to meet",
                    () -> get(cellar, near, "/sync/status").contains("\"in_sync\":true"));
            // Nobody is asked before it is a member, and who cannot be asked is named.
            String bothUp = ".*\"status\":\"up\".*\"status\":\"up\".*";
            String nowhere = "/documents/" + NodeAndDevices.document() + "/status";
            NodeProcess.await(
                    "the way to the other's replicas",
                    () ->
                            get(cellar, near, "/cluster/members").matches(bothUp)
                                    && !get(cellar, near, nowhere).contains("does not answer"));
            line.weather(Weather.CLEAR.flowing(false), Weather.CLEAR.flowing(false));
            phone.connect(attic.url(), operator(far));
            ContentHash last = phone.edit(document, 100_000);
            for (int i = 0; i < 4; i++) {
                last = phone.edit(document, 100_000);
            }
            ContentHash only = phone.edit(small, 100);
            NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
            String status = "/documents/" + document + "/status";
            NodeProcess.await(
                    "the way round",
                    () -> get(cellar, near, status).contains("\"held_by\":\"" + attic.nodeId()));

            tablet.connect(cellar.url(), operator(near));
            tablet.awaitOpen();
            tablet.seek(document);
            ContentHash wanted = last;
            NodeProcess.await("the document", () -> tablet.has(document, wanted));
            String counters = get(cellar, near, "/sync/counters");
            assertTrue(counters.contains("\"documents_obtained\":1"), counters);
            assertTrue(get(cellar, near, status).contains("\"changes\":5"));
            // As an app does it: it opens what it was told of by somebody.
            try (var laptop = Replica.open(scratch.resolve("laptop"))) {
                laptop.connect(cellar.url() + "/device?token=" + operator(near));
                Document opened = laptop.document(small);
                NodeProcess.await("what was opened", () -> opened.heads().equals(List.of(only)));
            }
            // And as one without Automerge does, at a node that has no copy yet.
            String note = "/documents/" + NodeAndDevices.document();
            assertEquals(201, make(attic, far, note, "{\"title\":\"Milk\"}").statusCode());
            HttpResponse<String> shown = send(cellar, near, note, "GET", "");
            assertEquals(200, shown.statusCode(), shown.body());
            assertEquals("{\"title\":\"Milk\"}", shown.body());

            line.weather(Weather.CLEAR, Weather.CLEAR);
            ContentHash next = tablet.edit(document, 100);
            NodeProcess.await("the way back", () -> phone.has(document, next));
        }
    }

    private HttpResponse<String> make(NodeProcess node, String name, String path, String content) {
        return node.send(
                HttpRequest.newBuilder(URI.create(node.url() + path))
                        .header("Authorization", "Bearer " + operator(name))
                        .header("If-None-Match", "*")
                        .PUT(HttpRequest.BodyPublishers.ofString(content))
                        .build());
    }

    private List<String> namesById() throws Exception {
        SortedMap<NodeId, String> names = new TreeMap<>();
        for (String name : List.of("attic", "cellar")) {
            try (var directory = DataDirectory.open(scratch.resolve(name))) {
                names.put(KeyFile.loadOrCreate(directory).id(), name);
            }
        }
        return List.copyOf(names.values());
    }

    @Test
    void anObserverHoldsItsPartTakesNoEditsAndMakesNothingSafer() throws Exception {
        DocumentId shown = NodeAndDevices.document();
        DocumentId kept = NodeAndDevices.document();
        try (var attic = node("attic", Map.of());
                var phone = new MemoryDevice();
                var tablet = new MemoryDevice()) {
            phone.connect(attic.url(), operator("attic"));
            phone.edit(kept, 100);
            ContentHash first = phone.edit(shown, 100);
            NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
            send(attic, "attic", "/documents/" + shown + "/reach", "PUT", "commons");
            Map<String, String> observer =
                    Map.of(
                            "ELOHIM_CLUSTER_ADDRESSES",
                            door(attic),
                            "ELOHIM_NODE_ROLE",
                            "observer",
                            "ELOHIM_CLUSTER_OBSERVE",
                            "reach:commons");
            try (var shed = node("shed", observer)) {
                tablet.connect(shed.url(), operator("shed"));
                NodeProcess.await("what is shown", () -> tablet.has(shown, first));
                ContentHash second = phone.edit(shown, 100);
                NodeProcess.await("an edit", () -> tablet.has(shown, second));
                assertEquals(
                        404,
                        send(shed, "shed", "/documents/" + kept + "/status", "GET", "")
                                .statusCode());
                assertEquals(404, send(shed, "shed", "/documents/" + kept, "GET", "").statusCode());
                assertEquals(0, phone.durables.get());
                String reach = "/documents/" + shown + "/reach";
                assertEquals(409, send(shed, "shed", reach, "PUT", "private").statusCode());
                NodeProcess.await(
                        "where to go instead",
                        () ->
                                send(shed, "shed", reach, "PUT", "private")
                                        .body()
                                        .contains(attic.nodeId()));
                HttpResponse<String> written =
                        make(shed, "shed", "/documents/" + NodeAndDevices.document(), "{\"a\":1}");
                assertEquals(409, written.statusCode(), written.body());
                assertTrue(written.body().contains(attic.nodeId()), written.body());
                NodeProcess.await(
                        "its role",
                        () -> get(attic, "attic", "/sync/peers").contains("\"role\":\"observer\""));

                tablet.edit(shown, 100);
                NodeProcess.await(
                        "the refusal",
                        () ->
                                tablet.refused.stream()
                                        .anyMatch(
                                                each ->
                                                        each.explanation()
                                                                .contains("is an observer")));

                send(attic, "attic", "/documents/" + shown + "/reach", "PUT", "private");
                NodeProcess.await(
                        "the withdrawal",
                        () ->
                                get(shed, "shed", "/documents/" + shown + "/status")
                                        .contains("\"reach\":\"private\""));
            }
        }
    }

    @Test
    void whoIsMadeAnObserverHandsOverWhatItHasTakenAndGetsEverythingWhereItIsMadeFullAgain()
            throws Exception {
        DocumentId document = NodeAndDevices.document();
        DocumentId others = NodeAndDevices.document();
        try (var attic = node("attic", Map.of());
                var phone = new MemoryDevice();
                var tablet = new MemoryDevice()) {
            String address = door(attic);
            Map<String, String> full = Map.of("ELOHIM_CLUSTER_ADDRESSES", address);
            ContentHash last;
            try (var shed = node("shed", full)) {
                tablet.connect(shed.url(), operator("shed"));
                tablet.edit(document, 100);
                NodeProcess.await("the copy", () -> tablet.durables.get() > 0);
                attic.signal("STOP");
                last = tablet.edit(document, 100);
                NodeProcess.await("the shed", () -> tablet.unacknowledged() == 0);
            }
            attic.signal("CONT");
            phone.connect(attic.url(), operator("attic"));
            assertFalse(phone.has(document, last));

            Map<String, String> observer = new HashMap<>(full);
            observer.put("ELOHIM_NODE_ROLE", "observer");
            observer.put("ELOHIM_CLUSTER_OBSERVE", "reach:commons");
            try (var shed = node("shed", observer)) {
                NodeProcess.await("what the shed has taken", () -> phone.has(document, last));
                NodeProcess.await(
                        "its role",
                        () -> get(attic, "attic", "/sync/peers").contains("\"role\":\"observer\""));
                assertEquals(
                        409,
                        send(shed, "shed", "/documents/" + document, "DELETE", "").statusCode());
                phone.edit(others, 100);
                NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
            }
            try (var shed = node("shed", full)) {
                NodeProcess.await(
                        "all documents",
                        () -> {
                            String status = get(shed, "shed", "/sync/status");
                            return status.contains("\"documents\":2,")
                                    && status.contains("\"in_sync\":true");
                        });
            }
        }
    }
}
