package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// Blobs of a real node over HTTP.
class BlobIT extends NodeAndDevices {
    private static final int WRITERS = 8;
    private static final int LARGE_BYTES = 5_000_000;
    private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");

    private final HttpClient client = HttpClient.newHttpClient();

    private static byte[] content(int seed, int bytes) {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private HttpRequest.Builder to(NodeProcess node, String path) throws IOException {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("Authorization", "Bearer " + operator());
    }

    private HttpResponse<byte[]> sent(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> put(NodeProcess node, String path, byte[] content)
            throws Exception {
        return sent(to(node, path).PUT(HttpRequest.BodyPublishers.ofByteArray(content)).build());
    }

    private HttpResponse<byte[]> get(NodeProcess node, ContentHash hash) throws Exception {
        return sent(to(node, "/blobs/" + hash).GET().build());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private void assertHolds(NodeProcess node, byte[] content) throws Exception {
        HttpResponse<byte[]> got = get(node, hash(content));
        assertEquals(200, got.statusCode(), () -> text(got));
        assertArrayEquals(content, got.body());
    }

    @Test
    void whatWasPutIsGotInPartsAskedForAndThereAfterARestartOfEitherKind() throws Exception {
        byte[] small = content(1, 4_000);
        byte[] large = content(2, LARGE_BYTES);
        try (var node = NodeProcess.ready(scratch, data())) {
            for (byte[] each : new byte[][] {small, large, new byte[0]}) {
                HttpResponse<byte[]> put = put(node, "/blobs", each);
                assertEquals(201, put.statusCode(), () -> text(put));
                assertTrue(text(put).contains(hash(each).toString()));
                assertHolds(node, each);

                var head = sent(to(node, "/blobs/" + hash(each)).method("HEAD", nothing()).build());
                assertEquals(200, head.statusCode());
                assertEquals(
                        Optional.of(Integer.toString(each.length)),
                        head.headers().firstValue("Content-Length"));
                assertEquals(
                        Optional.of("\"" + hash(each) + "\""), head.headers().firstValue("ETag"));
            }
            HttpResponse<byte[]> part =
                    sent(
                            to(node, "/blobs/" + hash(large))
                                    .header("Range", "bytes=1000000-2999999")
                                    .build());
            assertEquals(206, part.statusCode());
            assertArrayEquals(Arrays.copyOfRange(large, 1_000_000, 3_000_000), part.body());
            var absent =
                    sent(
                            to(node, "/blobs/" + hash(content(3, 1)))
                                    .method("HEAD", nothing())
                                    .build());
            assertEquals(404, absent.statusCode());
            assertTrue(absent.headers().firstValueAsLong("Content-Length").orElse(0) > 0);

            restartedInside(node);
            assertHolds(node, large);
            node.signal("TERM");
            assertEquals(0, node.awaitExit());
        }
        try (var node = NodeProcess.ready(scratch, data())) {
            assertHolds(node, small);
            assertHolds(node, large);
            assertEquals(
                    204, sent(to(node, "/blobs/" + hash(small)).DELETE().build()).statusCode());
            assertEquals(404, get(node, hash(small)).statusCode());
        }
    }

    private static HttpRequest.BodyPublisher nothing() {
        return HttpRequest.BodyPublishers.noBody();
    }

    private void restartedInside(NodeProcess node) throws Exception {
        var ordered = sent(to(node, "/restart").POST(nothing()).build());
        assertEquals(202, ordered.statusCode(), () -> text(ordered));
        NodeProcess.await("the actors to have ended", () -> !isReady(node));
        NodeProcess.await("the actors to be there again", () -> isReady(node));
    }

    private boolean isReady(NodeProcess node) {
        try {
            return sent(HttpRequest.newBuilder(URI.create(node.url() + "/health")).build())
                            .statusCode()
                    == 200;
        } catch (Exception notThere) {
            return false;
        }
    }

    @Test
    @DisplayName("R-04: a blob that was acknowledged is there, as a whole, after a kill -9")
    void whatWasAcknowledgedSurvivesAKill() throws Exception {
        Queue<byte[]> acknowledged = new ConcurrentLinkedQueue<>();
        var number = new AtomicInteger();
        try (var node = NodeProcess.ready(scratch, data())) {
            var isOver = new AtomicBoolean();
            try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < WRITERS; i++) {
                    int bytes = i == 0 ? 2_000_000 : 300 * (i + 1);
                    writers.execute(
                            () -> {
                                while (!isOver.get()) {
                                    byte[] content = content(number.incrementAndGet(), bytes);
                                    try {
                                        if (put(node, "/blobs", content).statusCode() == 201) {
                                            acknowledged.add(content);
                                        }
                                    } catch (Exception killed) {
                                        return;
                                    }
                                }
                            });
                }
                NodeProcess.await("some to be acknowledged", () -> acknowledged.size() > 300);
                node.signal("KILL");
                node.awaitExit();
                isOver.set(true);
            }
        }
        try (var node = NodeProcess.ready(scratch, data())) {
            for (byte[] content : acknowledged) {
                assertHolds(node, content);
            }
            for (int i = 1; i <= number.get(); i++) {
                // Of what nobody was told it is there as a whole or not at all.
                for (int bytes : new int[] {600, 2_000_000}) {
                    byte[] content = content(i, bytes);
                    HttpResponse<byte[]> got = get(node, hash(content));
                    assertTrue(
                            got.statusCode() == 404 || Arrays.equals(content, got.body()),
                            () -> text(got));
                }
            }
        }
    }

    private long standing(NodeProcess node, ContentHash hash) {
        try {
            HttpResponse<byte[]> told = sent(to(node, "/blobs/" + hash + "/upload").GET().build());
            assertEquals(200, told.statusCode(), () -> text(told));
            return Long.parseLong(first(OFFSET, text(told)));
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    /// Sends the beginning of a blob, then hangs up.
    private void cutOff(NodeProcess node, byte[] content, int after) throws IOException {
        URI place = URI.create(node.url());
        try (var socket = new Socket(place.getHost(), place.getPort())) {
            var out = socket.getOutputStream();
            out.write(
                    ("PUT /blobs/"
                                    + hash(content)
                                    + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                    + operator()
                                    + "\r\nContent-Length: "
                                    + content.length
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            out.write(content, 0, after);
            out.flush();
            NodeProcess.await(
                    "the beginning to come", () -> standing(node, hash(content)) == after);
        }
    }

    @Test
    void whatBreaksOffIsGoneOnWithAlsoAfterARestartInside() throws Exception {
        byte[] content = content(4, LARGE_BYTES);
        int half = LARGE_BYTES / 2;
        try (var node = NodeProcess.ready(scratch, data())) {
            cutOff(node, content, half);
            restartedInside(node);
            assertEquals(half, standing(node, hash(content)));

            HttpResponse<byte[]> wrong = part(node, content, half + 1);
            assertEquals(409, wrong.statusCode());
            assertEquals(half, Long.parseLong(first(OFFSET, text(wrong))));
            HttpResponse<byte[]> rest = part(node, content, half);
            assertEquals(201, rest.statusCode(), () -> text(rest));
            assertHolds(node, content);
        }
    }

    private HttpResponse<byte[]> part(NodeProcess node, byte[] content, int from) throws Exception {
        return sent(
                to(node, "/blobs/" + hash(content))
                        .header(
                                "Content-Range",
                                "bytes %d-%d/%d"
                                        .formatted(from, content.length - 1, content.length))
                        .PUT(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        content, from, content.length - from))
                        .build());
    }

    @Test
    void aFullStoreSaysSoAndGoesOnServing() throws Exception {
        var command = NodeProcess.command("--data-dir", data().toString(), "--http-port", "0");
        byte[] small = content(5, 4_000);
        try (var node =
                NodeProcess.start(scratch, Map.of("ELOHIM_STORAGE_MAX_CAPACITY", "512MB"), command)
                        .awaitReady()) {
            assertEquals(201, put(node, "/blobs", small).statusCode());

            var tooMuch =
                    sent(
                            to(node, "/blobs")
                                    .expectContinue(true)
                                    .PUT(
                                            HttpRequest.BodyPublishers.fromPublisher(
                                                    HttpRequest.BodyPublishers.ofByteArray(small),
                                                    500_000_000L))
                                    .build());
            assertEquals(507, tooMuch.statusCode(), () -> text(tooMuch));
            assertTrue(text(tooMuch).contains("storage.max_capacity"), () -> text(tooMuch));

            assertHolds(node, small);
            byte[] other = content(6, 4_000);
            assertEquals(201, put(node, "/blobs", other).statusCode());
            assertHolds(node, other);
        }
    }

    @Test
    void garbageIsRefusedInWordsAndHarmsNobody() throws Exception {
        byte[] small = content(7, 4_000);
        try (var node = NodeProcess.ready(scratch, data())) {
            assertEquals(201, put(node, "/blobs", small).statusCode());
            assertEquals(422, put(node, "/blobs/" + hash(content(8, 1)), small).statusCode());
            assertEquals(400, put(node, "/blobs/xyz", small).statusCode());
            var random = new Random(9);
            for (int i = 0; i < 100; i++) {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                String header =
                        new String(noise, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", "-");
                for (String name :
                        new String[] {
                            "Range", "Content-Range", "Content-Digest", "If-None-Match", "If-Range"
                        }) {
                    raw(node, "GET", hash(small), name + ": " + header, new byte[0]);
                    raw(node, "PUT", hash(small), name + ": " + header, noise);
                }
                raw(node, "PUT", hash(noise), "Content-Range: bytes 0-9/100", noise);
            }
            assertHolds(node, small);
            assertFalse(node.errors().contains("ERROR"), node::errors);
            assertEquals(200, node.get("/health").statusCode());
        }
    }

    /// Whatever the answer: there is one, and the node made no mistake.
    private void raw(NodeProcess node, String method, ContentHash hash, String header, byte[] body)
            throws IOException {
        URI place = URI.create(node.url());
        try (var socket = new Socket(place.getHost(), place.getPort())) {
            var out = socket.getOutputStream();
            out.write(
                    "%s /blobs/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s\r\nContent-Length: %d\r\n\r\n"
                            .formatted(method, hash, operator(), header, body.length)
                            .getBytes(StandardCharsets.ISO_8859_1));
            out.write(body);
            out.flush();
            String answer =
                    new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 "), () -> header + " -> " + answer);
            assertFalse(answer.startsWith("HTTP/1.1 500"), () -> header + " -> " + answer);
        }
    }
}
