package org.elohim.bench;

import java.util.List;

/// The middle of several rounds: one that was disturbed does not move it.
final class Median {
    private Median() {}

    static double of(List<Double> rounds) {
        List<Double> sorted = rounds.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
