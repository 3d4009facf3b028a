package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicBoolean;

class HealthTest {
    private final AtomicBoolean takesWrites = new AtomicBoolean(true);
    private final Health health = new Health(takesWrites::get);

    @Test
    void aNodeStartsUnready() {
        assertEquals(Health.Readiness.STARTING, health.readiness());
    }

    @Test
    void aNodeWhoseDiskTakesNothingIsUnreadyUntilItDoesAgain() {
        takesWrites.set(false);
        assertEquals(Health.Readiness.STARTING, health.readiness());
        health.become(Health.Readiness.READY);
        assertEquals(Health.Readiness.NOT_WRITING, health.readiness());
        takesWrites.set(true);
        assertEquals(Health.Readiness.READY, health.readiness());
    }

    @Test
    void aNodeThatStopsNeverBecomesReadyAgain() {
        health.become(Health.Readiness.STOPPING);
        health.become(Health.Readiness.READY);

        assertEquals(Health.Readiness.STOPPING, health.readiness());
    }
}
