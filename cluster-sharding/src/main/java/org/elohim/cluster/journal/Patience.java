package org.elohim.cluster.journal;

import akka.actor.typed.BackoffSupervisorStrategy;
import akka.actor.typed.SupervisorStrategy;

import java.time.Duration;

/// What an actor does whose event could not be written: it starts again, later and later, for ever.
/// What it is told meanwhile waits for it; who waited for the write is told by [Waiter].
public final class Patience {
    private static final Duration RESTART_AFTER_MIN = Duration.ofMillis(200);
    // A full disk may last for hours; asking twice a minute costs nothing and heals by itself.
    private static final Duration RESTART_AFTER_MAX = Duration.ofSeconds(30);
    private static final double RESTART_JITTER = 0.2;

    private Patience() {}

    public static BackoffSupervisorStrategy restart() {
        return SupervisorStrategy.restartWithBackoff(
                        RESTART_AFTER_MIN, RESTART_AFTER_MAX, RESTART_JITTER)
                .withStashCapacity(JournalSettings.COMMANDS_BEHIND_A_WRITE_MAX);
    }
}
