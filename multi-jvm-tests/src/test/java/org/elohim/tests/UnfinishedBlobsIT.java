package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

/// Large blobs on their way to a node that is killed in their middle.
class UnfinishedBlobsIT extends NodesOfFamilies {
    private static final int FETCHED = 24 << 20;
    private static final int UPLOADED = 6 << 20;
    private static final int HALF = UPLOADED / 2;
    // Each block of a large file, and its check.
    private static final int BLOCK = 64 << 10;
    private static final int FRAMED = BLOCK + 4;
    // What the giver has on the line, or waits with, when the other side dies.
    private static final int ON_ITS_WAY = 4 << 20;
    private static final Pattern SENT = Pattern.compile("\"sent_bytes\":(\\d+)");
    private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");

    private static byte[] content(int seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private HttpRequest.Builder blob(NodeProcess node, String name, String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + "/blobs" + path))
                .header("Authorization", "Bearer " + operator(name));
    }

    private byte[] read(NodeProcess node, String name, ContentHash hash) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                            blob(node, name, "/" + hash).GET().build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .body();
        }
    }

    private HttpResponse<String> part(
            NodeProcess node, String name, byte[] content, int from, int to) {
        return node.send(
                blob(node, name, "/" + hash(content))
                        .header(
                                "Content-Range",
                                "bytes %d-%d/%d".formatted(from, to - 1, content.length))
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(content, from, to - from))
                        .build());
    }

    private long sent(NodeProcess node, String name) {
        return Long.parseLong(NodeAndDevices.first(SENT, get(node, name, "/storage/stats")));
    }

    private NodeProcess sending(String name, String door, String rate) throws IOException {
        Map<String, String> more = new HashMap<>(Map.of("ELOHIM_STORAGE_SEND_RATE", rate));
        if (!door.isEmpty()) {
            more.put("ELOHIM_CLUSTER_ADDRESSES", door);
        }
        return node(name, more);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException notYet) {
            return 0;
        }
    }

    @Test
    void whoeverIsKilledGoesOnWithWhatItWasFetchingAndWithWhatWasUploaded() throws Exception {
        byte[] fetched = content(1, FETCHED);
        byte[] uploaded = content(2, UPLOADED);
        Path file = scratch.resolve("cellar").resolve("blobs").resolve(hash(fetched) + ".part");
        try (var attic = sending("attic", "", "4MB")) {
            long there;
            long sent;
            try (var cellar = sending("cellar", door(attic), "100MB")) {
                NodeProcess.await(
                        () -> "a family of two: " + get(attic, "attic", "/storage/stats"),
                        () -> get(attic, "attic", "/storage/stats").contains("\"holders\":2"));
                HttpResponse<String> begun = part(cellar, "cellar", uploaded, 0, HALF);
                assertEquals(202, begun.statusCode(), begun.body());
                HttpResponse<String> put =
                        attic.send(
                                blob(attic, "attic", "/" + hash(fetched))
                                        .PUT(HttpRequest.BodyPublishers.ofByteArray(fetched))
                                        .build());
                assertEquals(201, put.statusCode(), put.body());
                NodeProcess.await("half of it to come", () -> size(file) > FETCHED / 2);
                cellar.signal("KILL");
                cellar.awaitExit();
                there = size(file);
                assertTrue(there < FETCHED, "it was fetched as a whole before");
                sent = sent(attic, "attic");
            }
            try (var cellar = sending("cellar", door(attic), "100MB")) {
                assertUploadGoesOn(cellar, uploaded);
                NodeProcess.await(
                        () -> "both to be durable: " + get(cellar, "cellar", "/storage/stats"),
                        () ->
                                get(cellar, "cellar", "/blobs/" + hash(fetched) + "/where")
                                        .contains("\"tier\":\"durable\""));
                long more = sent(attic, "attic") - sent;
                long missing = FETCHED - (there / FRAMED - 1) * BLOCK;
                assertTrue(
                        more <= missing + ON_ITS_WAY,
                        "sent=" + more + " of which were missing=" + missing);
                attic.signal("KILL");
                attic.awaitExit();
                assertArrayEquals(fetched, read(cellar, "cellar", hash(fetched)));
                assertTrue(get(cellar, "cellar", "/storage/stats").contains("\"unfinished\":0"));
            }
        }
    }

    private void assertUploadGoesOn(NodeProcess node, byte[] content) throws Exception {
        ContentHash hash = hash(content);
        int offset =
                Integer.parseInt(
                        NodeAndDevices.first(
                                OFFSET, get(node, "cellar", "/blobs/" + hash + "/upload")));
        assertTrue(offset >= HALF - 2 * BLOCK && offset <= HALF, "offset=" + offset);
        HttpResponse<String> rest = part(node, "cellar", content, offset, content.length);
        assertEquals(201, rest.statusCode(), rest.body());
        assertArrayEquals(content, read(node, "cellar", hash));
    }
}
