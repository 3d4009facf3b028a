package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.node.blob.MemoryDisk.Kind;
import org.elohim.protocol.blob.UnfinishedBlobs.Name;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/// What becomes of large blobs that are begun and not brought to their end.
class UnfinishedBlobsTest extends UnfinishedStores {
    @Test
    void whatRestsIsGoneOnWithBehindItsLastWholeBlocks() throws IOException {
        rested(open(), FETCH, 3 * BLOCK + 5);
        disk = disk.reopened();
        PackStore store = open();
        assertEquals(1, store.stats().unfinished());
        assertEquals(3L * LargeBlobs.FRAMED_BYTES, store.stats().unfinishedBytes());
        assertEquals(taken(), store.stats().takenBytes());

        assertEquals(2L * BLOCK, bring(store, FETCH));

        assertTrue(isThere(store));
        assertEquals(0, store.stats().unfinished());
        assertEquals(List.of(), unfinished());
    }

    @Test
    @DisplayName("R-08: what a loss of power may leave is gone on with or not, and never kept")
    void whateverIsInTheFileTheRightContentIsKept() throws IOException {
        rested(open(), FETCH, 4 * BLOCK);
        String file = FileNames.part(FETCH);
        MemoryDisk whole = disk;
        var random = new Random(4);
        for (int i = 0; i < 150; i++) {
            disk = whole.reopened();
            int at = random.nextInt(disk.bytes(file).length);
            int length = Math.min(disk.bytes(file).length - at, 1 + random.nextInt(2 * BLOCK));
            byte[] spoiled = new byte[length];
            switch (i % 3) {
                case 0 -> random.nextBytes(spoiled);
                case 1 -> System.arraycopy(disk.bytes(file), 0, spoiled, 0, length);
                default -> {}
            }
            byte[] bytes = disk.bytes(file);
            System.arraycopy(spoiled, 0, bytes, at, length);
            disk.replace(file, bytes);
            PackStore store = open();

            long from = bring(store, FETCH);

            assertTrue(from <= Math.max(at / LargeBlobs.FRAMED_BYTES, 1) * (long) BLOCK);
            assertTrue(isThere(store));
            assertEquals(taken(), store.stats().takenBytes());
        }
    }

    @Test
    void aWrongBeginningThatPassesForARightOneIsBegunAnewOnce() throws IOException {
        PackStore before = open();
        LargePut other = put(before, before.beginLarge(FETCH));
        other.write(ByteBuffer.wrap(random(9, 3 * BLOCK)));
        other.rest();
        disk = disk.reopened();
        PackStore store = open();

        assertEquals(2L * BLOCK, bring(store, FETCH));

        assertTrue(isThere(store));
        assertEquals(List.of(), unfinished());
    }

    @Test
    void whatCannotBeReadEndsWhatIsGoneOnWith() throws IOException {
        rested(open(), FETCH, 4 * BLOCK);
        disk = disk.reopened();
        disk.lose(FileNames.part(FETCH), BLOCK + 5_000, BLOCK + 5_512);
        PackStore store = open();

        assertEquals(BLOCK, bring(store, FETCH));
        assertTrue(isThere(store));
    }

    @Test
    void ofTwoAtOnceOneGoesOnAndBothAreRight() throws IOException {
        PackStore store = open();
        rested(store, FETCH, 2 * BLOCK);
        LargePut first = goOn(store, FETCH).orElseThrow();

        assertTrue(goOn(store, FETCH).isEmpty());
        LargePut second = begun(store, FETCH, 2 * BLOCK);
        assertTrue(isKept(second));
        assertTrue(isKept(first));

        assertTrue(isThere(store));
        assertEquals(List.of(), unfinished());
        assertEquals(taken(), store.stats().takenBytes());
    }

    @Test
    void anUploadIsItsOwnersAlone() throws IOException {
        rested(open(), UPLOAD, 2 * BLOCK);
        disk = disk.reopened();
        PackStore store = open();

        assertTrue(goOn(store, FETCH).isEmpty());
        assertTrue(goOn(store, new Name(KEY, hash(random(5, 5)))).isEmpty());
        assertEquals(BLOCK, bring(store, UPLOAD));
    }

    @Test
    void whatNobodyGoesOnWithGoesInTime() throws IOException {
        rested(open(), UPLOAD, 2 * BLOCK);
        disk = disk.reopened();
        PackStore store = open();
        rested(store, FETCH, 2 * BLOCK);

        stores.pass(BlobUploads.REST_MAX.plusSeconds(1));
        store.sweepUnfinished();
        assertEquals(List.of(FileNames.part(FETCH)), unfinished());
        stores.pass(Duration.ofDays(1));
        store.sweepUnfinished();

        assertEquals(List.of(), unfinished());
        assertEquals(taken(), store.stats().takenBytes());
        assertEquals(0, store.stats().unfinishedBytes());
    }

    @Test
    void whoWantsToWriteIsGivenItsRoom() throws IOException {
        PackStore store = open();
        ScriptedStores.putAll(store, 10);
        for (int i = 0; i < 3; i++) {
            rested(store, Name.ofNode(hash(random(i, 5))), 2 * BLOCK);
        }

        byte[] large = random(8, (1 << 20) - 3 * BLOCK);
        assertEquals(new Outcome.Done(), Script.keepLarge(store, large));

        assertTrue(store.stats().unfinished() < 3);
        assertEquals(List.of(), ScriptedStores.missing(store, 10));
        assertEquals(taken(), store.stats().takenBytes());
    }

    @Test
    void onAFullDiskItsRoomIsGivenAsWell() throws IOException {
        PackStore store = open();
        ScriptedStores.putAll(store, 10);
        rested(store, UPLOAD, 4 * BLOCK);
        disk.capacity(taken() + BLOCK);

        assertEquals(0, bring(store, FETCH));

        assertTrue(isThere(store));
        assertEquals(0, store.stats().unfinished());
    }

    @Test
    void whereThereIsNoRoomAtAllItSaysSoAndNothingStays() throws IOException {
        PackStore store = open();
        disk.failing((_, kind) -> kind == Kind.WRITE ? Fate.FAILS : Fate.WORKS);
        LargePut put = put(store, store.beginLarge(FETCH));
        assertThrows(IOException.class, () -> write(put, 2 * BLOCK));
        put.close();

        assertEquals(List.of(), unfinished());
        assertEquals(0, store.stats().takenBytes());
    }

    @Test
    void onceItIsClosedAStoreTakesNothingAway() throws IOException {
        PackStore store = open();
        rested(store, FETCH, 2 * BLOCK);
        LargePut working = begun(store, UPLOAD, 2 * BLOCK);
        List<String> before = unfinished();
        store.close();

        working.close();
        store.unfinished().dropResting(FETCH);

        assertEquals(before, unfinished());
        assertThrows(IOException.class, () -> store.goOnLarge(FETCH));
        disk = disk.reopened();
        assertEquals(2, open().stats().unfinished());
    }
}
