package org.elohim.tests.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;

/// A few seeds of what `./elohim test --faults` plays by the hundred.
@Tag("tools")
class FaultsIT {
    // Between them they play every kind of fault.
    private static final long FIRST = 4793;
    private static final long RUNS = 3;

    @Test
    @DisplayName(
            "R-01, R-02, R-03, R-11, R-12, R-13, R-14, R-21: after cuts, kills, pauses, wrong"
                    + " clocks, wiped disks and bad lines nothing is lost, divergent or stuck")
    void nothingIsLostDivergentOrStuck() throws Exception {
        var runs =
                new FaultRuns(FIRST, RUNS, 3, Duration.ofSeconds(60), Path.of("target", "faults"));
        assertTrue(runs.play(), () -> runs.outcomes().toString());
    }
}
