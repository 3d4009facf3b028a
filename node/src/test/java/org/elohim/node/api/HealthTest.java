package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class HealthTest {
    private final Health health = new Health();

    @Test
    void aNodeStartsUnready() {
        assertEquals(Health.Readiness.STARTING, health.readiness());
    }

    @Test
    void aNodeThatStopsNeverBecomesReadyAgain() {
        health.become(Health.Readiness.STOPPING);
        health.become(Health.Readiness.READY);

        assertEquals(Health.Readiness.STOPPING, health.readiness());
    }
}
