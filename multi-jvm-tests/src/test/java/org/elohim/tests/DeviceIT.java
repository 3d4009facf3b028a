package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.link.NodeSocket;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// Real devices against a real node.
class DeviceIT extends NodeAndDevices {
    @Test
    void whatOneDeviceWritesTheOtherReadsAndBothGoOnAfterACut() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice();
                var laptop = new MemoryDevice()) {
            DocumentId document = document();
            phone.edit(document, 100);
            phone.connect(node.url(), operator());
            laptop.connect(node.url(), operator());
            NodeProcess.await("the laptop to catch up", () -> same(phone, laptop, document));

            phone.disconnect();
            ContentHash offline = phone.edit(document, 50_000);
            ContentHash meanwhile = laptop.edit(document, 10);
            phone.connect(node.url(), operator());

            NodeProcess.await("both to be level", () -> same(phone, laptop, document));
            assertTrue(phone.has(document, meanwhile));
            assertTrue(laptop.has(document, offline));
            NodeProcess.await("the acknowledgement", () -> phone.acknowledged.contains(offline));
        }
    }

    @Test
    void aDocumentGoesOnlyWhereItsReachAllows() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var owner = new MemoryDevice();
                var guest = new MemoryDevice()) {
            String ofFamily = token(node, "write:reach:local");
            String ofGuest = token(node, "read:reach:commons");
            owner.connect(node.url(), ofFamily);
            guest.connect(node.url(), ofGuest);
            DocumentId document = document();
            ContentHash change = owner.edit(document, 10);
            NodeProcess.await("the change", () -> owner.acknowledged.contains(change));

            ContentHash intruding = guest.edit(document, 10);
            NodeProcess.await(
                    "the refusal",
                    () ->
                            guest.refused.stream()
                                    .anyMatch(
                                            refused ->
                                                    refused.hashes().contains(intruding)
                                                            && refused.limit() == Limit.REACH));
            assertTrue(
                    guest.heard.stream()
                            .noneMatch(message -> message instanceof SyncMessage.Events));
        }
    }

    @Test
    void aDeletedDocumentTakesNothingMoreAndComesBackWithItsRestoreOnAllDevices() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice();
                var laptop = new MemoryDevice()) {
            phone.connect(node.url(), operator());
            laptop.connect(node.url(), operator());
            DocumentId document = document();
            phone.edit(document, 10);
            NodeProcess.await("the laptop", () -> same(phone, laptop, document));

            order(node, document, "", HttpRequest.Builder::DELETE);
            NodeProcess.await(
                    "the deletion", () -> phone.isDeleted(document) && laptop.isDeleted(document));

            ContentHash late = laptop.edit(document, 10);
            NodeProcess.await(
                    "the refusal",
                    () ->
                            laptop.refused.stream()
                                    .anyMatch(
                                            refused ->
                                                    refused.hashes().contains(late)
                                                            && refused.limit()
                                                                    == Limit.DOCUMENT_DELETED));
            NodeProcess.await("no queue to be stuck", laptop::isLevel);

            order(node, document, "/restore", post -> post.POST(BodyPublishers.noBody()));
            NodeProcess.await(
                    "the restore",
                    () ->
                            Long.valueOf(2).equals(phone.lives.get(document))
                                    && Long.valueOf(2).equals(laptop.lives.get(document)));
            NodeProcess.await("what was refused meanwhile", () -> phone.has(document, late));
            ContentHash later = laptop.edit(document, 10);
            ContentHash large = phone.edit(document, 50_000);
            NodeProcess.await(
                    "the edits of the next life",
                    () -> phone.has(document, later) && laptop.has(document, large));
            NodeProcess.await(
                    "both to be level", () -> phone.isLevel() && same(phone, laptop, document));
        }
    }

    /// Tells the node what to do with a document.
    private void order(
            NodeProcess node,
            DocumentId document,
            String path,
            UnaryOperator<HttpRequest.Builder> method)
            throws IOException {
        var answer =
                node.send(
                        method.apply(
                                        HttpRequest.newBuilder(
                                                        URI.create(
                                                                node.url()
                                                                        + "/documents/"
                                                                        + document
                                                                        + path))
                                                .header("Authorization", "Bearer " + operator()))
                                .build());
        assertEquals(200, answer.statusCode(), answer.body());
    }

    @Test
    void aRevokedTokenEndsTheConnectionAndOpensNoOther() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice()) {
            var issued = issue(node, "write:reach:private");
            String token = first(TOKEN, issued);
            phone.connect(node.url(), token);
            NodeProcess.await("the session", phone::isLevel);
            revoke(node, issued);

            NodeProcess.await("the end", () -> !phone.closed.get().isEmpty());
            assertThrows(Exception.class, () -> phone.connect(node.url(), token));
        }
    }

    @Test
    void nobodyIsTakenForADeviceWithoutItsKey() throws Exception {
        try (var node = NodeProcess.ready(scratch, data());
                var thief = new MemoryDevice();
                var victim = new MemoryDevice()) {
            var answer =
                    exchange(
                            node,
                            (socket, challenge) ->
                                    socket.send(
                                            hello(
                                                    victim,
                                                    Proof.of(
                                                            victim.id,
                                                            challenge.identity(),
                                                            challenge.nonce(),
                                                            thief::sign))));
            assertTrue(answer.contains("proof"), answer);
        }
    }

    @Test
    void garbageEndsThatConnectionInWordsAndNothingElse() throws Exception {
        var random = new Random(1);
        try (var node = NodeProcess.ready(scratch, data());
                var phone = new MemoryDevice()) {
            phone.connect(node.url(), operator());
            DocumentId document = document();
            assertTrue(
                    exchange(node, (socket, _) -> socket.send(new SyncMessage.Failure("hi")))
                            .contains("Hello"));
            for (int i = 0; i < 10; i++) {
                var evil = new MemoryDevice();
                try (evil) {
                    String answer =
                            exchange(
                                    node,
                                    (socket, challenge) -> {
                                        socket.send(
                                                hello(
                                                        evil,
                                                        Proof.of(
                                                                evil.id,
                                                                challenge.identity(),
                                                                challenge.nonce(),
                                                                evil::sign)));
                                        socket.send(nonsense(random));
                                    });
                    assertTrue(!answer.isEmpty(), "round " + i);
                }
            }
            ContentHash change = phone.edit(document, 10);
            NodeProcess.await("the honest device", () -> phone.acknowledged.contains(change));
            assertEquals(200, node.get("/health").statusCode());
        }
    }

    private static SyncMessage nonsense(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> new SyncMessage.Challenge(new MemoryDevice().id, Bytes.EMPTY);
            case 1 ->
                    new SyncMessage.Events(
                            1,
                            List.of(
                                    new SyncMessage.Event(
                                            document(),
                                            List.of(hash(random)),
                                            Lane.LOCAL,
                                            List.of(Bytes.parseHex("0102")))));
            case 2 -> new SyncMessage.Changes(document(), List.of());
            default -> new SyncMessage.Digests(List.of(), true);
        };
    }

    private static ContentHash hash(Random random) {
        byte[] bytes = new byte[ContentHash.SIZE_BYTES];
        random.nextBytes(bytes);
        return new ContentHash(Bytes.copyOf(bytes));
    }

    private static SyncMessage hello(MemoryDevice device, Bytes proof) {
        return new SyncMessage.Hello(1, device.id, 0, 1, 1, 1, 0, 0, 0, 0, Bytes.EMPTY, proof);
    }

    private interface Talk {
        void answer(NodeSocket socket, SyncMessage.Challenge challenge);
    }

    /// Answers the node's challenge, and returns the words with which the node closes.
    private String exchange(NodeProcess node, Talk talk) throws Exception {
        var heard = new CopyOnWriteArrayList<SyncMessage>();
        var challenged = new CompletableFuture<SyncMessage.Challenge>();
        var closed = new CompletableFuture<String>();
        try (var http = HttpClient.newHttpClient();
                var socket =
                        NodeSocket.connect(
                                        http,
                                        URI.create(
                                                node.url().replaceFirst("^http", "ws")
                                                        + "/device?token="
                                                        + operator()),
                                        new NodeSocket.Listener() {
                                            @Override
                                            public void opened(NodeSocket opened) {}

                                            @Override
                                            public void message(SyncMessage message) {
                                                heard.add(message);
                                                if (message
                                                        instanceof
                                                        SyncMessage.Challenge challenge) {
                                                    challenged.complete(challenge);
                                                }
                                            }

                                            @Override
                                            public void alive() {}

                                            @Override
                                            public void closed(String reason) {
                                                closed.complete(reason);
                                            }
                                        })
                                .toCompletableFuture()
                                .get(20, TimeUnit.SECONDS)) {
            talk.answer(socket, challenged.get(20, TimeUnit.SECONDS));
            closed.get(30, TimeUnit.SECONDS);
            http.shutdownNow();
        }
        return heard.stream()
                .filter(SyncMessage.Failure.class::isInstance)
                .map(message -> ((SyncMessage.Failure) message).text())
                .reduce("", (_, last) -> last);
    }
}
