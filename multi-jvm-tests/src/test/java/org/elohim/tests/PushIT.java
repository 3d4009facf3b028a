package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Clients at `/ws`, which are told of changes as JSON.
class PushIT extends NodeAndDevices {
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x08;
    private static final String READ = "read:reach:private";

    private final JsonMapper json = new JsonMapper();

    @Test
    @DisplayName(
            "API-17 API-18: a client is told what there is, what comes, and goes on from there")
    void aClientIsToldWhatThereIsWhatComesAndGoesOnFromThere() throws Exception {
        DocumentId document = document();
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice()) {
            phone.connect(node.url(), operator());
            List<ContentHash> edits = new ArrayList<>();
            edits.add(acknowledged(phone, document));
            String token = token(node, READ);
            String position;
            try (var client = open(node, token)) {
                subscribe(client, document, Map.of());
                assertEquals("available", type(read(client)));
                JsonNode first = read(client);
                assertEquals(document.toString(), first.path("doc_id").asText());
                assertEquals(edits, hashes(first));
                position = first.path("position").asText();
                for (int i = 0; i < 3; i++) {
                    edits.add(acknowledged(phone, document));
                    assertEquals(List.of(edits.getLast()), hashes(read(client)));
                }
                say(client, Map.of("type", "unsubscribe", "doc_ids", List.of(document.toString())));
                assertEquals("unsubscribed", type(read(client)));
            }
            edits.add(acknowledged(phone, document));
            try (var later = open(node, token)) {
                subscribe(later, document, Map.of(document.toString(), position));
                assertEquals("available", type(read(later)));
                assertEquals(edits.subList(1, edits.size()), told(later, edits.size() - 1));
            }
            // Of another node, or from before this one was put back to an older copy.
            try (var other = open(node, token)) {
                subscribe(other, document, Map.of(document.toString(), "77-00112233aabb"));
                assertEquals("available", type(read(other)));
                assertEquals(edits, told(other, edits.size()));
            }
        }
    }

    @Test
    void whatIsNotHereOrMayNotBeReadIsToldWhenItMay() throws Exception {
        DocumentId document = document();
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice();
                var client = open(node, operator());
                var stranger = open(node, token(node, "read:document:" + document()))) {
            phone.connect(node.url(), operator());
            subscribe(client, document, Map.of());
            subscribe(stranger, document, Map.of());
            assertEquals("unavailable", type(read(client)));
            assertEquals("unavailable", type(read(stranger)));

            ContentHash edit = acknowledged(phone, document);
            assertEquals("available", type(read(client)));
            assertEquals(List.of(edit), hashes(read(client)));
            say(stranger, Map.of("type", "unsubscribe", "doc_ids", List.of(document.toString())));
            // Nothing was told before.
            assertEquals("unsubscribed", type(read(stranger)));

            node.send(
                    HttpRequest.newBuilder(URI.create(node.url() + "/documents/" + document))
                            .header("Authorization", "Bearer " + operator())
                            .DELETE()
                            .build());
            assertEquals("unavailable", type(read(client)));
        }
    }

    @Test
    void aRevokedTokenEndsTheConnectionInWords() throws Exception {
        try (var node = NodeProcess.ready(scratch, data())) {
            String issued = issue(node, READ);
            try (var client = open(node, first(TOKEN, issued))) {
                subscribe(client, document(), Map.of());
                assertEquals("unavailable", type(read(client)));
                revoke(node, issued);
                assertTrue(read(client).path("message").asText().contains("revoked"));
                assertEquals(CLOSE, client.read().opcode());
            }
        }
    }

    @Test
    void whatCannotBeUnderstoodEndsThatConnectionInWordsAndNoOther() throws Exception {
        DocumentId document = document();
        try (var node = NodeProcess.ready(scratch, data());
                var good = open(node, operator())) {
            for (String bad :
                    List.of(
                            "nonsense",
                            "",
                            "[]",
                            "{\"type\":\"shout\"}",
                            "{\"type\":\"subscribe\"}",
                            "{\"type\":\"subscribe\",\"doc_ids\":\"x\"}",
                            "{\"type\":\"subscribe\",\"doc_ids\":[\"x\"]}",
                            "{\"type\":\"subscribe\",\"doc_ids\":[5]}",
                            "{\"type\":\"subscribe\",\"view\":\"all\",\"doc_ids\":[]}",
                            "{\"type\":\"subscribe\",\"doc_ids\":[\""
                                    + document
                                    + "\"],\"positions\":{\""
                                    + document
                                    + "\":\"soon\"}}",
                            "[".repeat(10_000),
                            "{\"type\":\"" + "x".repeat(2 << 20) + "\"}")) {
                try (var client = open(node, operator())) {
                    client.frame(TEXT, bad.getBytes(StandardCharsets.UTF_8));
                    assertEquals(
                            "error",
                            type(read(client)),
                            bad.substring(0, Math.min(80, bad.length())));
                    assertEquals(CLOSE, client.read().opcode());
                }
            }
            try (var client = open(node, operator())) {
                client.frame(RawWebSocket.BINARY, new byte[] {1, 2, 3});
                assertEquals("error", type(read(client)));
            }
            subscribe(good, document, Map.of());
            assertEquals("unavailable", type(read(good)));
            assertFalse(node.errors().contains("ERROR"), node.errors());
        }
    }

    private static ContentHash acknowledged(MemoryDevice phone, DocumentId document) {
        ContentHash edit = phone.edit(document, 100);
        NodeProcess.await("the node", () -> phone.acknowledged.contains(edit));
        return edit;
    }

    private List<ContentHash> told(RawWebSocket client, int count) throws IOException {
        var told = new ArrayList<ContentHash>();
        while (told.size() < count) {
            told.addAll(hashes(read(client)));
        }
        return told;
    }

    private static List<ContentHash> hashes(JsonNode news) {
        assertEquals("change", type(news), news.toString());
        var hashes = new ArrayList<ContentHash>();
        for (JsonNode change : news.path("changes")) {
            hashes.add(
                    Change.stored(Bytes.copyOf(Base64.getDecoder().decode(change.asText())))
                            .hash());
        }
        return hashes;
    }

    private static String type(JsonNode message) {
        return message.path("type").asText();
    }

    private void subscribe(RawWebSocket client, DocumentId document, Map<String, String> positions)
            throws IOException {
        say(
                client,
                Map.of(
                        "type",
                        "subscribe",
                        "doc_ids",
                        List.of(document.toString()),
                        "positions",
                        positions));
    }

    private void say(RawWebSocket client, Map<String, Object> words) throws IOException {
        client.frame(TEXT, json.writeValueAsBytes(words));
    }

    private JsonNode read(RawWebSocket client) throws IOException {
        RawWebSocket.Frame frame = client.read();
        assertEquals(TEXT & 0x0f, frame.opcode(), "closed");
        return json.readTree(frame.payload().toArray());
    }

    private static RawWebSocket open(NodeProcess node, String token) throws IOException {
        return new RawWebSocket(
                URI.create(node.url().replaceFirst("^http", "ws") + "/ws?token=" + token));
    }
}
