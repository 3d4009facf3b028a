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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/// Letting go, compaction, checkpoints and starts on a disk that fails.
class StoreUpkeepTest {
    private final MemoryDisk disk = new MemoryDisk();
    private final ScriptedStores stores = new ScriptedStores();

    private void failOnce(Kind failing) {
        var left = new AtomicInteger(1);
        disk.failing(
                (_, kind) ->
                        kind == failing && left.getAndDecrement() > 0 ? Fate.FAILS : Fate.WORKS);
    }

    @Test
    void anUpkeepThatMeetsAnUncheckedExceptionIsDoneTheNextTime() throws IOException {
        PackStore store = stores.open(disk);
        ScriptedStores.putAll(store, 5);
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
        PackStore store = stores.open(disk);
        for (int i = 0; i < 3; i++) {
            Script.keepLarge(store, new byte[2000 + i]);
        }
        stores.pass(Script.GRACE.plusSeconds(1));
        failOnce(Kind.DELETE);

        assertEquals(3, store.sweep());

        assertEquals(1, disk.names().stream().filter(name -> name.endsWith(".blob")).count());
        assertEquals(0, store.stats().blobs());
        // Gone for good are the others, whatever happens.
        MemoryDisk cut = disk.afterPowerCut(new Random(1), _ -> false);
        assertEquals(1, stores.open(cut).stats().blobs());
    }

    @Test
    void theFileOfADamagedBlobThatIsLetGoIsDeleted() throws IOException {
        PackStore store = stores.open(disk);
        byte[] content = new byte[2000];
        Script.keepLarge(store, content);
        ContentHash key = ContentHash.of(Bytes.copyOf(content));
        disk.flip(FileNames.large(key), 99);
        try (var found = assertInstanceOf(Found.Large.class, store.get(key)).content()) {
            assertThrows(DamagedBlob.class, () -> found.read(0));
        }
        stores.pass(Script.GRACE.plusSeconds(1));

        assertEquals(1, store.sweep());

        assertFalse(disk.names().contains(FileNames.large(key)));
        assertInstanceOf(Found.Absent.class, stores.open(disk.reopened()).get(key));
    }

    @Test
    void aDirectoryThatCannotBeSyncedCostsNoSegments() throws IOException {
        PackStore store = stores.open(disk);
        disk.failing((_, kind) -> kind == Kind.SYNC_DIRECTORY ? Fate.FAILS : Fate.WORKS);
        for (int number = 0; number < 20; number++) {
            assertInstanceOf(Outcome.Failed.class, ScriptedStores.put(store, number));
        }
        disk.failing((_, _) -> Fate.WORKS);

        store.compact();

        assertTrue(store.stats().segments() <= 1, store.stats().toString());
        ScriptedStores.putAll(store, 20);
        assertEquals(List.of(), ScriptedStores.missing(stores.open(disk.reopened()), 20));
        assertEquals(
                List.of(),
                ScriptedStores.missing(
                        stores.open(disk.afterPowerCut(new Random(1), _ -> false)), 20));
    }

    @Test
    void afterACheckpointOfWhichNobodyKnowsWhetherItIsThereNothingComesBack() throws IOException {
        PackStore store = stores.open(disk);
        ScriptedStores.putAll(store, 20);
        failOnce(Kind.SYNC_DIRECTORY);
        assertThrows(IOException.class, store::checkpoint);
        disk.failing((_, _) -> Fate.WORKS);
        stores.pass(Script.GRACE.plusSeconds(1));
        assertEquals(20, store.sweep());
        ScriptedStores.putAll(store, 10);
        store.compact();
        store.compact();

        for (int number = 10; number < 20; number++) {
            assertInstanceOf(
                    Found.Absent.class, stores.open(disk.reopened()).get(Script.key(number)));
        }
    }

    @Test
    void aSegmentWhoseHeaderAndFirstRecordAreLostIsReadByTheOthers() throws IOException {
        var settings =
                new BlobSettings(64 << 10, 64 << 17, Script.SMALL_BYTES, 1, 30, Script.GRACE);
        PackStore store = stores.open(disk, settings);
        ScriptedStores.putAll(store, 40);
        int segment = store.entry(Script.key(1)).orElseThrow().place().segment();
        String name = FileNames.segment(segment);
        byte[] bytes = disk.bytes(name);
        Arrays.fill(bytes, 0, 4096 + 200, (byte) 0);
        disk.replace(name, bytes);

        PackStore again = stores.open(disk.reopened(), settings);

        assertTrue(again.isDoubtful());
        List<Integer> missing = ScriptedStores.missing(again, 40);
        assertTrue(missing.size() <= 2, missing.toString());
    }
}
