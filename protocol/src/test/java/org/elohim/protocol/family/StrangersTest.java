package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.family.Strangers.Entry;
import org.elohim.protocol.family.Strangers.Why;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

class StrangersTest {
    private static final String THERE = "192.168.1.66";
    private static final long WALL = 1_700_000_000_000L;

    private final Strangers strangers = new Strangers();

    private Optional<String> fail(String address, long nowMillis) {
        if (strangers.arrives(address, nowMillis) == Entry.AWAY) {
            return Optional.empty();
        }
        Optional<String> line = strangers.failed(address, Why.OTHER_KEY, nowMillis, WALL);
        strangers.ended(address);
        strangers.checkInvariants();
        return line;
    }

    @Test
    void aPersonIsToldOnceInAMinuteHoweverOftenItHappens() {
        var lines = new ArrayList<String>();
        for (int i = 0; i < 1_000; i++) {
            fail(THERE, i * 100L).ifPresent(lines::add);
        }
        assertEquals(2, lines.size(), lines::toString);
        assertEquals(
                "somebody at 192.168.1.66 tried to join with another family key, once",
                lines.getFirst());
        assertTrue(strangers.all().getFirst().words().endsWith("1000 times"));
    }

    @Test
    void aCrowdIsNotToldOneByOne() {
        int lines = 0;
        for (int i = 0; i < 5_000; i++) {
            lines += fail("10.0." + i / 250 + "." + i % 250, i).isPresent() ? 1 : 0;
        }
        assertEquals(20, lines);
        assertEquals(50, strangers.all().size());
    }

    @Test
    void whoFailsTooOftenIsLeftAloneForAMinute() {
        for (int i = 0; i < Strangers.FAILURES_MAX; i++) {
            assertEquals(Entry.COME, strangers.arrives(THERE, i));
            strangers.ended(THERE);
            fail(THERE, i);
        }
        assertEquals(Entry.IF_IT_NAMES_US, strangers.arrives(THERE, 100));
        strangers.ended(THERE);
        assertEquals(Entry.COME, strangers.arrives("192.168.1.67", 100));
        long later = Strangers.SPAN_MILLIS + Strangers.FAILURES_MAX;
        assertEquals(Entry.COME, strangers.arrives(THERE, later));
    }

    @Test
    void failuresThatAreFarApartShutNobodyOut() {
        for (int i = 0; i < 100; i++) {
            long now = i * Strangers.SPAN_MILLIS / 5;
            assertEquals(Entry.COME, strangers.arrives(THERE, now));
            strangers.ended(THERE);
            fail(THERE, now);
        }
    }

    @Test
    void aSiblingBehindTheSameAddressComesInNowAndThen() {
        for (int i = 0; i < Strangers.FAILURES_MAX; i++) {
            fail(THERE, i);
        }
        assertTrue(strangers.mayProve(THERE, 100));
        assertFalse(strangers.mayProve(THERE, 101));
        assertTrue(strangers.mayProve(THERE, 100 + Strangers.NAMED_EVERY_MILLIS));
    }

    @Test
    void whoHasProvedToBeFamilyNeedNotWaitToComeAgain() {
        for (int i = 0; i < Strangers.FAILURES_MAX; i++) {
            fail(THERE, i);
        }
        assertEquals(Entry.IF_IT_NAMES_US, strangers.arrives(THERE, 100));
        assertTrue(strangers.mayProve(THERE, 100));
        strangers.proved(THERE);
        assertEquals(Entry.IF_IT_NAMES_US, strangers.arrives(THERE, 101));
        assertTrue(strangers.mayProve(THERE, 101));
        assertFalse(strangers.mayProve(THERE, 102), "this one has proved nothing yet");
        strangers.ended(THERE);
        strangers.checkInvariants();
    }

    @Test
    void nobodyHoldsTheDoorByWaitingInFrontOfIt() {
        for (int i = 0; i < Strangers.PENDING_OF_ONE_MAX; i++) {
            assertEquals(Entry.COME, strangers.arrives(THERE, i));
        }
        assertEquals(Entry.AWAY, strangers.arrives(THERE, 100));
        assertEquals(Entry.COME, strangers.arrives("192.168.1.67", 100));
        strangers.ended(THERE);
        assertEquals(Entry.COME, strangers.arrives(THERE, 100));
    }

    @Test
    void whatIsKeptOfStrangersIsBounded() {
        var random = new Random(7);
        List<String> pending = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            String address = "fd00::" + Integer.toHexString(random.nextInt(5_000));
            if (strangers.arrives(address, i) != Entry.AWAY) {
                pending.add(address);
            }
            if (pending.size() > 100 || (random.nextBoolean() && !pending.isEmpty())) {
                String gone = pending.remove(random.nextInt(pending.size()));
                strangers.failed(gone, Why.SILENT, i, WALL);
                strangers.ended(gone);
            }
            strangers.checkInvariants();
        }
    }
}
