package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.node.blob.MemoryDisk.Kind;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/// Letting go, compaction, checkpoints and starts on a disk that fails.
class StoreUpkeepTest {
    private final MemoryDisk disk = new MemoryDisk();
    private Instant now = Instant.parse("2026-11-29T00:00:00Z");

    private PackStore open(MemoryDisk disk) throws IOException {
        return open(disk, Script.SETTINGS);
    }

    private PackStore open(MemoryDisk disk, BlobSettings settings) throws IOException {
        return PackStore.open(disk, new FlatCheckpoint(disk), settings, () -> now, new Random(5));
    }

    private static Change.Put putOf(int number) {
        return new Change.Put(Script.key(number), ByteBuffer.wrap(Script.content(number)));
    }

    private static Outcome put(PackStore store, int number) {
        return store.commit(List.of(putOf(number))).getFirst();
    }

    private static void putAll(PackStore store, int count) {
        for (int number = 0; number < count; number++) {
            assertEquals(new Outcome.Done(), put(store, number));
        }
    }

    private static boolean holds(PackStore store, int number) {
        return store.get(Script.key(number))
                .equals(new Found.Small(ByteBuffer.wrap(Script.content(number))));
    }

    private static List<Integer> missing(PackStore store, int count) {
        List<Integer> missing = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            if (!holds(store, number)) {
                missing.add(number);
            }
        }
        return missing;
    }

    private void failOnce(Kind failing) {
        var left = new AtomicInteger(1);
        disk.failing(
                (_, kind) ->
                        kind == failing && left.getAndDecrement() > 0 ? Fate.FAILS : Fate.WORKS);
    }

    @Test
    void anUpkeepThatMeetsAnUncheckedExceptionIsDoneTheNextTime() throws IOException {
        PackStore store = open(disk);
        putAll(store, 5);
        var left = new AtomicInteger(1);
        disk.failing(
                (_, kind) -> {
                    if (kind == Kind.LIST && left.getAndDecrement() > 0) {
                        throw new IllegalStateException("a bug");
                    }
                    return Fate.WORKS;
                });
        assertThrows(IllegalStateException.class, store::checkpoint);
        assertFalse(disk.names().contains(FlatCheckpoint.FILE_NAME));

        store.checkpoint();

        assertTrue(disk.names().contains(FlatCheckpoint.FILE_NAME));
    }

    @Test
    void aFileThatCannotBeDeletedKeepsNoOtherOne() throws IOException {
        PackStore store = open(disk);
        for (int i = 0; i < 3; i++) {
            Script.keepLarge(store, new byte[2000 + i]);
        }
        now = now.plus(Script.GRACE).plusSeconds(1);
        failOnce(Kind.DELETE);

        assertEquals(3, store.sweep());

        assertEquals(1, disk.names().stream().filter(name -> name.endsWith(".blob")).count());
        assertEquals(0, store.stats().blobs());
        // Gone for good are the others, whatever happens.
        MemoryDisk cut = disk.afterPowerCut(new Random(1), _ -> false);
        assertEquals(1, open(cut).stats().blobs());
    }

    @Test
    void theFileOfADamagedBlobThatIsLetGoIsDeleted() throws IOException {
        PackStore store = open(disk);
        byte[] content = new byte[2000];
        Script.keepLarge(store, content);
        ContentHash key = ContentHash.of(Bytes.copyOf(content));
        disk.flip(FileNames.large(key), 99);
        try (var found = assertInstanceOf(Found.Large.class, store.get(key)).content()) {
            assertThrows(DamagedBlob.class, () -> found.read(0));
        }
        now = now.plus(Script.GRACE).plusSeconds(1);

        assertEquals(1, store.sweep());

        assertFalse(disk.names().contains(FileNames.large(key)));
        assertInstanceOf(Found.Absent.class, open(disk.reopened()).get(key));
    }

    @Test
    void aDirectoryThatCannotBeSyncedCostsNoSegments() throws IOException {
        PackStore store = open(disk);
        disk.failing((_, kind) -> kind == Kind.SYNC_DIRECTORY ? Fate.FAILS : Fate.WORKS);
        for (int number = 0; number < 20; number++) {
            assertInstanceOf(Outcome.Failed.class, put(store, number));
        }
        disk.failing((_, _) -> Fate.WORKS);

        store.compact();

        assertTrue(store.stats().segments() <= 1, store.stats().toString());
        putAll(store, 20);
        assertEquals(List.of(), missing(open(disk.reopened()), 20));
        assertEquals(List.of(), missing(open(disk.afterPowerCut(new Random(1), _ -> false)), 20));
    }

    @Test
    void afterACheckpointOfWhichNobodyKnowsWhetherItIsThereNothingComesBack() throws IOException {
        PackStore store = open(disk);
        putAll(store, 20);
        failOnce(Kind.SYNC_DIRECTORY);
        assertThrows(IOException.class, store::checkpoint);
        disk.failing((_, _) -> Fate.WORKS);
        now = now.plus(Script.GRACE).plusSeconds(1);
        assertEquals(20, store.sweep());
        putAll(store, 10);
        store.compact();
        store.compact();

        for (int number = 10; number < 20; number++) {
            assertInstanceOf(Found.Absent.class, open(disk.reopened()).get(Script.key(number)));
        }
    }

    @Test
    void aSegmentWhoseHeaderAndFirstRecordAreLostIsReadByTheOthers() throws IOException {
        var settings =
                new BlobSettings(64 << 10, 64 << 17, Script.SMALL_BYTES, 1, 30, Script.GRACE);
        PackStore store = open(disk, settings);
        putAll(store, 40);
        int segment = store.entry(Script.key(1)).orElseThrow().place().segment();
        String name = FileNames.segment(segment);
        byte[] bytes = disk.bytes(name);
        Arrays.fill(bytes, 0, 4096 + 200, (byte) 0);
        disk.replace(name, bytes);

        PackStore again = open(disk.reopened(), settings);

        assertTrue(again.isDoubtful());
        List<Integer> missing = missing(again, 40);
        assertTrue(missing.size() <= 2, missing.toString());
    }
}
