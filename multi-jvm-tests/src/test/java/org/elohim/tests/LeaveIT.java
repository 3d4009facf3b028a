package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What becomes of the blades of a family: one dies and is removed while another is switched off,
/// one comes in its place with an empty disk, and one leaves and is killed in the middle of that.
/// Each is one command, and nothing is lost.
class LeaveIT {
    private static final Pattern CODE = Pattern.compile("\"code\":\"(ELOHIM-[0-9A-Z-]+)\"");
    private static final int DOCUMENTS = 20;

    @TempDir Path scratch;

    @Test
    @DisplayName(
            "CLUS-16 CLUS-17 CLUS-18: a dead blade is removed, replaced by one with an empty disk,"
                    + " and another leaves; one command each, nothing is lost")
    void bladesAreRemovedReplacedAndLeaveAndNothingIsLost() throws Exception {
        int port = QuietPort.find();
        String code = NodeAndDevices.first(CODE, family("attic", port, "create", "--json"));
        List<ContentHash> edits = new ArrayList<>();
        List<DocumentId> documents =
                Stream.generate(NodeAndDevices::document).limit(DOCUMENTS).toList();
        try (var attic = node("attic", port, "");
                var phone = new MemoryDevice()) {
            phone.connect(attic.url(), operator("attic"));
            documents.forEach(each -> edits.add(phone.edit(each, 100)));
            String shed = aBladeDiesAndAnotherIsSwitchedOff(attic, code);
            String removed = family("attic", port, "remove", shed);
            assertTrue(removed.contains(shed + " is none of the family any more"), removed);

            try (var cellar = node("cellar", 0, code);
                    var barn = node("barn", 0, code)) {
                NodeProcess.await(
                        "the cellar to hear who has gone",
                        () -> !content("cellar", "siblings").contains(shed));
                NodeProcess.await(
                        "the cellar to know the others",
                        () ->
                                isWith(cellar, "cellar", attic.nodeId())
                                        && isWith(cellar, "cellar", barn.nodeId()));
                assertFalse(told(cellar, "cellar", "/sync/peers").contains(shed));
                NodeProcess.await("the empty disk to fill", () -> holdsAll(barn, "barn"));
                String members = family("attic", port, "members");
                assertTrue(members.contains(barn.nodeId()), members);
                assertFalse(members.contains(shed), members);

                edits.addAll(
                        theCellarLeavesAndIsKilledMeanwhile(
                                attic, cellar, code, documents.getFirst()));
                String gone = cellar.nodeId();
                NodeProcess.await(
                        () ->
                                "the others to forget %s: %s %s"
                                        .formatted(
                                                gone, known(attic, "attic"), known(barn, "barn")),
                        () -> isForgotten(attic, "attic", gone) && isForgotten(barn, "barn", gone));
                for (var each : Map.of("attic", attic, "barn", barn).entrySet()) {
                    try (var newcomer = new MemoryDevice()) {
                        newcomer.connect(each.getValue().url(), operator(each.getKey()));
                        NodeProcess.await(
                                "all edits at " + each.getKey(),
                                () ->
                                        edits.stream()
                                                .allMatch(
                                                        edit ->
                                                                documents.stream()
                                                                        .anyMatch(
                                                                                document ->
                                                                                        newcomer
                                                                                                .has(
                                                                                                        document,
                                                                                                        edit))));
                    }
                }
            }
        }
    }

    /// Returns who is dead.
    private String aBladeDiesAndAnotherIsSwitchedOff(NodeProcess attic, String code)
            throws Exception {
        try (var cellar = node("cellar", 0, code);
                var shed = node("shed", 0, code)) {
            NodeProcess.await(
                    "all to hold everything",
                    () ->
                            holdsAll(cellar, "cellar")
                                    && holdsAll(shed, "shed")
                                    && content("cellar", "siblings").contains(shed.nodeId()));
            cellar.signal("KILL");
            shed.signal("KILL");
            cellar.awaitExit();
            shed.awaitExit();
            NodeProcess.await(
                    "the attic to miss both",
                    () ->
                            told(attic, "attic", "/cluster/members").split("\"lost\"", -1).length
                                    == 3);
            return shed.nodeId();
        }
    }

    private List<ContentHash> theCellarLeavesAndIsKilledMeanwhile(
            NodeProcess attic, NodeProcess cellar, String code, DocumentId document)
            throws Exception {
        try (var tablet = new MemoryDevice()) {
            tablet.connect(cellar.url(), operator("cellar"));
            NodeProcess.await("the tablet to be level", tablet::isLevel);
            // So it cannot leave yet.
            attic.signal("STOP");
            ContentHash accepted = tablet.edit(document, 100);
            NodeProcess.await("the cellar", () -> tablet.acknowledged.contains(accepted));
            try (var leaving = familyProcess("cellar", 0, "leave")) {
                NodeProcess.await("the end", () -> !tablet.closed.get().isEmpty());
                assertTrue(
                        tablet.heard.stream()
                                .anyMatch(
                                        each ->
                                                each instanceof SyncMessage.Failure(var text)
                                                        && text.contains("leaves its family")));
                ContentHash refused = tablet.edit(document, 100);
                NodeProcess.await(
                        "the reason", () -> leave(cellar).contains("node " + attic.nodeId() + " "));
                cellar.signal("KILL");
                cellar.awaitExit();
                try (var again = node("cellar", 0, code)) {
                    assertTrue(leave(again).contains("\"state\":\"waiting\""), leave(again));
                    assertEquals(503, knock(again));
                    attic.signal("CONT");
                    assertEquals(0, leaving.awaitExit(), leaving.errors());
                    assertTrue(leaving.output().contains("It may be switched off."));
                    assertFalse(Files.exists(scratch.resolve("cellar").resolve("family.key")));
                    assertFalse(tablet.acknowledged.contains(refused));
                }
                tablet.connect(attic.url(), operator("attic"));
                NodeProcess.await("the attic", () -> tablet.acknowledged.contains(refused));
                // The code is given at each start, and means nothing to who has left.
                try (var left = node("cellar", 0, code)) {
                    assertTrue(leave(left).contains("\"state\":\"left\""), leave(left));
                }
                return List.of(accepted, refused);
            }
        }
    }

    private String leave(NodeProcess cellar) {
        return told(cellar, "cellar", "/cluster/leave");
    }

    private boolean isWith(NodeProcess node, String name, String other) {
        return told(node, name, "/cluster/members").contains(other)
                && told(node, name, "/sync/peers").contains(other);
    }

    private boolean isForgotten(NodeProcess node, String name, String gone) {
        String members = told(node, name, "/cluster/members");
        String peers = told(node, name, "/sync/peers");
        return members.contains(node.nodeId())
                && !members.contains(gone)
                && peers.startsWith("[")
                && !peers.contains(gone)
                && !content(name, "siblings").contains(gone);
    }

    private String known(NodeProcess node, String name) {
        return name
                + told(node, name, "/cluster/members")
                + told(node, name, "/sync/peers")
                + content(name, "siblings");
    }

    private boolean holdsAll(NodeProcess node, String name) {
        String status = told(node, name, "/sync/status");
        return status.contains("\"documents\":" + DOCUMENTS + ",")
                && status.contains("\"in_sync\":true,\"safe\":true");
    }

    private int knock(NodeProcess node) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(node.url() + "/device"))
                                    .header("Authorization", "Bearer " + operator("cellar"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    /// Nothing while its actors begin anew, or where it is held.
    private String told(NodeProcess node, String name, String path) {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(node.url() + path))
                                    .header("Authorization", "Bearer " + operator(name))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException nobodyThere) {
            return "";
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    private String operator(String name) {
        return content(name, "admin.token").strip();
    }

    private String content(String name, String file) {
        Path path = scratch.resolve(name).resolve(file);
        try {
            return Files.exists(path) ? Files.readString(path) : "";
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Map<String, String> environment(int port, String code) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_PORT", Integer.toString(port));
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_BLOBS_PORT", "0");
        environment.put("ELOHIM_CLUSTER_MDNS_ENABLED", "false");
        environment.put("ELOHIM_JOIN", code);
        return environment;
    }

    private NodeProcess node(String name, int port, String code) throws IOException {
        return NodeProcess.start(
                        scratch,
                        environment(port, code),
                        NodeProcess.command(
                                "--data-dir", scratch.resolve(name).toString(), "--http-port", "0"))
                .awaitReady();
    }

    private NodeProcess familyProcess(String name, int port, String... words) throws IOException {
        return NodeProcess.start(
                scratch,
                environment(port, ""),
                Stream.concat(
                                StartCache.family().stream(),
                                Stream.concat(
                                        Stream.of(words),
                                        Stream.of("--data-dir", scratch.resolve(name).toString())))
                        .toList());
    }

    private String family(String name, int port, String... words) throws IOException {
        try (var process = familyProcess(name, port, words)) {
            assertEquals(0, process.awaitExit(), process.errors());
            return process.output();
        }
    }
}
