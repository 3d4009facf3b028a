package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.util.Map;

/// How safe an edit is, as devices and persons are told, with nodes in processes of their own.
class TiersIT extends NodesOfFamilies {
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
}
