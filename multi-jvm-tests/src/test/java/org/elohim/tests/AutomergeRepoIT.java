package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Apps of automerge-repo, unmodified from npm, against a real node. Uses node, npm and chromium.
///
/// All but those that end the node share one, and one process of apps: starting is most of what
/// each takes.
@Tag("tools")
class AutomergeRepoIT extends NodeAndDevices {
    private static final String ALL = "write:reach:private";
    private static final String REFUSED = "401";

    @TempDir static java.nio.file.Path shared;
    private static NodeProcess node;
    private static RepoApps apps;

    @BeforeAll
    static void begin() throws IOException {
        apps = RepoApps.start(shared);
        node = NodeProcess.ready(shared, shared.resolve("data"));
    }

    @AfterAll
    static void end() {
        apps.close();
        node.close();
    }

    @AfterEach
    void endApps() {
        apps.order("endAll");
    }

    @Override
    java.nio.file.Path data() {
        return shared.resolve("data");
    }

    @Test
    void whatTwoWriteApartComesTogetherAndALateOneReadsAllOfItFromTheNodeAlone() throws Exception {
        String address = address(token(node, ALL));
        begin("ana", address);
        begin("ben", address);
        String id =
                apps.order("create", "ana", Map.of("text", "one two three", "list", List.of("a")))
                        .asText();
        apps.order("count", "ana", id, "count");
        assertTrue(found("ben", id));
        awaitSame("ana", "ben", id);

        apps.order("cut", "ana");
        apps.order("cut", "ben");
        apps.order("type", "ana", id, 0, 0, "zero ");
        apps.order("type", "ben", id, 13, 0, " four");
        apps.order("add", "ana", id, "count", 5);
        apps.order("add", "ben", id, "count", 10);
        apps.order("push", "ana", id, "list", "of ana");
        apps.order("push", "ben", id, "list", "of ben");
        apps.order("mark", "ana", id, 0, 8, "bold");
        apps.order("mark", "ben", id, 4, 7, "italic");
        apps.order("mend", "ana");
        apps.order("mend", "ben");

        awaitSame("ana", "ben", id);
        JsonNode both = apps.order("read", "ana", id);
        assertEquals(both, apps.order("read", "ben", id));
        JsonNode value = both.path("value");
        assertEquals("zero one two three four", value.path("text").asText());
        assertEquals(15, value.path("count").asInt());
        assertEquals(List.of("count"), RepoApps.texts(both.path("counters")));
        assertEquals("a", value.path("list").path(0).asText());
        assertEquals(3, value.path("list").size());
        assertEquals(2, both.path("marks").size());

        awaitStored("ana", id);
        apps.order("end", "ana");
        apps.order("end", "ben");
        begin("carl", address);
        assertTrue(found("carl", id));
        assertEquals(both, apps.order("read", "carl", id));
    }

    @Test
    void whatIsOnlySaidIsHeardOnceByAllOthersAndByNobodyLater() throws Exception {
        String address = address(token(node, ALL));
        List<String> all = List.of("ana", "ben", "carl");
        all.forEach(name -> begin(name, address));
        String id = apps.order("create", "ana", Map.of("title", "talk")).asText();
        assertTrue(found("ben", id));
        assertTrue(found("carl", id));
        List<String> said = List.of("first", "second", "third");
        // Whom the node does not know to have it open is not told.
        awaitSame("ana", "ben", id);
        awaitSame("ana", "carl", id);

        said.forEach(words -> apps.order("say", "ana", id, words));
        for (String name : List.of("ben", "carl")) {
            NodeProcess.await(
                    "what was said last",
                    () -> apps.texts("heard", name, id).contains(said.getLast()));
            assertEquals(said, apps.texts("heard", name, id));
        }
        assertEquals(List.of(), apps.texts("heard", "ana", id));
        begin("dora", address);
        assertTrue(found("dora", id));
        assertEquals(List.of(), apps.texts("heard", "dora", id));
    }

    @Test
    void whatNobodyHasIsSaidToBeUnavailableAndComesOnceSomebodyHasIt() throws Exception {
        String address = address(token(node, ALL));
        begin("ana", address);
        begin("ben", address);
        assertFalse(found("ben", document().toString()));

        apps.order("cut", "ana");
        String id = apps.order("create", "ana", Map.of("title", "later")).asText();
        assertFalse(found("ben", id));
        apps.order("mend", "ana");
        NodeProcess.await("the document", () -> found("ben", id));
        awaitSame("ana", "ben", id);
    }

    @Test
    void bothGoOnByThemselvesAfterTheNodeWasKilledAndNothingIsMissing() throws Exception {
        int port = QuietPort.find();
        var data = scratch.resolve("data");
        String id;
        String storage;
        try (var killed = onPort(port, data)) {
            String address = address(killed, data);
            begin("ana", address);
            begin("ben", address);
            id = apps.order("create", "ana", Map.of("text", "before", "list", List.of())).asText();
            assertTrue(found("ben", id));
            awaitSame("ana", "ben", id);
            awaitStored("ana", id);
            storage = apps.order("storageOfPeer", "ana").asText();
            killed.signal("KILL");
            killed.awaitExit();
        }
        NodeProcess.await(
                "both to notice",
                () -> apps.order("peers", "ana").isEmpty() && apps.order("peers", "ben").isEmpty());
        apps.order("push", "ana", id, "list", "of ana");
        apps.order("push", "ben", id, "list", "of ben");
        apps.order("type", "ben", id, 6, 0, " and after");
        try (var again = onPort(port, data)) {
            NodeProcess.await("ana's return", () -> !apps.order("peers", "ana").isEmpty());
            awaitSame("ana", "ben", id);
            awaitStored("ana", id);
            assertEquals(storage, apps.order("storageOfPeer", "ana").asText());
            begin("carl", address(again, data));
            assertTrue(found("carl", id));
            JsonNode value = apps.order("read", "carl", id).path("value");
            assertEquals("before and after", value.path("text").asText());
            assertEquals(2, value.path("list").size());
        }
    }

    @Test
    void whoMayOnlyReadReadsAndChangesNothing() throws Exception {
        begin("ana", address(token(node, ALL)));
        begin("guest", address(token(node, "read:reach:private")));
        String id = apps.order("create", "ana", Map.of("title", "mine")).asText();
        awaitStored("ana", id);
        assertTrue(found("guest", id));

        apps.order("set", "guest", id, "title", "yours");
        apps.order("set", "ana", id, "more", "of ana");
        NodeProcess.await(
                "ana's change", () -> apps.order("read", "guest", id).path("value").has("more"));
        // It goes the same way as the guest's change, behind it.
        apps.order("say", "guest", id, "done");
        NodeProcess.await("the word behind it", () -> !apps.order("heard", "ana", id).isEmpty());
        begin("carl", address(token(node, ALL)));
        assertTrue(found("carl", id));
        for (String name : List.of("ana", "carl")) {
            JsonNode value = apps.order("read", name, id).path("value");
            assertEquals("mine", value.path("title").asText(), name);
            assertEquals("of ana", value.path("more").asText(), name);
        }
    }

    @Test
    void whoMayNotReadADocumentHearsThatThereIsNone() throws Exception {
        begin("ana", address(token(node, ALL)));
        String id = apps.order("create", "ana", Map.of("title", "mine")).asText();
        awaitStored("ana", id);
        begin("stranger", address(token(node, "read:document:" + document())));
        assertFalse(found("stranger", id));
    }

    @Test
    void withoutATokenThatIsKnownNobodyGetsIn() {
        for (String address :
                List.of(address(), address() + "?token=", address() + "?token=nonsense")) {
            long before = refusals();
            begin("nobody", address);
            NodeProcess.await("the refusal", () -> refusals() > before);
            assertTrue(apps.order("peers", "nobody").isEmpty());
            apps.order("end", "nobody");
        }
    }

    @Test
    void aRevokedTokenEndsTheConnectionAndOpensNoOther() throws Exception {
        String issued = issue(node, ALL);
        begin("ana", address(first(TOKEN, issued)));
        NodeProcess.await("the connection", () -> !apps.order("peers", "ana").isEmpty());
        long before = refusals();
        revoke(node, issued);

        NodeProcess.await("its end", () -> apps.order("peers", "ana").isEmpty());
        // The app knocks again by itself.
        NodeProcess.await("the refusal", () -> refusals() > before);
        assertTrue(apps.order("peers", "ana").isEmpty());
    }

    @Test
    void anAppLearnsWhatTheNodeAndWhatAnotherAppHaveStored() throws Exception {
        String address = address(token(node, ALL));
        apps.order("begin", "ana", address, Map.of("gossip", true));
        // An app writes for a while after it has ended, so this outlives the test.
        Map<String, Object> keeping =
                Map.of("gossip", true, "directory", shared.resolve("ben").toString());
        // A storage that is new may be given two ids at once; the second time it has one.
        apps.order("begin", "ben", address, keeping);
        apps.order("storageId", "ben");
        apps.order("end", "ben");
        apps.order("begin", "ben", address, keeping);
        String ofBen = apps.order("storageId", "ben").asText();
        apps.order("subscribe", "ana", List.of(ofBen));
        String id = apps.order("create", "ana", Map.of("title", "stored")).asText();
        assertTrue(found("ben", id));
        apps.order("set", "ana", id, "title", "stored again");

        awaitStored("ana", id);
        assertNotEquals(ofBen, apps.order("storageOfPeer", "ana").asText());
        NodeProcess.await(
                "what ben has",
                () -> heads("ana", id).equals(apps.texts("headsOf", "ana", id, ofBen)));
    }

    @Test
    void anAppAndADeviceEditOneDocument() throws Exception {
        begin("ana", address(token(node, ALL)));
        String id =
                apps.order("create", "ana", Map.of("title", "from npm", "list", List.of(1)))
                        .asText();
        try (var device = Replica.open(scratch.resolve("device"))) {
            device.connect(deviceAddress());
            Document copy = device.document(DocumentId.parse(id));
            NodeProcess.await("the app's", () -> text(copy, "title").equals("from npm"));
            assertEquals(
                    new Value.Items(List.of(new Value.Int(1))),
                    copy.read(Path.of("list")).orElseThrow());
            copy.edit(edit -> edit.set(Path.of("device"), new Value.Str("from Java")));
            NodeProcess.await(
                    "the device's",
                    () -> apps.order("read", "ana", id).path("value").has("device"));

            Document made = device.create();
            made.edit(edit -> edit.set(Path.of("number"), new Value.Int(7)));
            NodeProcess.await("the device's own", () -> found("ana", made.id().toString()));
            JsonNode read = apps.order("read", "ana", made.id().toString());
            assertEquals(7, read.path("value").path("number").asInt());
        }
    }

    @Test
    void aPageInABrowserEditsWhatADeviceSees() throws Exception {
        try (var device = Replica.open(scratch.resolve("device"))) {
            device.connect(deviceAddress());
            Document document = device.create();
            document.edit(edit -> edit.set(Path.of("device"), new Value.Str("from Java")));
            JsonNode said =
                    apps.order(
                            "browse",
                            address(token(node, ALL)),
                            document.id().toString(),
                            scratch.resolve("browser").toString());

            assertEquals("from Java", said.path("before").path("device").asText());
            assertTrue(said.path("browser").asText().contains("Chrome"), said.toString());
            NodeProcess.await("the page's", () -> text(document, "page").equals("from a browser"));
        }
    }

    private static void begin(String name, String address) {
        apps.order("begin", name, address);
    }

    private static boolean found(String name, String id) {
        return apps.order("find", name, id).asBoolean();
    }

    private static List<String> heads(String name, String id) {
        return RepoApps.texts(apps.order("read", name, id).path("heads"));
    }

    private static void awaitSame(String one, String other, String id) {
        NodeProcess.await(
                one + " and " + other + " to have the same",
                () -> heads(one, id).equals(heads(other, id)));
    }

    /// Until the app has heard that all it has is on the node's disk.
    private static void awaitStored(String name, String id) {
        NodeProcess.await(
                "the node to have stored what " + name + " has",
                () -> {
                    JsonNode storage = apps.order("storageOfPeer", name);
                    return storage.isTextual()
                            && heads(name, id)
                                    .equals(apps.texts("headsOf", name, id, storage.asText()));
                });
    }

    private static long refusals() {
        return apps.texts("mishaps").stream().filter(words -> words.contains(REFUSED)).count();
    }

    private static String text(Document document, String key) {
        Optional<Value> value = document.read(Path.of(key));
        return value.map(AutomergeRepoIT::text).orElse("");
    }

    // What JavaScript calls a string is a text to others.
    private static String text(Value value) {
        return switch (value) {
            case Value.Text(var text, var _) -> text;
            case Value.Str(var text) -> text;
            default -> "";
        };
    }

    private static NodeProcess onPort(int port, java.nio.file.Path data) throws IOException {
        return NodeProcess.start(
                        shared,
                        Map.of(),
                        NodeProcess.command(
                                "--data-dir", data.toString(), "--http-port", "" + port))
                .awaitReady();
    }

    private static String address() {
        return node.url().replaceFirst("^http", "ws") + "/automerge";
    }

    private static String address(String token) {
        return address() + "?token=" + token;
    }

    /// With the operator's token, which outlives the node's process as the others do.
    private static String address(NodeProcess of, java.nio.file.Path data) throws IOException {
        String token = java.nio.file.Files.readString(data.resolve("admin.token")).strip();
        return of.url().replaceFirst("^http", "ws") + "/automerge?token=" + token;
    }

    private String deviceAddress() throws IOException {
        return node.url().replaceFirst("^http", "ws") + "/device?token=" + operator();
    }
}
