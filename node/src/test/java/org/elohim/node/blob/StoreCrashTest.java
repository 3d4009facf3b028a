package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.SegmentHeader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Power, process and single operations are taken away at every point of a [Script].
class StoreCrashTest {
    // More than the script ever needs.
    private static final int OPERATIONS_MAX = 2000;

    private static final List<Predicate<RandomGenerator>> SURVIVAL =
            List.of(_ -> false, _ -> true, RandomGenerator::nextBoolean, r -> r.nextInt(8) > 0);

    private static Optional<PackStore> tryOpen(Script script, MemoryDisk disk) {
        try {
            return Optional.of(script.open(disk));
        } catch (IOException failed) {
            return Optional.empty();
        }
    }

    @Test
    void withoutAnyFaultEverythingIsThere() throws IOException {
        var script = new Script(1);
        var disk = new MemoryDisk();
        PackStore store = script.open(disk);
        script.run(store);
        script.check(store, "at the end");
        script.checkItGoesOn(store, "at the end");
        assertTrue(store.stats().freeSegments() >= 2, store.stats().toString());
        assertTrue(
                disk.names().stream()
                        .filter(name -> FileNames.segmentNumber(name).isPresent())
                        .map(name -> SegmentHeader.decode(ByteBuffer.wrap(disk.bytes(name))))
                        .anyMatch(header -> !header.orElseThrow().replaces().isEmpty()),
                "something was compacted");

        PackStore again = script.open(disk.reopened());
        script.check(again, "opened again");
        assertSameWithoutCheckpoint(script, disk, again);
    }

    @ParameterizedTest
    @EnumSource(names = "WORKS", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("R-04: power lost in and after every operation, whatever of it reached the disk")
    void powerLostAtEveryOperation(Fate fate) throws IOException {
        int n = 1;
        boolean isOver = false;
        for (; !isOver; n++) {
            assertTrue(n < OPERATIONS_MAX);
            for (int survival = 0; survival < SURVIVAL.size(); survival++) {
                isOver = powerLostAt(n, fate, survival);
            }
        }
        assertTrue(n > 180, "operations=" + n);
    }

    // Returns whether the script was over before.
    private static boolean powerLostAt(int n, Fate fate, int survival) throws IOException {
        var script = new Script(n);
        var disk = new MemoryDisk();
        disk.failing((number, _) -> number < n ? Fate.WORKS : number == n ? fate : Fate.FAILS);
        tryOpen(script, disk).ifPresent(script::run);
        String when = "after a cut at operation " + n + " (" + fate + ", " + survival + ")";

        MemoryDisk after = disk.afterPowerCut(new Random(n), SURVIVAL.get(survival));
        PackStore store = script.open(after);
        script.check(store, when);
        script.checkItGoesOn(store, when);
        script.check(script.open(after.reopened()), when + ", opened once more");
        assertSameWithoutCheckpoint(script, after, store);
        return disk.operations() < n;
    }

    @Test
    @DisplayName(
            "R-04: the process killed at every operation, and the power lost after the next start")
    void killedAtEveryOperationAndThenWithoutPower() throws IOException {
        int n = 1;
        for (boolean isOver = false; !isOver; n++) {
            int last = n;
            var script = new Script(n);
            var disk = new MemoryDisk();
            disk.failing((number, _) -> number < last ? Fate.WORKS : Fate.FAILS);
            tryOpen(script, disk).ifPresent(script::run);
            String when = "after a kill at operation " + n;

            MemoryDisk after = disk.reopened();
            PackStore store = script.open(after);
            // What it shows now must be there for good.
            script.check(store, when);
            MemoryDisk cut = after.afterPowerCut(new Random(n), _ -> false);
            PackStore again = script.open(cut);
            script.check(again, when + " and a cut");
            script.checkItGoesOn(again, when);
            isOver = disk.operations() < n;
        }
        assertTrue(n > 180, "operations=" + n);
    }

    @ParameterizedTest
    @EnumSource(names = "WORKS", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("R-06: an I/O error at every operation; the store goes on, and a cut shows no lie")
    void anyOperationFailsOnce(Fate fate) throws IOException {
        int n = 1;
        for (boolean isOver = false; !isOver; n++) {
            int failing = n;
            var script = new Script(n);
            var disk = new MemoryDisk();
            disk.failing((number, _) -> number == failing ? fate : Fate.WORKS);
            String when = "with an error at operation " + n + " (" + fate + ")";
            Optional<PackStore> opened = tryOpen(script, disk);
            PackStore store = opened.isPresent() ? opened.get() : script.open(disk);
            script.run(store);
            isOver = disk.operations() < n;
            disk.failing((_, _) -> Fate.WORKS);
            script.look(store, when);
            script.checkItGoesOn(store, when);

            MemoryDisk after = disk.afterPowerCut(new Random(n), _ -> false);
            PackStore again = script.open(after);
            script.check(again, when + " and a cut");
            assertSameWithoutCheckpoint(script, after, again);
        }
        assertTrue(n > 180, "operations=" + n);
    }

    /// The index follows from the segments alone.
    private static void assertSameWithoutCheckpoint(Script script, MemoryDisk disk, PackStore store)
            throws IOException {
        MemoryDisk bare = disk.reopened();
        if (bare.names().contains(FileNames.CHECKPOINT)) {
            bare.delete(FileNames.CHECKPOINT);
        }
        assertEquals(describe(store), describe(script.open(bare)));
    }

    private static List<String> describe(PackStore store) {
        List<String> blobs = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            int named = number;
            store.entry(Script.key(number)).ifPresent(entry -> blobs.add(describe(named, entry)));
        }
        return blobs;
    }

    private static String describe(int number, IndexEntry entry) {
        return number
                + ": references="
                + entry.references()
                + " since="
                + entry.unreferencedSince()
                + " life="
                + entry.life()
                + " sequence="
                + entry.sequence()
                + " damaged="
                + entry.damaged();
    }
}
