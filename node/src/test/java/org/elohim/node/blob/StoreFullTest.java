package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A store that has no room left.
class StoreFullTest {
    private static final int SEGMENTS = 8;
    private static final long ROOM = (long) SEGMENTS * Script.SEGMENT_BYTES;

    private Instant now = Instant.parse("2026-11-29T00:00:00Z");

    private PackStore open(MemoryDisk disk, long capacityBytes) throws IOException {
        var settings =
                new BlobSettings(
                        Script.SEGMENT_BYTES,
                        capacityBytes,
                        Script.SMALL_BYTES,
                        1,
                        30,
                        Script.GRACE);
        return PackStore.open(disk, new FlatCheckpoint(disk), settings, () -> now, new Random(4));
    }

    private static Outcome put(PackStore store, int number) {
        return store.commit(
                        List.of(
                                new Change.Put(
                                        Script.key(number),
                                        ByteBuffer.wrap(Script.content(number)))))
                .getFirst();
    }

    private static List<Integer> fill(PackStore store) {
        List<Integer> kept = new ArrayList<>();
        // 90 and above are large.
        for (int number = 0; number < 90; number++) {
            if (put(store, number) instanceof Outcome.Done) {
                kept.add(number);
            }
        }
        return kept;
    }

    private static void assertHolds(PackStore store, List<Integer> kept) {
        for (int number : kept) {
            assertEquals(
                    new Found.Small(ByteBuffer.wrap(Script.content(number))),
                    store.get(Script.key(number)),
                    "blob " + number);
        }
    }

    @Test
    @DisplayName(
            "R-07: capacity reached: refused in words, reads go on, room comes back by letting go")
    void capacityReached() throws IOException {
        var disk = new MemoryDisk();
        goesThroughBeingFull(disk, open(disk, ROOM), "capacity");
        assertTrue(
                disk.names().stream().mapToLong(name -> disk.bytes(name).length).sum() <= ROOM,
                "no more is taken than is allowed");
    }

    @Test
    @DisplayName("R-07: the disk is full: the same")
    void diskFull() throws IOException {
        var disk = new MemoryDisk();
        disk.capacity(ROOM);
        goesThroughBeingFull(disk, open(disk, 100 * ROOM), "full");
    }

    private void goesThroughBeingFull(MemoryDisk disk, PackStore store, String word)
            throws IOException {
        List<Integer> kept = fill(store);
        assertTrue(kept.size() > 20 && kept.size() < 90, kept.toString());
        var full = assertInstanceOf(Outcome.Full.class, put(store, 89));
        assertTrue(full.words().contains(word), full.words());
        assertHolds(store, kept);
        IOException refused = largeRefused(store);
        assertInstanceOf(NoSpace.class, refused);

        // A third stays, the others were never retained.
        List<Integer> retained = kept.stream().filter(number -> number % 3 == 0).toList();
        for (int number : retained) {
            assertEquals(
                    new Outcome.Done(),
                    store.commit(List.of(new Change.References(Script.key(number), 1))).getFirst(),
                    "full or not, words about blobs are taken: " + number);
        }
        now = now.plus(Script.GRACE).plus(Duration.ofSeconds(1));
        assertEquals(kept.size() - retained.size(), letGo(store));
        assertHolds(store, retained);
        assertInstanceOf(Outcome.Done.class, put(store, 89));

        PackStore again = open(disk.reopened(), ROOM);
        assertHolds(again, retained);
        assertEquals(retained.size() + 1, again.stats().blobs());
    }

    // There is little room for saying that blobs are gone, so it takes several turns.
    private static int letGo(PackStore store) throws IOException {
        int swept = 0;
        boolean goesOn = true;
        while (goesOn) {
            int more = store.sweep();
            swept += more;
            goesOn = more + store.compact() > 0;
        }
        return swept;
    }

    private static IOException largeRefused(PackStore store) throws IOException {
        LargeWriting writing = store.beginLarge();
        try {
            for (int i = 0; i < 100; i++) {
                writing.write(ByteBuffer.allocate(LargeBlobs.BLOCK_BYTES));
            }
        } catch (IOException refused) {
            writing.abandon();
            return refused;
        }
        throw new AssertionError("6.4 MB fitted");
    }

    @Test
    @DisplayName(
            "R-07: others are told that a store is full, and that it is no more once it is emptied")
    void aFullStoreIsNotToBeGivenMoreUntilItIsEmptied() throws IOException {
        PackStore store = open(new MemoryDisk(), ROOM);
        assertTrue(store.hasRoom());

        fill(store);

        assertFalse(store.hasRoom());
        now = now.plus(Script.GRACE).plus(Duration.ofSeconds(1));
        letGo(store);
        assertTrue(store.hasRoom());
    }

    @Test
    @DisplayName("R-07: others are told that a disk is full, whatever the store may take of it")
    void aStoreOnAFullDiskIsNotToBeGivenMoreUntilThereIsRoom() throws IOException {
        var disk = new MemoryDisk();
        disk.capacity(ROOM);
        PackStore store = open(disk, 100 * ROOM);
        assertTrue(store.hasRoom());

        fill(store);

        assertFalse(store.hasRoom());
        disk.capacity(2 * ROOM);
        assertTrue(store.hasRoom());
    }

    @Test
    @DisplayName("R-07: full over and over, with everything let go in between")
    void fullAgainAndAgain() throws IOException {
        var disk = new MemoryDisk();
        PackStore store = open(disk, ROOM);
        int least = Integer.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            List<Integer> kept = fill(store);
            least = Math.min(least, kept.size());
            assertHolds(store, kept);
            now = now.plus(Script.GRACE).plus(Duration.ofSeconds(1));
            letGo(store);
            assertEquals(0, store.stats().blobs());
            if (round % 4 == 0) {
                store.checkpoint();
            }
            if (round % 5 == 4) {
                store = open(disk.reopened(), ROOM);
            }
        }
        assertTrue(least > 15, "least=" + least);
    }

    @Test
    void aStoreThatIsOpenedOnAFullDiskIsReadable() throws IOException {
        var disk = new MemoryDisk();
        List<Integer> kept = fill(open(disk, ROOM));
        MemoryDisk full = disk.reopened();
        full.capacity(0);

        PackStore store = open(full, 100 * ROOM);

        assertHolds(store, kept);
    }

    @Test
    @DisplayName("R-07: power lost at every operation while a full store is emptied")
    void powerLostWhileAFullStoreIsEmptied() throws IOException {
        var full = new MemoryDisk();
        PackStore filled = open(full, ROOM);
        List<Integer> kept = fill(filled);
        List<Integer> wanted = kept.stream().filter(number -> number % 3 == 0).toList();
        for (int number : wanted) {
            filled.commit(List.of(new Change.References(Script.key(number), 1)));
        }
        now = now.plus(Script.GRACE).plus(Duration.ofSeconds(1));
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            MemoryDisk disk = full.reopened();
            PackStore store = open(disk, ROOM);
            long last = disk.operations() + n;
            disk.failing((number, _) -> number < last ? Fate.WORKS : Fate.FAILS);
            try {
                letGo(store);
            } catch (IOException cut) {
                assertTrue(disk.operations() >= last, cut.toString());
            }
            isOver = disk.operations() < last;
            boolean survives = n % 2 == 0;

            PackStore again = open(disk.afterPowerCut(new Random(n), _ -> survives), ROOM);

            assertHolds(again, wanted);
            Instant before = now;
            now = now.plus(Script.GRACE).plus(Duration.ofSeconds(1));
            letGo(again);
            assertHolds(again, wanted);
            assertEquals(wanted.size(), again.stats().blobs(), "cut at " + n);
            assertInstanceOf(Outcome.Done.class, put(again, 89), "cut at " + n);
            now = before;
        }
    }
}
