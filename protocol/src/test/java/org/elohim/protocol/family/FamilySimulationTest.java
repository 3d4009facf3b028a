package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

/// Thousands of families through cuts, crashes and heals. One seed again: `-Dfamily.from=17
/// -Dfamily.runs=1`.
class FamilySimulationTest {
    private static final int RUNS = 1_000;
    private static final int FAULTS_SECONDS = 1_800;
    // Nobody who was lost before the heal is given up any more after it, and merges take seconds.
    private static final int QUIET_SECONDS = 120;

    @Test
    @DisplayName(
            "R-13 R-14 R-15: after any cuts, one way or both, crashes and heals the nodes are one"
                    + " family again under one leader, who acts in a term above all before")
    void everyFamilyIsOneAgain() {
        long from = Long.getLong("family.from", 1);
        long runs = Long.getLong("family.runs", RUNS);
        LongStream.range(from, from + runs).parallel().forEach(FamilySimulationTest::run);
    }

    private static void run(long seed) {
        var world = new FamilyWorld(seed);
        world.run(FAULTS_SECONDS, true);
        world.calm();
        world.run(QUIET_SECONDS, false);
        assertEquals("", world.complaint(), "seed " + seed);
    }
}
