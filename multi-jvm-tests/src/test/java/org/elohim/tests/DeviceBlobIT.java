package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.client.blob.BlobGot;
import org.elohim.client.blob.BlobOptions;
import org.elohim.client.blob.BlobProgress;
import org.elohim.client.blob.BlobProgress.Stage;
import org.elohim.client.blob.BlobPut;
import org.elohim.client.blob.BlobReference;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.fault.BitRot;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// Blobs between a device and a real node, which is killed in the middle.
class DeviceBlobIT {
    private static final BlobOptions OPTIONS =
            new BlobOptions(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(120),
                    Duration.ofMillis(200),
                    4 << 20);

    @TempDir Path scratch;
    private NodeProcess node;
    private Replica replica;
    private String token;

    @BeforeEach
    void start() throws IOException {
        node = NodeProcess.ready(scratch, scratch.resolve("node"));
        token = Files.readString(scratch.resolve("node").resolve("admin.token")).strip();
        replica = Replica.openOffline(scratch.resolve("phone"));
        String _ =
                replica.connect(node.url().replaceFirst("^http", "ws") + "/device?token=" + token);
    }

    @AfterEach
    void stop() {
        replica.close();
        node.close();
    }

    private static byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return content;
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(scratch.resolve("file"), content);
    }

    @Test
    void contentsOfAllLengthsComeThereAndBack() throws Exception {
        for (int length : new int[] {0, 1, 1 << 20, (1 << 20) + 1, 9_000_000}) {
            byte[] content = content(length);
            assertEquals(
                    new BlobPut.Kept(hash(content), length, Reach.DEFAULT, Tier.ACCEPTED, ""),
                    replica.blobs().with(OPTIONS).putBlob(file(content), BlobProgress.NONE));
            // It is there already.
            assertInstanceOf(
                    BlobPut.Kept.class,
                    replica.blobs().with(OPTIONS).putBlob(file(content), BlobProgress.NONE));

            Path copy = scratch.resolve("copy" + length);
            assertEquals(
                    new BlobGot.Received(length),
                    replica.blobs().getBlob(hash(content), copy, BlobProgress.NONE));
            assertArrayEquals(content, Files.readAllBytes(copy));
            var out = new ByteArrayOutputStream();
            assertEquals(
                    new BlobGot.Received(length),
                    replica.blobs().getBlob(hash(content), out, BlobProgress.NONE));
            assertArrayEquals(content, out.toByteArray());
        }
        assertEquals(
                new BlobGot.Absent(),
                replica.blobs()
                        .getBlob(hash(content(7)), scratch.resolve("none"), BlobProgress.NONE));
        assertFalse(Files.exists(scratch.resolve("none")));
    }

    @Test
    void aNodeThatIsKilledAndBegunAgainInTheMiddleCostsNothing() throws Exception {
        byte[] content = content(48 << 20);
        var put = new KilledAt(Stage.SENDING);
        assertEquals(
                new BlobPut.Kept(hash(content), content.length, Reach.DEFAULT, Tier.ACCEPTED, ""),
                replica.blobs().with(OPTIONS).putBlob(file(content), put));
        put.assertKilled();

        Path copy = scratch.resolve("copy");
        var got = new KilledAt(Stage.RECEIVING);
        assertEquals(
                new BlobGot.Received(content.length),
                replica.blobs().with(OPTIONS).getBlob(hash(content), copy, got));
        got.assertKilled();
        assertArrayEquals(content, Files.readAllBytes(copy));
        try (var files = Files.list(scratch)) {
            assertTrue(files.noneMatch(each -> each.toString().endsWith(".part")));
        }
    }

    /// Kills the node after a third, once, and begins it again on the same port.
    private final class KilledAt implements BlobProgress {
        private final Stage when;
        private Optional<CompletableFuture<Void>> restart = Optional.empty();

        KilledAt(Stage when) {
            this.when = when;
        }

        @Override
        public synchronized void moved(Stage stage, long done, long total) {
            if (restart.isEmpty() && stage == when && done > total / 3 && done < total) {
                restart = Optional.of(CompletableFuture.runAsync(DeviceBlobIT.this::killAndBegin));
            }
        }

        synchronized void assertKilled() throws Exception {
            restart.orElseThrow().get(60, TimeUnit.SECONDS);
        }
    }

    private void killAndBegin() {
        int port = URI.create(node.url()).getPort();
        try {
            end("KILL");
            begin(port);
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private void end(String signal) throws Exception {
        node.signal(signal);
        int _ = node.awaitExit();
        node.close();
    }

    private void begin(int port) throws IOException {
        node =
                NodeProcess.start(
                                scratch,
                                Map.of(),
                                NodeProcess.command(
                                        "--data-dir",
                                        scratch.resolve("node").toString(),
                                        "--http-port",
                                        "" + port))
                        .awaitReady();
    }

    @Test
    void whatTheDiskHasLostIsFoundAndHealedByPuttingItAgain() throws Exception {
        byte[] content = content(3000);
        for (byte[] each : List.of(content, content(4000))) {
            assertInstanceOf(
                    BlobPut.Kept.class, replica.blobs().putBlob(file(each), BlobProgress.NONE));
        }
        int port = URI.create(node.url()).getPort();
        end("TERM");
        Path blobs = scratch.resolve("node").resolve("blobs");
        assertEquals(1, BitRot.of(content, blobs));
        // So that the next pass begins at once.
        Files.delete(blobs.resolve("scrub"));
        begin(port);

        NodeProcess.await("the damage to be found", () -> scrub().path("damaged_now").asInt() == 1);

        Path copy = scratch.resolve("copy");
        BlobGot damaged = replica.blobs().getBlob(hash(content), copy, BlobProgress.NONE);
        assertFalse(damaged instanceof BlobGot.Received, damaged.toString());
        assertFalse(Files.exists(copy));
        NodeProcess.await(
                "the node to know that nobody has it",
                () -> stats().path("replication").path("blobs").path("lost").asInt() == 1);
        assertEquals(500, status(hash(content)));
        assertInstanceOf(
                BlobPut.Kept.class, replica.blobs().putBlob(file(content), BlobProgress.NONE));
        assertEquals(
                new BlobGot.Received(content.length),
                replica.blobs().getBlob(hash(content), copy, BlobProgress.NONE));
        assertEquals(0, scrub().path("damaged_now").asInt());
        assertEquals(1, scrub().path("damaged_found").asInt());
        assertEquals(1, scrub().path("healed").asInt());
    }

    private JsonNode scrub() {
        return stats().path("scrub");
    }

    private JsonNode stats() {
        try {
            return new ObjectMapper().readTree(node.send(get("/storage/stats")).body());
        } catch (IOException noJson) {
            throw new UncheckedIOException(noJson);
        }
    }

    private int status(ContentHash blob) {
        return node.send(get("/blobs/" + blob)).statusCode();
    }

    private HttpRequest get(String path) {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("Authorization", "Bearer " + token)
                .build();
    }

    @Test
    void whatWasBegunByOneProcessIsGoneOnWithByAnother() throws Exception {
        byte[] content = content(24 << 20);
        var cut =
                new BlobOptions(
                        Duration.ofSeconds(30), Duration.ZERO, Duration.ofMillis(1), 4 << 20);
        List<Long> offsets = new CopyOnWriteArrayList<>();
        Thread sending = Thread.currentThread();
        try {
            var _ =
                    replica.blobs()
                            .with(cut)
                            .putBlob(
                                    file(content),
                                    (stage, done, _) -> {
                                        if (stage == Stage.SENDING && done > 13_000_000) {
                                            sending.interrupt();
                                        }
                                    });
        } catch (IOException interrupted) {
            assertTrue(Thread.interrupted());
        }
        boolean _ = Thread.interrupted();

        BlobPut put =
                replica.blobs()
                        .with(cut)
                        .putBlob(
                                file(content),
                                (stage, done, _) -> {
                                    if (stage == Stage.SENDING) {
                                        offsets.add(done);
                                    }
                                });

        assertInstanceOf(BlobPut.Kept.class, put);
        assertTrue(offsets.getFirst() > 4 << 20, "from " + offsets.getFirst());
    }

    @Test
    void aDocumentNamesABlobAndAnotherDeviceGetsIt() throws Exception {
        byte[] content = content(3000);
        var kept =
                assertInstanceOf(
                        BlobPut.Kept.class,
                        replica.blobs().putBlob(file(content), BlobProgress.NONE));
        var reference =
                new BlobReference(kept.hash(), kept.sizeBytes(), "image/jpeg", Reach.PRIVATE);
        Document album = replica.create();
        var place = org.elohim.crdt.Path.of("cover");
        var _ = album.edit(edit -> edit.set(place, reference.toValue()));

        BlobReference read = album.read(place).flatMap(BlobReference::of).orElseThrow();

        assertEquals(reference, read);
        Path copy = scratch.resolve("cover.jpg");
        assertEquals(
                new BlobGot.Received(3000),
                replica.blobs().getBlob(read.hash(), copy, BlobProgress.NONE));
    }
}
