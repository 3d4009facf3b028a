package org.elohim.protocol.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Thousands of small worlds, each with its own faults. A long run, or one seed again:
/// `-Dsim.from=17 -Dsim.runs=1`.
class SyncSimulationTest {
    private static final int RUNS = 2_000;
    private static final int FAULTS_MILLIS = 2_000;
    private static final int QUIESCE_MILLIS = 500;
    private static final int PATIENCE_MILLIS = 60_000;

    @Test
    @DisplayName(
            "R-01 R-02 R-03 R-21 R-30: after cuts, crashes and reconnects nothing acknowledged is"
                    + " lost, nothing is stuck, all converge")
    void everyWorldConverges() {
        long from = Long.getLong("sim.from", 1);
        long runs = Long.getLong("sim.runs", RUNS);
        long edits = 0;
        for (long seed = from; seed < from + runs; seed++) {
            try {
                edits += run(seed);
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError(
                        "seed " + seed + " fails; replay: -Dsim.from=" + seed + " -Dsim.runs=1",
                        failure);
            }
        }
        assertTrue(edits > runs, "too little happened: edits=" + edits);
        System.out.println("simulated seeds=" + runs + " from=" + from + " edits=" + edits);
    }

    private static int run(long seed) {
        var world = new World(seed);
        var faults = new Faults(world);
        faults.start();
        world.run(FAULTS_MILLIS);
        faults.stop();
        long waited = 0;
        while (!world.invariants.settled()) {
            world.run(QUIESCE_MILLIS);
            waited += QUIESCE_MILLIS;
            Invariants.check(
                    waited <= PATIENCE_MILLIS,
                    "stuck; " + world.invariants.difference() + world.describe());
        }
        world.invariants.finallyHolds();
        return world.invariants.edits();
    }
}
