package org.elohim.tests.faults;

import java.nio.file.Path;

/// How a run ended.
///
/// @param promises what nodes have acknowledged
/// @param levelMillis how long it took after the heal until all was everywhere; of a bad run how
///   long it was waited for
/// @param logs what the nodes said, kept only of a bad run
public record Outcome(
        long seed,
        History.Verdict verdict,
        int writes,
        int promises,
        int steps,
        long levelMillis,
        Path logs) {}
