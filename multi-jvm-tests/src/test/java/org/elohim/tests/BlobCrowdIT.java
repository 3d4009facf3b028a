package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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

/// Many who want something of blobs at the same moment.
class BlobCrowdIT extends NodesOfFamilies {
    private static final int CLIENTS = 1_000;
    private static final int SMALL = 16 << 10;
    private static final int COLD = 3 << 19;
    private static final int LARGE = 4 << 20;
    private static final int LARGE_CLIENTS = 120;
    private static final int TAKEN = 201;
    private static final int BUSY = 503;
    private static final int CUT_OFF = 0;
    private static final Pattern SENT = Pattern.compile("\"sent_bytes\":(\\d+)");

    private static byte[] content(int seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private HttpRequest.Builder blobs(NodeProcess node, String name, String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + "/blobs" + path))
                .header("Authorization", "Bearer " + operator(name));
    }

    private int put(HttpClient client, NodeProcess node, String name, byte[] content)
            throws InterruptedException {
        HttpRequest request =
                blobs(node, name, "").PUT(HttpRequest.BodyPublishers.ofByteArray(content)).build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException whileSending) {
            // Who is refused may still be sending when the node hangs up.
            return CUT_OFF;
        }
    }

    private byte[] read(HttpClient client, NodeProcess node, String name, ContentHash hash)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                client.send(
                        blobs(node, name, "/" + hash).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, answer.statusCode());
        return answer.body();
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
        byte[] cold = content(1, COLD);
        Map<String, String> slowly = new HashMap<>(Map.of("ELOHIM_STORAGE_SEND_RATE", "1MB"));
        try (var attic = node("attic", slowly);
                var cellar = node("cellar", Map.of("ELOHIM_CLUSTER_ADDRESSES", door(attic)));
                var client = HttpClient.newHttpClient()) {
            NodeProcess.await(
                    () -> "a family of two: " + get(attic, "attic", "/storage/stats"),
                    () -> get(attic, "attic", "/storage/stats").contains("\"holders\":2"));
            long before = sent(attic, "attic");
            assertEquals(TAKEN, put(client, attic, "attic", cold));

            List<Boolean> areRight =
                    atOnce(
                            CLIENTS,
                            _ ->
                                    () ->
                                            hash(read(client, cellar, "cellar", hash(cold)))
                                                    .equals(hash(cold)));

            assertTrue(areRight.stream().allMatch(isRight -> isRight));
            long sent = sent(attic, "attic") - before;
            assertTrue(COLD <= sent && sent < 2 * COLD, "sent " + sent);
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
                            each -> {
                                byte[] content = content(each, SMALL);
                                return () -> put(client, attic, "attic", content);
                            });

            assertEquals(List.of(TAKEN), answers.stream().distinct().toList());
            assertAreThere(client, attic, answers, SMALL);
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
                                each -> () -> put(client, attic, "attic", content(each, LARGE)));

                assertTrue(
                        List.of(TAKEN, BUSY, CUT_OFF).containsAll(answers),
                        () -> answers.stream().distinct().toList().toString());
                assertTrue(answers.contains(TAKEN));
                assertAreThere(client, attic, answers, LARGE);
                attic.signal("TERM");
                assertEquals(0, attic.awaitExit());
            }
            try (var attic = node("attic", little)) {
                assertAreThere(client, attic, answers, LARGE);
            }
        }
    }

    private void assertAreThere(
            HttpClient client, NodeProcess node, List<Integer> answers, int length)
            throws IOException, InterruptedException {
        for (int each = 0; each < answers.size(); each++) {
            if (answers.get(each) == TAKEN) {
                byte[] content = content(each, length);
                assertArrayEquals(content, read(client, node, "attic", hash(content)));
            }
        }
    }
}
