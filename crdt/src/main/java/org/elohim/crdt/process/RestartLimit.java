package org.elohim.crdt.process;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/// Counts unplanned deaths, so that a child that cannot live is not started for ever.
final class RestartLimit {
    static final Duration WINDOW = Duration.ofMinutes(1);

    private final int deathsMax;
    private final Deque<Instant> deaths = new ArrayDeque<>();

    RestartLimit(int deathsMax) {
        this.deathsMax = deathsMax;
    }

    void died(Instant now) {
        deaths.addLast(now);
        if (deaths.size() > deathsMax) {
            deaths.removeFirst();
        }
    }

    boolean allows(Instant now) {
        while (!deaths.isEmpty() && !deaths.getFirst().plus(WINDOW).isAfter(now)) {
            deaths.removeFirst();
        }
        return deaths.size() < deathsMax;
    }
}
