package org.elohim.protocol.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class WaypointsTest {
    private final Waypoints<Long> waypoints = new Waypoints<>();

    @Test
    void theLastThatIsReachedStandsForAllBeforeIt() {
        waypoints.add(3, 10L);
        waypoints.add(5, 20L);
        waypoints.add(9, 30L);

        assertEquals(Optional.empty(), passed(9));
        assertEquals(Optional.of(5L), passed(25));
        assertEquals(Optional.empty(), passed(25));
        assertEquals(Optional.of(9L), passed(30));
        assertTrue(waypoints.isEmpty());
    }

    @Test
    void whatIsNotBeyondTheLastChangesNothing() {
        waypoints.add(3, 10L);
        waypoints.add(3, 5L);
        waypoints.add(0, 5L);

        assertEquals(Optional.empty(), passed(5));
        assertEquals(Optional.of(3L), passed(10));
    }

    /// However many there are, none is called reached before its goal is.
    @Test
    void aFloodIsKeptInFewAndNoneOfItIsCalledReachedTooEarly() {
        for (long position = 1; position <= 10_000; position++) {
            waypoints.add(position, 100 + position);
        }

        for (long held = 100; held <= 10_100; held += 7) {
            long reached = held - 100;
            passed(held)
                    .ifPresent(
                            position ->
                                    assertTrue(position <= reached, position + " at " + reached));
        }
        assertEquals(Optional.of(10_000L), passed(10_100));
    }

    private Optional<Long> passed(long held) {
        return waypoints
                .pass(waypoint -> waypoint.goal() <= held)
                .map(Waypoints.Waypoint::position);
    }
}
