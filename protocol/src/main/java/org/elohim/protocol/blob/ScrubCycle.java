package org.elohim.protocol.blob;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How often all blobs are looked at.
///
/// @param light by the checks of their blocks
/// @param full by the hash of their content as well
public record ScrubCycle(Duration light, Duration full) {
    // Of a cycle, to either side: nodes that were made together are not to be busy together.
    private static final int JITTER_PARTS = 6;

    public ScrubCycle {
        if (!light.isPositive() || !full.isPositive()) {
            throw new IllegalArgumentException("light=" + light + " full=" + full);
        }
    }

    static long jittered(Duration cycle, RandomGenerator random) {
        long part = cycle.toSeconds() / JITTER_PARTS;
        return cycle.toSeconds() + random.nextLong(-part, part + 1);
    }

    /// No turn comes later than this from now on, whatever a wrong clock has written down.
    static long latest(Duration cycle) {
        return cycle.toSeconds() + cycle.toSeconds() / JITTER_PARTS;
    }
}
