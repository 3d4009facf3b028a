package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Many who want something of blobs at the same moment.
class BlobCrowdIT extends NodesOfFamilies {
    private static final int CLIENTS = 1_000;
    private static final int BLOCK_BYTES = 16 << 10;
    private static final int COLD_BLOCKS = 96;
    private static final int LARGE_BLOCKS = 256;
    private static final int LARGE_CLIENTS = 120;
    private static final int TAKEN = 201;
    private static final int BUSY = 503;
    private static final int CUT_OFF = 0;
    private static final Pattern SENT = Pattern.compile("\"sent_bytes\":(\\d+)");

    /// Of a client each. It is made while it is sent: all of them together are large.
    private record Content(int client, int blocks) {
        private Iterable<byte[]> parts() {
            return () -> IntStream.range(0, blocks).mapToObj(this::part).iterator();
        }

        private byte[] part(int number) {
            byte[] part = new byte[BLOCK_BYTES];
            new Random((long) client << 32 | number).nextBytes(part);
            return part;
        }

        long bytes() {
            return (long) blocks * BLOCK_BYTES;
        }

        HttpRequest.BodyPublisher body() {
            return HttpRequest.BodyPublishers.fromPublisher(
                    HttpRequest.BodyPublishers.ofByteArrays(parts()), bytes());
        }

        ContentHash hash() {
            var digest = ContentHash.sha256();
            parts().forEach(digest::update);
            return new ContentHash(Bytes.copyOf(digest.digest()));
        }
    }

    private HttpRequest.Builder blobs(NodeProcess node, String name, String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + "/blobs" + path))
                .header("Authorization", "Bearer " + operator(name));
    }

    private int put(HttpClient client, NodeProcess node, String name, Content content)
            throws InterruptedException {
        HttpRequest request = blobs(node, name, "").PUT(content.body()).build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException whileSending) {
            // Who is refused may still be sending when the node hangs up.
            return CUT_OFF;
        }
    }

    /// What a node gives where this blob is wanted.
    private ContentHash read(HttpClient client, NodeProcess node, String name, ContentHash hash)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer =
                client.send(
                        blobs(node, name, "/" + hash).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, answer.statusCode());
        var digest = ContentHash.sha256();
        try (var content = new DigestInputStream(answer.body(), digest)) {
            content.transferTo(OutputStream.nullOutputStream());
        }
        return new ContentHash(Bytes.copyOf(digest.digest()));
    }

    private long sent(NodeProcess node, String name) {
        return Long.parseLong(NodeAndDevices.first(SENT, get(node, name, "/storage/stats")));
    }

    private static <T> List<T> atOnce(int clients, IntFunction<Callable<T>> task) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var start = new CountDownLatch(1);
            List<Future<T>> all = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                Callable<T> one = task.apply(client);
                all.add(
                        threads.submit(
                                () -> {
                                    start.await();
                                    return one.call();
                                }));
            }
            start.countDown();
            List<T> answers = new ArrayList<>();
            for (Future<T> each : all) {
                answers.add(each.get());
            }
            return answers;
        }
    }

    @Test
    @DisplayName("R-23: a thousand readers of a blob that lies at another node cause one fetch")
    void aThousandReadersOfAColdBlobCauseOneFetch() throws Exception {
        var cold = new Content(1, COLD_BLOCKS);
        ContentHash hash = cold.hash();
        Map<String, String> slowly = new HashMap<>(Map.of("ELOHIM_STORAGE_SEND_RATE", "1MB"));
        try (var attic = node("attic", slowly);
                var cellar = node("cellar", Map.of("ELOHIM_CLUSTER_ADDRESSES", door(attic)));
                var client = HttpClient.newHttpClient()) {
            NodeProcess.await(
                    () -> "a family of two: " + get(attic, "attic", "/storage/stats"),
                    () -> get(attic, "attic", "/storage/stats").contains("\"holders\":2"));
            long before = sent(attic, "attic");
            assertEquals(TAKEN, put(client, attic, "attic", cold));

            List<ContentHash> read =
                    atOnce(CLIENTS, _ -> () -> read(client, cellar, "cellar", hash));

            assertEquals(List.of(hash), read.stream().distinct().toList());
            long sent = sent(attic, "attic") - before;
            assertTrue(cold.bytes() <= sent && sent < 2 * cold.bytes(), "sent " + sent);
        }
    }

    @Test
    @DisplayName("R-24: a thousand who put at the same moment are all taken")
    void aThousandWhoPutAtTheSameMomentAreAllTaken() throws Exception {
        try (var attic = node("attic", Map.of());
                var client = HttpClient.newHttpClient()) {
            List<Integer> answers =
                    atOnce(
                            CLIENTS,
                            each -> () -> put(client, attic, "attic", new Content(each, 1)));

            assertEquals(List.of(TAKEN), answers.stream().distinct().toList());
            assertAreThere(client, attic, answers, 1);
        }
    }

    @Test
    @DisplayName(
            "R-32: a node with little memory sends away what it cannot hold, and loses nothing")
    void aNodeWithLittleMemorySendsAwayWhatItCannotHold() throws Exception {
        Map<String, String> little = Map.of("ELOHIM_JAVA_OPTIONS", "-Xmx64m");
        List<Integer> answers;
        try (var client = HttpClient.newHttpClient()) {
            try (var attic = node("attic", little)) {
                answers =
                        atOnce(
                                LARGE_CLIENTS,
                                each ->
                                        () ->
                                                put(
                                                        client,
                                                        attic,
                                                        "attic",
                                                        new Content(each, LARGE_BLOCKS)));

                assertTrue(
                        List.of(TAKEN, BUSY, CUT_OFF).containsAll(answers),
                        () -> answers.stream().distinct().toList().toString());
                assertTrue(answers.contains(TAKEN));
                assertAreThere(client, attic, answers, LARGE_BLOCKS);
                attic.signal("TERM");
                assertEquals(0, attic.awaitExit());
            }
            try (var attic = node("attic", little)) {
                assertAreThere(client, attic, answers, LARGE_BLOCKS);
            }
        }
    }

    private void assertAreThere(
            HttpClient client, NodeProcess node, List<Integer> answers, int blocks)
            throws IOException, InterruptedException {
        for (int each = 0; each < answers.size(); each++) {
            if (answers.get(each) == TAKEN) {
                ContentHash hash = new Content(each, blocks).hash();
                assertEquals(hash, read(client, node, "attic", hash));
            }
        }
    }
}
