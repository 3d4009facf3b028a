package org.elohim.protocol.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.LongStream;

/// Thousands of small worlds, each with its own faults. A long run, or one seed again:
/// `-Dsim.from=17 -Dsim.runs=1`.
class SyncSimulationTest {
    private static final int RUNS = 2_000;

    @Test
    @DisplayName(
            "R-01 R-02 R-03 R-21 R-30: after cuts, faulty lines, crashes, disks of yesterday,"
                + " reconnects, deletions, restores, withdrawals and refusals nothing acknowledged"
                + " is lost, nothing is stuck, all converge")
    void everyWorldConverges() {
        long from = Long.getLong("sim.from", 1);
        long runs = Long.getLong("sim.runs", RUNS);
        long edits =
                LongStream.range(from, from + runs).parallel().map(SyncSimulationTest::run).sum();
        assertTrue(edits > runs, "too little happened: edits=" + edits);
        System.out.println("simulated seeds=" + runs + " from=" + from + " edits=" + edits);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                394, 487, 226_903, 232_195, 232_345, 251_645, 254_980, 334_665, 359_781, 363_129,
                500_237
            })
    void worldsThatFailedOnceConverge(long seed) {
        run(seed);
    }

    private static long run(long seed) {
        try {
            return Simulation.HONEST.run(seed);
        } catch (RuntimeException failure) {
            throw new AssertionError(
                    Simulation.HONEST.shrink(seed, failure)
                            + "\nreplay: -Dsim.from="
                            + seed
                            + " -Dsim.runs=1",
                    failure);
        }
    }
}
