package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.fault.BitRot;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Blobs in families of nodes in processes of their own: what is durable is there after the loss of
/// a node, whoever is asked for it.
class BlobFamilyIT extends NodesOfFamilies {
    private static final int LARGE = (3 << 20) + 77;
    private static final int MANY = 300;

    private static byte[] content(int seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    private NodeProcess node(String name, List<NodeProcess> others) throws IOException {
        return node(
                name,
                others.isEmpty()
                        ? Map.of()
                        : Map.of("ELOHIM_CLUSTER_ADDRESSES", door(others.getFirst())));
    }

    private HttpRequest.Builder blobs(NodeProcess node, String name, String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + "/blobs" + path))
                .header("Authorization", "Bearer " + operator(name));
    }

    private HttpResponse<String> put(NodeProcess node, String name, byte[] content, String query) {
        return node.send(
                blobs(node, name, query)
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(content))
                        .build());
    }

    private String hash(HttpResponse<String> put) {
        assertEquals(201, put.statusCode(), put.body());
        return put.body().replaceFirst(".*\"hash\":\"([0-9a-f]{64})\".*", "$1");
    }

    private HttpResponse<byte[]> read(NodeProcess node, String name, String hash) {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    blobs(node, name, "/" + hash).GET().build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    private String where(NodeProcess node, String name, String hash) {
        return get(node, name, "/blobs/" + hash + "/where");
    }

    private void awaitHolders(NodeProcess node, String name, int count) {
        NodeProcess.await(
                () -> "a family of " + count + ": " + get(node, name, "/storage/stats"),
                () -> get(node, name, "/storage/stats").contains("\"holders\":" + count));
    }

    @Test
    void whatIsDurableIsReadAtTheOtherNodeAfterTheFirstIsGone() throws Exception {
        byte[] small = content(1, 5_000);
        byte[] large = content(2, LARGE);
        String smallHash;
        String largeHash;
        try (var attic = node("attic", List.of())) {
            String alone = put(attic, "attic", small, "?await=durable&timeout=3").body();
            assertTrue(alone.contains("\"tier\":\"accepted\""), alone);
            assertTrue(alone.contains("only full one of its family"), alone);
            try (var cellar = node("cellar", List.of(attic))) {
                awaitHolders(attic, "attic", 2);
                HttpResponse<String> put = put(attic, "attic", small, "?await=durable&timeout=30");
                assertTrue(put.body().contains("\"tier\":\"durable\""), put.body());
                smallHash = hash(put);
                put = put(attic, "attic", large, "?await=durable&timeout=30");
                assertTrue(put.body().contains("\"tier\":\"durable\""), put.body());
                largeHash = hash(put);
                String where = where(cellar, "cellar", largeHash);
                assertTrue(where.contains(attic.nodeId()), where);
                assertTrue(where.contains(cellar.nodeId()), where);
                assertTrue(where.contains("\"tier\":\"durable\""), where);

                attic.signal("KILL");
                attic.awaitExit();
                assertArrayEquals(small, read(cellar, "cellar", smallHash).body());
                assertArrayEquals(large, read(cellar, "cellar", largeHash).body());
            }
        }
    }

    @Test
    void aBlobInShardsIsReadAtAnyNodeWhileAnyOtherIsGone() throws Exception {
        List<String> names = List.of("attic", "cellar", "garage", "garden", "hut");
        List<NodeProcess> nodes = new ArrayList<>();
        byte[] large = content(3, LARGE);
        try {
            for (String name : names) {
                nodes.add(node(name, nodes));
            }
            NodeProcess steward = nodes.getFirst();
            awaitHolders(steward, "attic", names.size());
            HttpResponse<String> put = put(steward, "attic", large, "?await=durable&timeout=60");
            String hash = hash(put);
            assertTrue(put.body().contains("\"tier\":\"durable\""), put.body());
            NodeProcess.await(
                    () -> "shards alone: " + where(steward, "attic", hash),
                    () ->
                            where(steward, "attic", hash).contains("shard 6")
                                    && !where(steward, "attic", hash).contains("whole"));

            steward.signal("KILL");
            steward.awaitExit();
            NodeProcess reader = nodes.get(1);
            NodeProcess.await(
                    "the blob", () -> read(reader, names.get(1), hash).statusCode() == 200);
            assertArrayEquals(large, read(reader, names.get(1), hash).body());
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }

    @Test
    void whatTheKilledStewardHadBegunToSpreadIsDurableAfterItsRestart() throws Exception {
        try (var cellar = node("cellar", List.of())) {
            List<String> hashes = new ArrayList<>();
            try (var attic = node("attic", List.of(cellar))) {
                awaitHolders(attic, "attic", 2);
                for (int i = 0; i < MANY; i++) {
                    hashes.add(hash(put(attic, "attic", content(i, 3_000), "")));
                }
                attic.signal("KILL");
                attic.awaitExit();
            }
            try (var again = node("attic", List.of(cellar))) {
                NodeProcess.await(
                        () -> "all of them: " + get(again, "attic", "/storage/stats"),
                        () ->
                                get(again, "attic", "/storage/stats")
                                        .contains("\"durable\":" + MANY));
                again.signal("KILL");
                again.awaitExit();
                for (int i = 0; i < MANY; i++) {
                    assertArrayEquals(
                            content(i, 3_000), read(cellar, "cellar", hashes.get(i)).body());
                }
            }
        }
    }

    @Test
    void aNodeWhoseBlobsAreWipedIsFilledAgainWithoutAnybodysHelp() throws Exception {
        List<String> hashes = new ArrayList<>();
        try (var attic = node("attic", List.of())) {
            try (var cellar = node("cellar", List.of(attic))) {
                awaitHolders(attic, "attic", 2);
                hashes.add(
                        hash(put(attic, "attic", content(4, LARGE), "?await=durable&timeout=30")));
                for (int i = 0; i < 20; i++) {
                    hashes.add(
                            hash(
                                    put(
                                            attic,
                                            "attic",
                                            content(i, 900),
                                            "?await=durable&timeout=30")));
                }
                cellar.signal("TERM");
                cellar.awaitExit();
            }
            wipe(scratch.resolve("cellar").resolve("blobs"));
            try (var cellar = node("cellar", List.of(attic))) {
                NodeProcess.await(
                        () -> "all blobs at the cellar: " + get(cellar, "cellar", "/storage/stats"),
                        () ->
                                get(cellar, "cellar", "/storage/stats")
                                        .contains("\"blobs\":" + hashes.size() + ","));
                attic.signal("KILL");
                attic.awaitExit();
                assertArrayEquals(
                        content(4, LARGE), read(cellar, "cellar", hashes.getFirst()).body());
            }
        }
    }

    @Test
    void whatTheScrubFindsDamagedIsBroughtFromTheOtherNode() throws Exception {
        byte[] large = content(5, LARGE);
        try (var attic = node("attic", List.of())) {
            String hash;
            Path blobs = scratch.resolve("cellar").resolve("blobs");
            try (var cellar = node("cellar", List.of(attic))) {
                awaitHolders(attic, "attic", 2);
                hash = hash(put(attic, "attic", large, "?await=durable&timeout=30"));
                cellar.signal("TERM");
                cellar.awaitExit();
            }
            assertEquals(1, BitRot.ofLargeBlobs(blobs));
            // As if its day had come.
            Files.deleteIfExists(blobs.resolve("scrub"));
            try (var cellar = node("cellar", List.of(attic))) {
                NodeProcess.await(
                        () -> "the damage to heal: " + get(cellar, "cellar", "/storage/stats"),
                        () -> get(cellar, "cellar", "/storage/stats").contains("\"healed\":1"));
                attic.signal("KILL");
                attic.awaitExit();
                assertArrayEquals(large, read(cellar, "cellar", hash).body());
            }
        }
    }

    private String token(NodeProcess node, String name, String scope) {
        String made =
                send(
                                node,
                                name,
                                "/tokens",
                                "POST",
                                "{\"label\":\"x\",\"scopes\":[\"%s\"]}".formatted(scope))
                        .body();
        return NodeAndDevices.first(NodeAndDevices.TOKEN, made);
    }

    private static int readBy(String token, NodeProcess node, String hash) {
        return node.get("/blobs/" + hash + "?token=" + token).statusCode();
    }

    private void awaitBlobs(NodeProcess node, String name, String reach, int count, long bytes) {
        String told =
                "{\"reach\":\"%s\",\"blobs\":%d,\"content_bytes\":%d}"
                        .formatted(reach, count, bytes);
        NodeProcess.await(
                () -> told + ": " + get(node, name, "/storage/reach/" + reach),
                () -> get(node, name, "/storage/reach/" + reach).equals(told));
    }

    @Test
    void whoMayReadABlobAtAnyNodeIsSaidByItsReach() throws Exception {
        try (var attic = node("attic", List.of());
                var cellar = node("cellar", List.of(attic))) {
            awaitHolders(attic, "attic", 2);
            String readsCommons = token(attic, "attic", "read:reach:commons");
            NodeProcess.await(
                    "the token at the other node",
                    () -> readBy(readsCommons, cellar, "0".repeat(64)) == 404);
            String durable = "?await=durable&timeout=30";
            String shown = hash(put(attic, "attic", content(1, 5_000), durable + "&reach=commons"));
            String large = hash(put(attic, "attic", content(2, LARGE), durable + "&reach=commons"));
            String hidden = hash(put(attic, "attic", content(3, 900), durable));

            for (NodeProcess node : List.of(attic, cellar)) {
                assertEquals(200, readBy(readsCommons, node, shown));
                assertEquals(200, readBy(readsCommons, node, large));
                assertEquals(404, readBy(readsCommons, node, hidden));
            }
            assertArrayEquals(content(3, 900), read(cellar, "cellar", hidden).body());
            assertTrue(where(cellar, "cellar", shown).contains("\"reach\":\"commons\""));
            assertTrue(where(cellar, "cellar", hidden).contains("\"reach\":\"private\""));
            for (var each : Map.of("attic", attic, "cellar", cellar).entrySet()) {
                awaitBlobs(each.getValue(), each.getKey(), "commons", 2, 5_000L + LARGE);
                awaitBlobs(each.getValue(), each.getKey(), "private", 1, 900);
            }

            // Put again, by whoever has it, it may travel farther, also where it lies already.
            hash(put(cellar, "cellar", content(3, 900), "?reach=commons"));
            NodeProcess.await("the wider reach", () -> readBy(readsCommons, attic, hidden) == 200);
            assertEquals(200, readBy(readsCommons, cellar, hidden));
            for (var each : Map.of("attic", attic, "cellar", cellar).entrySet()) {
                awaitBlobs(each.getValue(), each.getKey(), "commons", 3, 5_900L + LARGE);
            }
        }
    }

    @Test
    void alsoOfABlobThatLiesElsewhereItsReachIsKnown() throws Exception {
        List<String> names = List.of("attic", "cellar", "garage", "garden", "hut");
        List<NodeProcess> nodes = new ArrayList<>();
        try {
            for (String name : names) {
                nodes.add(node(name, nodes));
            }
            NodeProcess steward = nodes.getFirst();
            awaitHolders(steward, "attic", names.size());
            String readsCommons = token(steward, "attic", "read:reach:commons");
            String durable = "?await=durable&timeout=60";
            String shown =
                    hash(put(steward, "attic", content(1, 5_000), durable + "&reach=commons"));
            String hidden = hash(put(steward, "attic", content(2, 5_000), durable));
            for (NodeProcess node : nodes) {
                NodeProcess.await(
                        "the blob at " + node.nodeId(),
                        () -> readBy(readsCommons, node, shown) == 200);
                assertEquals(404, readBy(readsCommons, node, hidden));
            }
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }

    private static void wipe(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(
                            file -> {
                                try {
                                    Files.delete(file);
                                } catch (IOException failed) {
                                    throw new UncheckedIOException(failed);
                                }
                            });
        }
    }
}
