package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.MemoryDisk.Fate;
import org.elohim.protocol.blob.UnfinishedBlobs.Name;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Power, process and single operations are taken away while a large blob is begun and gone on
/// with.
class UnfinishedCrashTest extends UnfinishedStores {
    private static final List<Predicate<RandomGenerator>> SURVIVAL =
            List.of(_ -> false, _ -> true, RandomGenerator::nextBoolean, r -> r.nextInt(99) > 0);

    /// A process that begins, or goes on, and perhaps does not come to its end.
    private final class Life {
        private long written;
        private boolean isFinishing;

        void run(Name name) {
            try {
                PackStore store = open();
                Optional<LargePut> rested = goOn(store, name);
                LargePut put =
                        rested.isPresent() ? rested.get() : put(store, store.beginLarge(name));
                written = put.contentBytes();
                for (int to = PART; to < CONTENT.length; to += PART) {
                    write(put, to);
                    written = Math.max(written, to);
                }
                isFinishing = true;
                var _ = isKept(put);
            } catch (IOException died) {
                // Nobody was promised anything but what the disk holds.
            }
        }
    }

    /// @param before what an earlier process has left
    private void endsAtEveryOperation(MemoryDisk before, int goneOnWithLeast) throws IOException {
        int goneOnWith = 0;
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            int last = n;
            MemoryDisk dying = before.reopened();
            dying.failing((number, _) -> number < last ? Fate.WORKS : Fate.FAILS);
            disk = dying;
            var life = new Life();
            life.run(FETCH);
            isOver = dying.operations() < n;
            String when = "ended at operation " + n;

            disk = dying.reopened();
            long from = goOn(open(), FETCH).map(LargePut::contentBytes).orElse(0L);
            if (!life.isFinishing) {
                assertTrue(from >= (life.written / BLOCK - 1) * BLOCK, when + " from=" + from);
                goneOnWith += from > 0 ? 1 : 0;
            }
            disk = dying.reopened();
            assertComesToItsEnd(FETCH, when);
            for (int survival = 0; survival < SURVIVAL.size(); survival++) {
                disk = dying.afterPowerCut(new Random(n), SURVIVAL.get(survival));
                assertComesToItsEnd(FETCH, when + " without power, " + survival);
            }
            disk = dying.afterPowerCutOfNames(new Random(n));
            assertComesToItsEnd(FETCH, when + " without power and names");
        }
        assertTrue(goneOnWith >= goneOnWithLeast, "gone on with=" + goneOnWith);
    }

    @Test
    @DisplayName("R-04: killed, and without power, at every operation of what is begun")
    void whateverBreaksOffComesToItsEndLater() throws IOException {
        endsAtEveryOperation(disk, 1);
    }

    @Test
    @DisplayName("R-04: killed, and without power, at every operation of what is gone on with")
    void whateverBreaksOffOnceMoreComesToItsEndLater() throws IOException {
        rested(open(), FETCH, 3 * BLOCK);

        endsAtEveryOperation(disk, 8);
    }

    @ParameterizedTest
    @EnumSource(names = "WORKS", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("R-06: an I/O error at every operation of what is begun and gone on with")
    void anErrorAtAnyOperationCostsNoMoreThanWhatHadCome(Fate fate) throws IOException {
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            int failing = n;
            var erring = new MemoryDisk();
            erring.failing((number, _) -> number == failing ? fate : Fate.WORKS);
            disk = erring;
            var first = new Life();
            first.run(FETCH);
            isOver = erring.operations() < n;
            erring.failing((_, _) -> Fate.WORKS);
            String when = "with an error at operation " + n;

            disk = erring.reopened();
            assertTrue(!isOver || isThere(open()), when);
            assertComesToItsEnd(FETCH, when);
            // In the same process, by whoever tries again.
            disk = new MemoryDisk();
            PackStore store = open();
            long before = disk.operations();
            disk.failing((number, _) -> number == before + failing ? fate : Fate.WORKS);
            tryTwice(store, when);
            disk.failing((_, _) -> Fate.WORKS);
            assertTrue(isThere(store), when);
            disk = disk.afterPowerCut(new Random(n), _ -> false);
            assertTrue(isThere(open()), when + " and a cut");
        }
    }

    private static void tryTwice(PackStore store, String when) {
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            try {
                rested(store, FETCH, 2 * BLOCK + i);
                bring(store, FETCH);
                return;
            } catch (IOException failed) {
                failures.add(failed.toString());
            }
        }
        throw new AssertionError(when + ": " + failures);
    }
}
