package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.ByteBudget;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.ScrubCycle;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// The scrub on a disk that rots, fails and loses its power.
class ScrubberTest {
    private static final ScrubCycle CYCLE = new ScrubCycle(Duration.ofDays(1), Duration.ofDays(30));
    private static final int SMALL = 30;
    private static final int LARGE = 95;
    private static final Pace AT_ONCE = _ -> true;

    private final ScriptedStores stores = new ScriptedStores();

    private MemoryDisk filled() throws IOException {
        var disk = new MemoryDisk();
        PackStore store = stores.open(disk);
        ScriptedStores.putAll(store, SMALL);
        Script.keepLarge(store, Script.content(LARGE));
        store.checkpoint();
        return disk.reopened();
    }

    private static List<ContentHash> all() {
        List<ContentHash> keys = new ArrayList<>();
        for (int number = 0; number < SMALL; number++) {
            keys.add(Script.key(number));
        }
        keys.add(Script.key(LARGE));
        return keys;
    }

    private static int number(ContentHash key) {
        int at = all().indexOf(key);
        return at == SMALL ? LARGE : at;
    }

    // A bit of the blob that is looked at when it is read.
    private static void flip(MemoryDisk disk, PackStore store, ContentHash key, Random random) {
        IndexEntry entry = store.entry(key).orElseThrow();
        int length = Script.content(number(key)).length;
        if (entry.large() && random.nextBoolean()) {
            disk.flip(FileNames.large(key), random.nextLong(8L * LargeBlobs.fileBytes(length)));
        } else {
            int bytes = PackFormat.HEAD_BYTES + (entry.large() ? 0 : length);
            disk.flip(
                    FileNames.segment(entry.place().segment()),
                    8L * entry.place().offset() + random.nextInt(8 * bytes));
        }
    }

    private static void put(PackStore store, ContentHash key) throws IOException {
        int number = number(key);
        Outcome outcome =
                number == LARGE
                        ? Script.keepLarge(store, Script.content(number))
                        : ScriptedStores.put(store, number);
        assertEquals(new Outcome.Done(), outcome);
    }

    private static boolean isServed(PackStore store, ContentHash key) throws IOException {
        return switch (store.get(key)) {
            case Found.Small(var content) ->
                    content.equals(ByteBuffer.wrap(Script.content(number(key))));
            case Found.Large(var content) -> {
                try (content) {
                    yield content.read(0).equals(ByteBuffer.wrap(Script.content(number(key))));
                }
            }
            case Found.Absent(), Found.Damaged(), Found.Unreadable(_) -> false;
        };
    }

    @Test
    @DisplayName("R-08: 10,000 flipped bits: the scrub finds all, none is served, a put heals each")
    void allFlippedBitsAreFoundAndHealed() throws IOException {
        var random = new Random(8);
        int flips = 0;
        int round = 0;
        while (flips < 10_000) {
            MemoryDisk disk = filled();
            PackStore store = stores.open(disk);
            Set<ContentHash> damaged = new HashSet<>();
            for (ContentHash key : all()) {
                if (random.nextInt(3) > 0) {
                    flip(disk, store, key, random);
                    damaged.add(key);
                }
            }
            flips += damaged.size();
            Set<ContentHash> told = new HashSet<>();
            store.onDamage(told::add);
            Scrubber scrubber = store.scrubber(CYCLE, random);

            scrubber.run(AT_ONCE);

            String when = "round " + round;
            assertEquals(damaged, told, when);
            assertEquals(damaged.size(), store.damaged(), when);
            assertEquals(damaged.size(), scrubber.scrub().total().damaged(), when);
            for (ContentHash key : damaged) {
                assertInstanceOf(Found.Damaged.class, store.get(key), when);
                put(store, key);
            }
            for (ContentHash key : all()) {
                assertTrue(isServed(store, key), when);
            }
            assertEquals(0, store.damaged(), when);
            assertEquals(damaged.size(), scrubber.scrub().healed(), when);
            round++;
        }
    }

    @Test
    void aContentThatWasWrongBeforeItsCheckWasMadeIsFoundByAFullPassAlone() throws IOException {
        var disk = new MemoryDisk();
        PackStore store = stores.open(disk);
        byte[] content = Script.content(3);
        ContentHash name = ContentHash.of(Bytes.copyOf(content));
        content[0] ^= 1;
        store.commit(List.of(new Change.Put(name, ByteBuffer.wrap(content))));
        ScriptedStores.put(store, 4);
        List<ContentHash> told = new ArrayList<>();
        store.onDamage(told::add);
        Scrubber scrubber = store.scrubber(CYCLE, new Random(1));

        scrubber.run(AT_ONCE);
        assertEquals(List.of(), told);
        assertEquals(0, scrubber.scrub().lastFull());

        stores.pass(Duration.ofDays(31));
        scrubber.run(AT_ONCE);

        assertEquals(List.of(name), told);
        assertEquals(stores.now().getEpochSecond(), scrubber.scrub().lastFull());
        assertInstanceOf(Found.Damaged.class, store.get(name));
        ScriptedStores.put(store, 3);
        assertTrue(isServed(store, name));
    }

    @Test
    void whatTheDiskDoesNotGiveIsToldAndHealedByAPut() throws IOException {
        MemoryDisk disk = filled();
        PackStore store = stores.open(disk);
        IndexEntry entry = store.entry(Script.key(7)).orElseThrow();
        int at = entry.place().offset() + PackFormat.HEAD_BYTES;
        disk.lose(FileNames.segment(entry.place().segment()), at, at + 1);
        disk.lose(FileNames.large(Script.key(LARGE)), 10, 11);
        Set<ContentHash> told = new HashSet<>();
        store.onDamage(told::add);
        Scrubber scrubber = store.scrubber(CYCLE, new Random(1));

        scrubber.run(AT_ONCE);

        assertEquals(Set.of(Script.key(7), Script.key(LARGE)), told);
        assertEquals(2, scrubber.scrub().total().unreadable());
        for (ContentHash key : told) {
            put(store, key);
        }
        for (ContentHash key : all()) {
            assertTrue(isServed(store, key));
        }
        assertEquals(2, scrubber.scrub().healed());
    }

    @Test
    void whoBeginsToListenHearsOfWhatIsKnownAlreadyAndOfWhatStaysDamagedWithEachPass()
            throws IOException {
        MemoryDisk disk = filled();
        PackStore store = stores.open(disk);
        flip(disk, store, Script.key(5), new Random(1));
        Scrubber scrubber = store.scrubber(CYCLE, new Random(1));
        scrubber.run(AT_ONCE);
        List<ContentHash> told = new ArrayList<>();

        store.onDamage(told::add);
        assertEquals(List.of(Script.key(5)), told);

        stores.pass(Duration.ofDays(2));
        scrubber.run(AT_ONCE);
        assertEquals(List.of(Script.key(5), Script.key(5)), told);
    }

    @Test
    void aListenerThatFailsEndsNeitherReadersNorTheScrub() throws IOException {
        MemoryDisk disk = filled();
        PackStore store = stores.open(disk);
        flip(disk, store, Script.key(5), new Random(1));
        flip(disk, store, Script.key(6), new Random(1));
        store.onDamage(
                _ -> {
                    throw new IllegalStateException("a bug");
                });
        assertInstanceOf(Found.Damaged.class, store.get(Script.key(5)));

        Scrubber scrubber = store.scrubber(CYCLE, new Random(1));
        scrubber.run(AT_ONCE);

        assertEquals(2, store.damaged());
    }

    /// A pass that is cut off again and again, by the pace, a kill or a loss of power at any
    /// operation, comes upon all there is; each time it goes on where it was written down to be.
    @Test
    void aPassThatIsCutOffAtEveryOperationLooksAtEverything() throws IOException {
        MemoryDisk whole = filled();
        PackStore counted = stores.open(whole);
        long before = whole.operations();
        counted.scrubber(CYCLE, new Random(1)).run(AT_ONCE);
        long operations = whole.operations() - before;
        assertTrue(operations > SMALL, "operations=" + operations);
        for (long k = 1; k <= operations; k++) {
            for (Cut cut : Cut.values()) {
                String when = cut + " at operation " + k;
                MemoryDisk disk = whole.reopened();
                if (disk.names().contains(ScrubFile.NAME)) {
                    disk.delete(ScrubFile.NAME);
                }
                Set<ContentHash> damaged = new HashSet<>();
                Set<ContentHash> told = new HashSet<>();
                PackStore store = stores.open(disk);
                for (int number = 0; number < SMALL; number += 3) {
                    flip(disk, store, Script.key(number), new Random(number));
                    damaged.add(Script.key(number));
                }
                store.onDamage(told::add);
                scrubUntil(disk, store, k, cut);

                MemoryDisk after = cut.of(disk, k);
                PackStore again = stores.open(after);
                again.onDamage(told::add);
                Scrubber goingOn = again.scrubber(CYCLE, new Random(k));
                goingOn.run(AT_ONCE);

                assertTrue(told.containsAll(damaged), when);
                assertTrue(goingOn.scrub().lastLight() > 0, when);
                for (ContentHash key : damaged) {
                    assertTrue(!isServed(again, key), when);
                }
            }
        }
    }

    private enum Cut {
        KILL,
        POWER,
        NAMES;

        MemoryDisk of(MemoryDisk disk, long seed) {
            return switch (this) {
                case KILL -> disk.reopened();
                case POWER -> disk.afterPowerCut(new Random(seed), random -> random.nextBoolean());
                case NAMES -> disk.afterPowerCutOfNames(new Random(seed));
            };
        }
    }

    // Saved after each blob, and nothing works any more from the k-th operation on.
    private void scrubUntil(MemoryDisk disk, PackStore store, long k, Cut cut) {
        long from = disk.operations();
        var dead = new boolean[1];
        disk.failing(
                (number, _) -> {
                    dead[0] |= number >= from + k;
                    return dead[0]
                            ? (number == from + k && cut != Cut.KILL
                                    ? Fate.FAILS_HALFWAY
                                    : Fate.FAILS)
                            : Fate.WORKS;
                });
        try {
            Scrubber scrubber = store.scrubber(CYCLE, new Random(k));
            scrubber.run(
                    _ -> {
                        stores.pass(Duration.ofSeconds(61));
                        return !dead[0];
                    });
        } catch (IOException cutOff) {
            assertTrue(dead[0], cutOff.toString());
        } finally {
            disk.failing((_, _) -> Fate.WORKS);
        }
    }

    @Test
    void whatWasLookedAtBeforeAKillIsNotLookedAtAgain() throws IOException {
        MemoryDisk disk = filled();
        Scrubber first = stores.open(disk).scrubber(CYCLE, new Random(1));
        var left = new int[] {12};
        first.run(_ -> left[0]-- > 0);
        long looked = first.scrub().total().blobs();
        assertTrue(looked > 5, "looked=" + looked);

        Scrubber second = stores.open(disk.reopened()).scrubber(CYCLE, new Random(2));
        assertEquals(first.scrub(), second.scrub());
        second.run(AT_ONCE);

        assertEquals(SMALL + 1, second.scrub().total().blobs());
    }

    @Test
    void aDamagedFileOfItsOwnCostsOnlyBeginningAnew() throws IOException {
        MemoryDisk disk = filled();
        Scrubber first = stores.open(disk).scrubber(CYCLE, new Random(1));
        first.run(AT_ONCE);
        long bits = 8L * disk.bytes(ScrubFile.NAME).length;
        for (long bit = 0; bit < bits; bit += 7) {
            MemoryDisk bad = disk.reopened();
            bad.flip(ScrubFile.NAME, bit);
            Scrubber again = stores.open(bad).scrubber(CYCLE, new Random(2));
            assertEquals(0, again.scrub().total().blobs());
            again.run(AT_ONCE);
            assertEquals(SMALL + 1, again.scrub().total().blobs());
        }
    }

    @Test
    void whatIsMovedAndPutDuringAPassIsServedAndThePassEnds() throws IOException {
        MemoryDisk disk = filled();
        PackStore store = stores.open(disk);
        for (int number = 0; number < SMALL; number += 2) {
            store.commit(List.of(new Change.References(Script.key(number), 1)));
        }
        stores.pass(Script.GRACE.plusSeconds(1));
        Scrubber scrubber = store.scrubber(CYCLE, new Random(1));
        var asked = new int[1];

        scrubber.run(
                _ -> {
                    if (++asked[0] == 5) {
                        compact(store);
                    }
                    ScriptedStores.put(store, 40 + asked[0] % 20);
                    return true;
                });

        assertTrue(scrubber.scrub().pass().isEmpty());
        assertEquals(0, store.damaged());
        assertEquals(0, scrubber.scrub().total().unreadable());
        for (int number = 0; number < SMALL; number += 2) {
            assertTrue(isServed(store, Script.key(number)));
        }
    }

    private static void compact(PackStore store) {
        try {
            assertTrue(store.sweep() > 0);
            assertTrue(store.compact() > 0);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void allThatIsReadIsAskedForBefore() throws IOException {
        MemoryDisk disk = filled();
        PackStore store = stores.open(disk);
        Scrubber scrubber = store.scrubber(CYCLE, new Random(1));
        var budget = new ByteBudget(1_000, 0);
        var now = new long[1];
        var asked = new long[1];
        Instant begun = stores.now();

        scrubber.run(
                bytes -> {
                    asked[0] += bytes;
                    long wait = budget.take(bytes, now[0]);
                    now[0] += wait;
                    stores.pass(Duration.ofNanos(wait));
                    return true;
                });

        long read = scrubber.scrub().total().bytes();
        assertTrue(asked[0] >= read && read > 5_000, "asked=" + asked[0] + " read=" + read);
        long seconds = Duration.between(begun, stores.now()).toSeconds();
        assertTrue(seconds >= (read - (128 << 10)) / 1_000, "seconds=" + seconds);
    }
}
