package org.elohim.tests.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.tests.NodeProcess;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// Whoever puts blobs at the nodes of a family, and wants each of them back as it was, from
/// whatever node is asked.
final class BlobOwner {
    // Above what a node may take to answer, and what a put may be told to wait.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(90);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Random random = new Random(20_261_130);
    private final Map<ContentHash, byte[]> kept = new ConcurrentHashMap<>();

    synchronized byte[] content(int length) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return content;
    }

    static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    /// Puts it, waits so long for it to be durable, and returns what the node says of it.
    JsonNode put(FamilyNode at, byte[] content, int seconds) {
        try {
            HttpResponse<String> put =
                    at.put("/blobs?await=durable&timeout=" + seconds, content, ANSWER_WITHIN);
            assertEquals(201, put.statusCode(), put.body());
            kept.put(hash(content), content);
            return JSON.readTree(put.body());
        } catch (IOException failed) {
            throw new UncheckedIOException(at.name() + " takes nothing", failed);
        }
    }

    /// Puts what is to be durable before this returns.
    ContentHash put(FamilyNode at, byte[] content) {
        JsonNode put = put(at, content, 60);
        assertEquals("durable", put.path("tier").asText(), put.toString());
        return hash(content);
    }

    HttpResponse<byte[]> read(FamilyNode at, ContentHash blob) {
        try {
            return at.read("/blobs/" + blob, ANSWER_WITHIN);
        } catch (IOException failed) {
            throw new UncheckedIOException(at.name() + " does not give " + blob, failed);
        }
    }

    /// The answer to a read that need not succeed is the right content, or a reason in words.
    ///
    /// @return whether it was the content
    boolean isRead(FamilyNode at, ContentHash blob) {
        HttpResponse<byte[]> read = read(at, blob);
        if (read.statusCode() == 200) {
            assertEquals(blob, hash(read.body()));
            return true;
        }
        String words = new String(read.body(), StandardCharsets.UTF_8);
        assertEquals(503, read.statusCode(), words);
        assertEquals(
                "application/problem+json",
                read.headers().firstValue("Content-Type").orElse(""),
                words);
        return false;
    }

    /// All that was ever put is read at each of these nodes, at once.
    void assertReadsAll(Collection<FamilyNode> nodes) {
        atEach(
                nodes,
                node ->
                        kept.forEach(
                                (blob, content) -> {
                                    HttpResponse<byte[]> read = read(node, blob);
                                    assertEquals(
                                            200,
                                            read.statusCode(),
                                            () ->
                                                    node.name()
                                                            + " says of "
                                                            + content.length
                                                            + " bytes: "
                                                            + new String(
                                                                    read.body(),
                                                                    StandardCharsets.UTF_8));
                                    assertArrayEquals(content, read.body());
                                }));
    }

    static void atEach(Collection<FamilyNode> nodes, Consumer<FamilyNode> action) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> each =
                    nodes.stream()
                            .map(
                                    node ->
                                            CompletableFuture.runAsync(
                                                    () -> action.accept(node), threads))
                            .toList();
            each.forEach(CompletableFuture::join);
        }
    }

    /// What a node tells at this path; nothing where it does not answer now.
    static JsonNode told(FamilyNode node, String path) {
        try {
            return JSON.readTree(node.get(path).body());
        } catch (IOException silent) {
            return JSON.createObjectNode();
        }
    }

    static JsonNode where(FamilyNode node, ContentHash blob) {
        return told(node, "/blobs/" + blob + "/where");
    }

    /// Which of a blob's pieces are somewhere, as whoever has them says himself, each as often as
    /// it is there.
    static List<String> pieces(JsonNode where) {
        List<String> pieces = new ArrayList<>();
        for (JsonNode node : where.path("nodes")) {
            if (node.path("confirmed").asBoolean()) {
                node.path("pieces").forEach(piece -> pieces.add(piece.asText()));
            }
        }
        return List.copyOf(pieces);
    }

    static SortedSet<String> holders(JsonNode where) {
        var holders = new TreeSet<String>();
        where.path("nodes").forEach(node -> holders.add(node.path("node").asText()));
        return holders;
    }

    static int holdersSeen(FamilyNode node) {
        return told(node, "/storage/stats").path("replication").path("holders").asInt();
    }

    static void awaitHolders(FamilyNode node, int count) {
        NodeProcess.await(
                node.name() + " to see " + count + " nodes", () -> holdersSeen(node) == count);
    }
}
