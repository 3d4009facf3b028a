package org.elohim.node.host;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/// When the heap's room is given back; looked at every ten seconds.
class QuietHeapTest {
    private static final long MEGABYTE = 1 << 20;

    private final QuietHeap.Watch watch = new QuietHeap.Watch();
    private Duration cpu = Duration.ofSeconds(5);

    @Test
    void onceALoadIsOverAndOnceForEachGrowth() {
        watch.isTime(100 * MEGABYTE, cpu);
        watch.collected(100 * MEGABYTE);

        assertFalse(look(200, 8_000), "under load");
        assertTrue(look(200, 300), "the load is over");
        watch.collected(180 * MEGABYTE);
        assertFalse(look(180, 300), "nothing has grown since");
        assertFalse(look(203, 300), "hardly anything");
        assertTrue(look(204, 1_000));
        assertFalse(look(300, 1_001), "somebody works");
    }

    private boolean look(long heapMegabytes, long cpuMillis) {
        cpu = cpu.plusMillis(cpuMillis);
        return watch.isTime(heapMegabytes * MEGABYTE, cpu);
    }
}
