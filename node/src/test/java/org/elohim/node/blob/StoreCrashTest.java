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

    @Test
    @DisplayName("R-04: power lost once more at every operation of the start after it")
    void powerLostAgainWhileTheStoreIsOpened() throws IOException {
        int starts = 0;
        boolean isOver = false;
        for (int n = 1; !isOver; n += 7) {
            int first = n;
            var script = new Script(n);
            var disk = new MemoryDisk();
            disk.failing((number, _) -> number < first ? Fate.WORKS : Fate.FAILS);
            tryOpen(script, disk).ifPresent(script::run);
            isOver = disk.operations() < n;
            MemoryDisk once = disk.afterPowerCut(new Random(n), SURVIVAL.get(n % SURVIVAL.size()));
            boolean isOpen = false;
            for (int m = 1; !isOpen; m++) {
                int second = m;
                MemoryDisk starting = once.reopened();
                starting.failing((number, _) -> number < second ? Fate.WORKS : Fate.FAILS);
                tryOpen(script, starting);
                isOpen = starting.operations() < m;
                MemoryDisk twice =
                        starting.afterPowerCut(new Random(m), SURVIVAL.get(m % SURVIVAL.size()));
                String when = "after cuts at operation " + n + " and " + m + " of the start";
                PackStore store = script.open(twice);
                script.look(store, when);
                script.look(script.open(starting.reopened()), when + " that was a kill");
                starts++;
            }
        }
        assertTrue(starts > 200, "starts=" + starts);
    }

    @Test
    @DisplayName("R-04: power lost at some time after a sync has failed")
    void powerLostAfterASyncHasFailed() throws IOException {
        int cuts = 0;
        boolean isOver = false;
        for (int k = 1; !isOver; k++) {
            // The k-th sync of a file fails, and so do all operations from the n-th on.
            long failedAt = Long.MAX_VALUE;
            for (long n = 1; n < OPERATIONS_MAX; n = n < failedAt ? failedAt + 1 : n + 23) {
                var script = new Script(k);
                var disk = new MemoryDisk();
                var failure = new FailingSync(k, n == 1 ? Long.MAX_VALUE : n);
                disk.failing(failure);
                tryOpen(script, disk).ifPresent(script::run);
                failedAt = failure.failedAt;
                isOver = failedAt == Long.MAX_VALUE;
                if (isOver) {
                    break;
                }
                String when = "after a failed sync at " + failedAt + " and a cut at " + n;
                Predicate<RandomGenerator> survival = SURVIVAL.get((int) (n % SURVIVAL.size()));
                script.look(script.open(disk.afterPowerCut(new Random(n), survival)), when);
                cuts++;
                if (n > 1 && disk.operations() < n) {
                    break;
                }
            }
        }
        assertTrue(cuts > 300, "cuts=" + cuts);
    }

    private static final class FailingSync implements MemoryDisk.Fault {
        private final int failing;
        private final long cut;
        private int syncs;
        private long failedAt = Long.MAX_VALUE;

        FailingSync(int failing, long cut) {
            this.failing = failing;
            this.cut = cut;
        }

        @Override
        public Fate of(long number, MemoryDisk.Kind kind) {
            if (number >= cut) {
                return Fate.FAILS;
            }
            if (kind == MemoryDisk.Kind.SYNC && ++syncs == failing) {
                failedAt = number;
                return Fate.FAILS;
            }
            return Fate.WORKS;
        }
    }

    @Test
    @DisplayName("R-04: power lost at every operation of a disk that keeps no order of names")
    void powerLostWhereNamesReachTheDiskInAnyOrder() throws IOException {
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            int last = n;
            var script = new Script(n);
            var disk = new MemoryDisk();
            disk.failing((number, _) -> number < last ? Fate.WORKS : Fate.FAILS);
            tryOpen(script, disk).ifPresent(script::run);
            isOver = disk.operations() < n;
            for (int i = 0; i < 3; i++) {
                MemoryDisk after = disk.afterPowerCutOfNames(new Random(n * 3L + i));
                String when = "after a cut at operation " + n + " (" + i + ")";
                script.look(script.open(after), when);
                script.look(script.open(after.reopened()), when + ", opened once more");
            }
        }
    }

    /// What others say at some moment of a compaction and a checkpoint, which is the only thing
    /// that may happen beside them.
    @Test
    void whatIsSaidDuringACompactionAndACheckpointCounts() throws IOException {
        long operations = Long.MAX_VALUE;
        for (int k = 1; k <= operations; k++) {
            var script = new Script(k);
            var disk = new MemoryDisk();
            PackStore store = script.open(disk);
            for (int number = 0; number < 40; number++) {
                script.put(store, number);
            }
            script.refer(store, 1, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28);
            script.letGo(store);
            long from = disk.operations();
            long at = from + k;
            disk.failing(
                    (number, _) -> {
                        if (number == at) {
                            script.refer(store, 3, 1, 13, 28);
                            script.refer(store, 0, 4, 22);
                            script.put(store, 50, 2, 3);
                        }
                        return Fate.WORKS;
                    });
            assertTrue(store.compact() > 0);
            store.checkpoint();
            operations = disk.operations() - from;
            disk.failing((_, _) -> Fate.WORKS);

            String when = "with words at operation " + k + " of a compaction";
            script.look(store, when);
            script.look(script.open(disk.reopened()), when + ", opened again");
            PackStore after = script.open(disk.afterPowerCut(new Random(k), _ -> false));
            script.check(after, when + " and a cut");
            assertSameWithoutCheckpoint(script, disk, after);
            script.letGo(after);
            after.compact();
            script.check(after, when + ", later");
        }
        assertTrue(operations > 20 && operations < OPERATIONS_MAX, "operations=" + operations);
    }

    /// The index follows from the segments alone.
    private static void assertSameWithoutCheckpoint(Script script, MemoryDisk disk, PackStore store)
            throws IOException {
        MemoryDisk bare = disk.reopened();
        if (bare.names().contains(FlatCheckpoint.FILE_NAME)) {
            bare.delete(FlatCheckpoint.FILE_NAME);
        }
        PackStore without = script.open(bare);
        // Where something was lost, which a crash looks like, the graces have begun anew.
        boolean withGraces = !store.isDoubtful() && !without.isDoubtful();
        assertEquals(describe(store, withGraces), describe(without, withGraces));
    }

    private static List<String> describe(PackStore store, boolean withGraces) {
        List<String> blobs = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            int named = number;
            store.entry(Script.key(number))
                    .ifPresent(entry -> blobs.add(describe(named, entry, withGraces)));
        }
        return blobs;
    }

    private static String describe(int number, IndexEntry entry, boolean withGraces) {
        return number
                + ": references="
                + entry.references()
                + " since="
                + (withGraces ? entry.unreferencedSince() : 0)
                + " life="
                + entry.life()
                + " sequence="
                + entry.sequence()
                + " damaged="
                + entry.damaged();
    }
}
