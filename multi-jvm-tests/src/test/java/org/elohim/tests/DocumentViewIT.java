package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.client.grpc.GrpcNode;
import org.elohim.client.store.LocalStore;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.PoisonedChange;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.node.wire.GetDocumentResponse;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Documents as JSON, read and written through a real node whose child process does it.
class DocumentViewIT extends NodeAndDevices {
    private static final int TEXT = 0x81;
    // So many are at work in a node, and some find no place.
    private static final int PLACES = 16;
    private static final int MORE = 4;

    private final JsonMapper json = new JsonMapper();

    @Test
    @DisplayName(
            "API-11 API-12 API-18: what a device writes is read as JSON, and the other way round")
    void whatADeviceWritesIsReadAsJsonAndTheOtherWayRound() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var phone = Replica.open(scratch.resolve("phone"))) {
            phone.connect(node.url() + "/device?token=" + operator());
            Document note = phone.create();
            String path = "/documents/" + note.id();
            edit(
                    note,
                    edit ->
                            edit.set(Path.of("title"), text("Milk"))
                                    .set(Path.of("count"), new Value.Counter(2)));
            NodeProcess.await("the node to have it", () -> get(node, path).statusCode() == 200);
            HttpResponse<String> first = get(node, path);
            assertEquals("{\"count\":2,\"title\":\"Milk\"}", first.body());
            String tag = tag(first);
            assertEquals(304, get(node, path, "If-None-Match", tag).statusCode());

            // What it does not touch stays what it is: the text, and the counter counts on.
            HttpResponse<String> put =
                    put(
                            node,
                            path,
                            "{\"count\":5,\"title\":\"Milky\",\"new\":[1]}",
                            "If-Match",
                            tag);
            assertEquals(200, put.statusCode(), put.body());
            assertEquals(428, put(node, path, "{}", "If-Unmodified", "x").statusCode());
            HttpResponse<String> stale = put(node, path, "{}", "If-Match", tag);
            assertEquals(412, stale.statusCode());
            assertTrue(stale.body().contains("read it again"), stale.body());
            assertEquals(tag(put), tag(get(node, path)));
            NodeProcess.await(
                    "the device to see it",
                    () -> note.read(Path.of("title")).equals(Optional.of(text("Milky"))));
            assertEquals(Optional.of(new Value.Counter(5)), note.read(Path.of("count")));
            assertEquals(
                    Optional.of(new Value.Items(List.of(new Value.Int(1)))),
                    note.read(Path.of("new")));

            theChildIsKilledInTheMiddleOfARequest(node, path);
            aDocumentIsMadeByPutAndShownWithItsChanges(node, phone);
            overGrpc(node, note.id());
            onlyForWhomItIs(node, path);
            whatIsSealedIsNotRead(node);
            aLongNameAboveManyChangesCostsTheNodeNothing(node);
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    private void theChildIsKilledInTheMiddleOfARequest(NodeProcess node, String path)
            throws Exception {
        ProcessHandle child = child(node);
        NodeProcess.signal(child.pid(), "STOP");
        try (var client = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
            for (int i = 0; i < PLACES + MORE; i++) {
                asked.add(
                        client.sendAsync(
                                request(node, path).GET().build(),
                                HttpResponse.BodyHandlers.ofString()));
            }
            NodeProcess.await(
                    "those who find no place",
                    () -> asked.stream().filter(CompletableFuture::isDone).count() == MORE);
            var other =
                    client.sendAsync(
                            request(node, "/documents/" + document()).GET().build(),
                            HttpResponse.BodyHandlers.ofString());
            // It hangs with the child, and nobody else does.
            assertEquals(404, other.get(10, TimeUnit.SECONDS).statusCode());
            NodeProcess.signal(child.pid(), "KILL");
            int shown = 0;
            for (CompletableFuture<HttpResponse<String>> each : asked) {
                HttpResponse<String> answer = each.get(30, TimeUnit.SECONDS);
                if (answer.statusCode() == 200) {
                    shown++;
                    assertEquals("{\"count\":5,\"new\":[1],\"title\":\"Milky\"}", answer.body());
                } else {
                    assertEquals(503, answer.statusCode(), answer.body());
                    assertTrue(answer.headers().firstValue("Retry-After").isPresent());
                    assertTrue(answer.body().contains("for others already"), answer.body());
                }
            }
            assertEquals(PLACES, shown);
        }
    }

    private void aDocumentIsMadeByPutAndShownWithItsChanges(NodeProcess node, Replica phone)
            throws Exception {
        DocumentId fresh = document();
        String path = "/documents/" + fresh;
        try (var client =
                new RawWebSocket(
                        URI.create(
                                node.url().replaceFirst("^http", "ws")
                                        + "/ws?token="
                                        + operator()))) {
            client.frame(
                    TEXT,
                    json.writeValueAsBytes(
                            Map.of(
                                    "type",
                                    "subscribe",
                                    "view",
                                    true,
                                    "doc_ids",
                                    List.of(fresh.toString()))));
            assertEquals("unavailable", read(client).path("type").asText());
            assertEquals(404, get(node, path).statusCode());
            assertEquals(412, put(node, path, "{\"a\":1}", "If-Match", "*").statusCode());
            // Sixteen digits each: it would be longer than what it was sent as, and never shown.
            String grows = "{\"a\":[" + "1e15,".repeat(400_000) + "1]}";
            assertEquals(413, put(node, path, grows, "If-None-Match", "*").statusCode());

            HttpResponse<String> made = put(node, path, "{\"a\":{\"b\":1}}", "If-None-Match", "*");
            assertEquals(201, made.statusCode(), made.body());
            assertEquals(412, put(node, path, "{\"a\":2}", "If-None-Match", "*").statusCode());

            assertEquals("available", read(client).path("type").asText());
            JsonNode change = read(client);
            assertEquals(1, change.path("changes").size(), change.toString());
            assertEquals(1, change.at("/view/a/b").asInt(), change.toString());
            assertEquals(tag(made), "\"" + change.path("etag").asText() + "\"");
        }
        Document there = phone.document(fresh);
        NodeProcess.await(
                "the device to get it",
                () -> there.read(Path.of("a", "b")).equals(Optional.of(new Value.Int(1))));
    }

    private void overGrpc(NodeProcess node, DocumentId id) throws Exception {
        URI at = URI.create("grpc://" + node.grpc());
        try (var client = GrpcNode.at(at.getHost(), at.getPort(), operator())) {
            GetDocumentResponse got = client.getDocument(id);
            assertEquals("{\"count\":5,\"new\":[1],\"title\":\"Milky\"}", got.getJson());
            assertEquals(1, got.getHeadsCount());
            assertEquals(1, client.putDocument(id, "{\"x\":true}", got.getEtag()).getChanges());
            assertEquals("{\"x\":true}", client.getDocument(id).getJson());
            assertEquals(
                    Status.Code.ABORTED,
                    refused(() -> client.putDocument(id, "{}", got.getEtag())).getCode());
            assertEquals(
                    Status.Code.INVALID_ARGUMENT,
                    refused(() -> client.putDocument(id, "[]", "*")).getCode());
            for (int more : List.of(0, 1 << 20)) {
                String large = "{\"x\":\"" + "a".repeat((4 << 20) + more) + "\"}";
                assertEquals(
                        Status.Code.RESOURCE_EXHAUSTED,
                        refused(() -> client.putDocument(id, large, "*")).getCode());
            }
            assertEquals(
                    Status.Code.NOT_FOUND, refused(() -> client.getDocument(document())).getCode());
        }
    }

    private static Status refused(Runnable call) {
        return assertThrows(StatusRuntimeException.class, call::run).getStatus();
    }

    private void onlyForWhomItIs(NodeProcess node, String path) throws Exception {
        String stranger = token(node, "read:document:" + document());
        String reader = token(node, "read:reach:private");
        assertEquals(403, get(node, path, "Authorization", "Bearer " + stranger).statusCode());
        assertEquals(200, get(node, path, "Authorization", "Bearer " + reader).statusCode());
        HttpResponse<String> refused =
                node.send(
                        HttpRequest.newBuilder(URI.create(node.url() + path))
                                .header("Authorization", "Bearer " + reader)
                                .header("If-Match", "*")
                                .PUT(BodyPublishers.ofString("{}"))
                                .build());
        assertEquals(403, refused.statusCode(), refused.body());
    }

    /// Each step of an edit names its whole path: 600 of them would be 600 MiB.
    private void aLongNameAboveManyChangesCostsTheNodeNothing(NodeProcess node) throws Exception {
        String path = "/documents/" + document();
        String name = "n".repeat(1 << 20);
        String body = "";
        for (int round = 0; round < 2; round++) {
            int add = round;
            body =
                    IntStream.range(0, 600)
                            .mapToObj(i -> "\"k%03d\":%d".formatted(i, i + add))
                            .collect(Collectors.joining(",", "{\"" + name + "\":{", "}}"));
            String[] expected =
                    round == 0
                            ? new String[] {"If-None-Match", "*"}
                            : new String[] {"If-Match", "*"};
            HttpResponse<String> put = put(node, path, body, expected);
            assertTrue(put.statusCode() < 300, put::body);
        }
        assertEquals(body, get(node, path).body());
    }

    private void whatIsSealedIsNotRead(NodeProcess node) throws Exception {
        DocumentId secret = document();
        try (var tablet = new MemoryDevice()) {
            tablet.connect(node.url(), operator());
            tablet.edit(secret, 100);
            NodeProcess.await("the node", () -> tablet.unacknowledged() == 0);
        }
        HttpResponse<String> refused = get(node, "/documents/" + secret);
        assertEquals(409, refused.statusCode());
        assertTrue(refused.body().contains("encrypted"), refused.body());
    }

    @Test
    void aPoisonedChangeLeavesTheLastGoodStateAndTheNodeGoesOn() throws Exception {
        ChangeChunk poison = PoisonedChange.by(Bytes.parseHex("ee".repeat(16)));
        try (var node = NodeProcess.ready(scratch, data());
                var phone = Replica.open(scratch.resolve("phone"))) {
            phone.connect(node.url() + "/device?token=" + operator());
            Document note = phone.create();
            String path = "/documents/" + note.id();
            edit(note, edit -> edit.set(Path.of("title"), text("Milk")));
            NodeProcess.await("the node to have it", () -> get(node, path).statusCode() == 200);

            try (var store =
                    LocalStore.open(scratch.resolve("phone"), () -> Bytes.copyOf(new byte[16]))) {
                store.write(
                        () -> {
                            store.append(Lane.LOCAL, note.id(), null, List.of(poison));
                            return true;
                        });
            }
            NodeProcess.await(
                    "the node to have the poison, and to say so",
                    () ->
                            get(node, path)
                                    .headers()
                                    .firstValue("Elohim-Left-Out-Changes")
                                    .equals(Optional.of(poison.hash().toString())));
            HttpResponse<String> left = get(node, path);
            assertEquals("{\"title\":\"Milk\"}", left.body());
            assertEquals(Optional.of("1"), left.headers().firstValue("Elohim-Left-Out"));
            assertEquals(304, get(node, path, "If-None-Match", tag(left)).statusCode());

            // Beside it all goes on: through the node, and through sync.
            HttpResponse<String> put =
                    put(node, path, "{\"title\":\"Bread\"}", "If-Match", tag(left));
            assertEquals(200, put.statusCode(), put.body());
            NodeProcess.await(
                    "the device",
                    () -> note.read(Path.of("title")).equals(Optional.of(text("Bread"))));
            edit(note, edit -> edit.set(Path.of("more"), new Value.Int(1)));
            NodeProcess.await(
                    "the node",
                    () -> get(node, path).body().equals("{\"more\":1,\"title\":\"Bread\"}"));
            assertEquals(200, node.get("/health").statusCode());
            assertTrue(node.errors().contains("cannot be read"), node.errors());
            assertFalse(node.errors().contains("ERROR"), node.errors());
            node.signal("TERM");
            assertEquals(0, node.awaitExit());
            // The next process does not search for it once more.
            try (var again = NodeProcess.ready(scratch, data())) {
                HttpResponse<String> after = get(again, path);
                assertEquals("{\"more\":1,\"title\":\"Bread\"}", after.body());
                assertEquals(Optional.of("1"), after.headers().firstValue("Elohim-Left-Out"));
                assertFalse(again.errors().contains("cannot be read"), again.errors());
            }
        }
    }

    private static ProcessHandle child(NodeProcess node) {
        return ProcessHandle.of(node.pid())
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow(() -> new AssertionError("the node has no child"));
    }

    private static Value text(String text) {
        return new Value.Text(text, List.of());
    }

    private static void edit(Document document, Consumer<Edit> steps) {
        assertInstanceOf(Edited.Committed.class, document.edit(steps));
    }

    private static String tag(HttpResponse<String> response) {
        return response.headers().firstValue("ETag").orElseThrow();
    }

    private HttpRequest.Builder request(NodeProcess node, String path) throws IOException {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("Authorization", "Bearer " + operator());
    }

    private HttpResponse<String> get(NodeProcess node, String path, String... header) {
        try {
            HttpRequest.Builder request = request(node, path).GET();
            if (header.length > 0) {
                request.setHeader(header[0], header[1]);
            }
            return node.send(request.build());
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private HttpResponse<String> put(NodeProcess node, String path, String body, String... header)
            throws IOException {
        return node.send(
                request(node, path)
                        .setHeader(header[0], header[1])
                        .PUT(BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                        .build());
    }

    private JsonNode read(RawWebSocket client) throws IOException {
        RawWebSocket.Frame frame = client.read();
        assertEquals(TEXT & 0x0f, frame.opcode(), "closed");
        return json.readTree(frame.payload().toArray());
    }
}
