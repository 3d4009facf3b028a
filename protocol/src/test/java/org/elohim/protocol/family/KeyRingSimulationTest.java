package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// Nodes with clocks of their own that change the family's key while they lose sight of each other,
/// die in the middle of telling, and come back.
class KeyRingSimulationTest {
    private static final long HOUR = 3_600_000L;
    private static final int SEEDS = 300;

    private static final class World {
        private final long seed;
        private final Random random;
        private final List<KeyRing> rings = new ArrayList<>();
        private final List<Long> skews = new ArrayList<>();
        private final List<Set<String>> givenUp = new ArrayList<>();
        private long now = 365L * 24 * HOUR;
        private int made;
        // Before it nobody's overlap is over.
        private long firstEnd = Long.MAX_VALUE;

        World(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            int nodes = 2 + random.nextInt(5);
            for (int i = 0; i < nodes; i++) {
                rings.add(KeyRing.of(FamilyKey.of("the family's first key")));
                skews.add((long) (random.nextGaussian() * 24 * HOUR));
                givenUp.add(new HashSet<>());
            }
        }

        private long clock(int node) {
            return now + skews.get(node);
        }

        // What is not written is not known after a crash; written is all of it or nothing.
        private void write(int node, KeyRing ring) {
            rings.set(node, ring);
            givenUp.get(node).addAll(ring.past());
            for (KeyRing.Held each : ring.keys()) {
                assertTrue(!givenUp.get(node).contains(each.key().tag()), this::toString);
            }
        }

        void step(boolean mayRotate) {
            int node = random.nextInt(rings.size());
            int other = random.nextInt(rings.size());
            switch (random.nextInt(mayRotate ? 6 : 5)) {
                case 0, 1, 2 -> tell(node, other, random.nextBoolean());
                case 3 -> pass((long) (random.nextDouble() * HOUR));
                case 4 -> skews.set(node, skews.get(node) + random.nextInt(1000));
                default -> rotate(node);
            }
        }

        private void rotate(int node) {
            if (!rings.get(node).isRotating()) {
                long overlap = (1 + random.nextInt(48)) * HOUR;
                var next = FamilyKey.of("a key that was made later " + made++);
                write(node, rings.get(node).rotated(next, overlap, overlap, clock(node)));
                firstEnd = Math.min(firstEnd, now + overlap);
            }
        }

        /// @param answered whether the teller lives to hear the answer
        void tell(int node, int other, boolean answered) {
            if (node != other && rings.get(node).knows(rings.get(other))) {
                List<KeyRing.Told> told = rings.get(node).told(clock(node));
                write(other, rings.get(other).with(told, clock(other)));
                if (answered) {
                    write(
                            node,
                            rings.get(node).with(rings.get(other).told(clock(other)), clock(node)));
                }
            }
        }

        void pass(long millis) {
            now += millis;
            for (int i = 0; i < rings.size(); i++) {
                write(i, rings.get(i).at(clock(i)));
            }
        }

        boolean allKnowEachOther() {
            return rings.stream().allMatch(one -> rings.stream().allMatch(one::knows));
        }

        void tellAll() {
            for (int round = 0; round < rings.size(); round++) {
                for (int i = 0; i < rings.size(); i++) {
                    for (int k = 0; k < rings.size(); k++) {
                        tell(i, k, true);
                    }
                }
            }
        }

        @Override
        public String toString() {
            return "seed " + seed + ": " + rings;
        }
    }

    /// Clocks jump forward by up to a second in a step, hence the margin.
    @Test
    void nobodyIsLockedOutBeforeAnOverlapIsOver() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed);
            for (int i = 0; i < 120; i++) {
                world.step(i < 60);
                if (world.now < world.firstEnd - 200_000) {
                    assertTrue(world.allKnowEachOther(), world::toString);
                }
            }
        }
    }

    @Test
    void whatWasBegunApartEndsWithOneKeyForAll() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed);
            // Too short for any overlap to be over.
            for (int i = 0; i < 40; i++) {
                switch (world.random.nextInt(3)) {
                    case 0 -> world.rotate(world.random.nextInt(world.rings.size()));
                    default ->
                            world.tell(
                                    world.random.nextInt(world.rings.size()),
                                    world.random.nextInt(world.rings.size()),
                                    world.random.nextBoolean());
                }
            }
            world.tellAll();
            var newest = world.rings.getFirst().newest();
            for (KeyRing ring : world.rings) {
                assertEquals(newest.key(), ring.newest().key(), world::toString);
            }
            // In steps, so that some give the old ones up before others.
            for (int i = 0; i < 100; i++) {
                world.pass(HOUR);
                assertTrue(world.allKnowEachOther(), world::toString);
            }
            for (KeyRing ring : world.rings) {
                assertEquals(List.of(newest), ring.keys(), world::toString);
            }
        }
    }
}
