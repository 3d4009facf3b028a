package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// How safe an edit is, as devices and persons are told, with nodes in processes of their own.
class TiersIT {
    private static final Pattern DOOR = Pattern.compile("its door at port (\\d+)");
    private static final int DOCUMENTS = 100;

    @TempDir Path scratch;

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

                cellar.signal("STOP");
                long before = phone.durables.get();
                phone.edit(document, 100);
                NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
                NodeProcess.await(
                        "the reason", () -> phone.obstacle.get().contains("has not confirmed for"));
                assertEquals(before, phone.durables.get());
                assertTrue(get(attic, "attic", "/sync/peers").contains("has not confirmed for"));

                cellar.signal("CONT");
                NodeProcess.await("the copy", () -> phone.durables.get() > before);
                NodeProcess.await("no more doubts", () -> phone.obstacle.get().isEmpty());
            }
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
                assertEquals(0, phone.durables.get());
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

    private NodeProcess node(String name, Map<String, String> more) throws IOException {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("ELOHIM_CLUSTER_KEY", "a family key of ours");
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_PORT", "0");
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        return NodeProcess.start(
                        scratch,
                        environment,
                        NodeProcess.command(
                                "--data-dir", scratch.resolve(name).toString(), "--http-port", "0"))
                .awaitReady();
    }

    private static String door(NodeProcess node) {
        return "127.0.0.1:" + NodeAndDevices.first(DOOR, node.output());
    }

    private String operator(String name) throws IOException {
        return Files.readString(scratch.resolve(name).resolve("admin.token")).strip();
    }

    private String get(NodeProcess node, String name, String path) {
        return send(node, name, path, "GET", "").body();
    }

    private HttpResponse<String> send(
            NodeProcess node, String name, String path, String method, String body) {
        try {
            return node.send(
                    HttpRequest.newBuilder(URI.create(node.url() + path))
                            .header("Authorization", "Bearer " + operator(name))
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build());
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
