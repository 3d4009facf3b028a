package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.fault.BitRot;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The store with its threads, on a real disk.
class BlobStoreTest {
    private static final int WRITERS = 8;
    private static final int BLOBS_EACH = 200;
    private static final BlobSettings SETTINGS =
            new BlobSettings(64 << 10, 64L << 20, 8 << 10, 1, 40, Duration.ofDays(7));

    @TempDir Path directory;

    private BlobStore open() throws IOException {
        return BlobStore.open(directory, SETTINGS, 64 << 20, InstantSource.system(), new Random(2));
    }

    private static Outcome join(CompletionStage<Outcome> outcome) {
        return outcome.toCompletableFuture().join();
    }

    private static byte[] content(int writer, int number) {
        byte[] content = new byte[number * 13 % 3000];
        new Random(writer * 1000L + number).nextBytes(content);
        return content;
    }

    private static void assertHolds(BlobStore store, Map<ContentHash, byte[]> blobs) {
        blobs.forEach(
                (key, content) ->
                        assertEquals(new Found.Small(ByteBuffer.wrap(content)), store.get(key)));
    }

    @Test
    void theScrubFindsWhatTheDiskHasDoneAndGoesOnAfterTheNextStart() throws Exception {
        byte[] content = content(1, 100);
        var told = new CompletableFuture<ContentHash>();
        ContentHash key;
        try (BlobStore store = open()) {
            BlobStore.Putting putting = store.put(ByteBuffer.wrap(content));
            key = putting.key();
            assertEquals(new Outcome.Done(), join(putting.outcome()));
            assertEquals(1, BitRot.of(content, directory));
            store.onDamage(told::complete);

            store.scrub(ScrubSettings.DEFAULT);

            assertEquals(key, told.get(30, TimeUnit.SECONDS));
            assertInstanceOf(Found.Damaged.class, store.get(key));
            assertThrows(IllegalStateException.class, () -> store.scrub(ScrubSettings.DEFAULT));
        }
        try (BlobStore store = open()) {
            store.scrub(ScrubSettings.DEFAULT);
            ScrubStats stats = store.scrubStats().orElseThrow();
            assertEquals(1, stats.damagedFound());
            assertEquals(1, stats.damagedNow());
            assertEquals(new Outcome.Done(), join(store.put(ByteBuffer.wrap(content)).outcome()));
            assertEquals(1, store.scrubStats().orElseThrow().healed());
            assertEquals(0, store.scrubStats().orElseThrow().damagedNow());
        }
    }

    @Test
    void whatManyPutWhileTheStoreIsTidiedUpIsThereForAll() throws IOException {
        Map<ContentHash, byte[]> kept = new ConcurrentHashMap<>();
        try (BlobStore store = open()) {
            try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < WRITERS; i++) {
                    int writer = i;
                    writers.execute(
                            () -> {
                                for (int number = 0; number < BLOBS_EACH; number++) {
                                    byte[] content = content(writer, number);
                                    var putting = store.put(ByteBuffer.wrap(content));
                                    assertInstanceOf(Outcome.Done.class, join(putting.outcome()));
                                    if (number % 3 > 0) {
                                        join(store.references(putting.key(), 1));
                                    }
                                    kept.put(putting.key(), content);
                                    assertInstanceOf(Found.Small.class, store.get(putting.key()));
                                }
                            });
                }
                for (int i = 0; i < 5; i++) {
                    store.upkeepNow();
                }
            }
            // All of one writer's empty blobs are one.
            assertTrue(kept.size() > WRITERS * (BLOBS_EACH - 40), "kept=" + kept.size());
            assertHolds(store, kept);
        }
        try (BlobStore store = open()) {
            assertHolds(store, kept);
            assertEquals(kept.size(), store.stats().blobs());
        }
    }

    @Test
    void aLargeBlobIsReadFromAnyPlace() throws IOException {
        byte[] content = new byte[3 * LargeBlobs.BLOCK_BYTES + 17];
        new Random(9).nextBytes(content);
        ContentHash key;
        try (BlobStore store = open();
                LargePut put = store.beginLarge()) {
            for (int at = 0; at < content.length; at += 10_000) {
                put.write(ByteBuffer.wrap(content, at, Math.min(10_000, content.length - at)));
            }
            key = put.finish();
            assertInstanceOf(Outcome.Done.class, put.keep(key));
        }
        try (BlobStore store = open();
                var read = assertInstanceOf(Found.Large.class, store.get(key)).content()) {
            assertEquals(content.length, read.contentBytes());
            for (int from :
                    new int[] {0, 1, LargeBlobs.BLOCK_BYTES - 1, LargeBlobs.BLOCK_BYTES, 200_000}) {
                int at = from;
                while (at < content.length) {
                    ByteBuffer part = read.read(at);
                    assertEquals(ByteBuffer.wrap(content, at, part.remaining()), part);
                    at += part.remaining();
                }
            }
            assertEquals(0, read.read(content.length).remaining());
        }
    }

    @Test
    void aLargeBlobThatNobodyKeepsLeavesNothing() throws IOException {
        try (BlobStore store = open()) {
            long before = store.stats().takenBytes();
            try (LargePut put = store.beginLarge()) {
                put.write(ByteBuffer.allocate(200_000));
                put.finish();
            }
            assertEquals(before, store.stats().takenBytes());
        }
    }

    @Test
    void aBufferIsTheCallersAgainOnceItWasHandedOver() throws IOException {
        try (BlobStore store = open()) {
            for (int number = 0; number < 200; number++) {
                byte[] content = content(1, 100);
                var buffer = ByteBuffer.wrap(content.clone());
                var putting = store.put(buffer);
                if (number % 2 == 0) {
                    new Random(number).nextBytes(buffer.array());
                } else {
                    buffer.position(buffer.limit());
                }

                assertInstanceOf(Outcome.Done.class, join(putting.outcome()));
                assertHolds(store, Map.of(putting.key(), content));
            }
        }
    }

    @Test
    void anInterruptedUploaderEndsNobodyElsesWriting() throws Exception {
        try (BlobStore store = open()) {
            var before = store.put(ByteBuffer.allocate(5));
            join(before.outcome());
            int segments = store.stats().segments();
            try (LargePut put = store.beginLarge()) {
                put.write(ByteBuffer.allocate(100_000));
                ContentHash key = put.finish();
                Thread.currentThread().interrupt();
                assertInstanceOf(Outcome.Done.class, put.keep(key));
                assertTrue(Thread.interrupted());
                assertInstanceOf(Found.Large.class, store.get(key));
            }
            for (int number = 1; number < 10; number++) {
                join(store.put(ByteBuffer.wrap(content(3, number))).outcome());
            }
            assertEquals(segments, store.stats().segments());
        }
    }

    @Test
    void whoIsLeftOverFromAClosedStoreTouchesNothingOfTheNextOne() throws IOException {
        BlobStore first = open();
        join(first.put(ByteBuffer.wrap(content(4, 50))).outcome());
        LargePut finished = first.beginLarge();
        finished.write(ByteBuffer.allocate(100_000));
        ContentHash key = finished.finish();
        LargePut begun = first.beginLarge();
        begun.write(ByteBuffer.allocate(100_000));
        first.close();
        try (BlobStore second = open()) {
            join(second.put(ByteBuffer.wrap(content(4, 51))).outcome());
            LargePut others = second.beginLarge();
            others.write(ByteBuffer.allocate(70_000));
            List<Path> files = files();

            assertThrows(IOException.class, () -> finished.keep(key));
            finished.close();
            begun.close();
            assertThrows(IOException.class, first::beginLarge);
            assertThrows(IOException.class, first::prepare);
            first.upkeepNow();
            first.close();

            assertEquals(files, files());
            assertInstanceOf(Outcome.Done.class, others.keep(others.finish()));
            assertInstanceOf(Found.Absent.class, second.get(key));
        }
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    @Test
    void afterItsEndNothingIsTaken() throws IOException {
        BlobStore store = open();
        store.close();

        var outcome = join(store.put(ByteBuffer.allocate(5)).outcome());

        assertInstanceOf(Outcome.Failed.class, outcome);
    }
}
