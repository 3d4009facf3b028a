package org.elohim.tests.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class WishTest {
    @Test
    void wordsAreWishes() {
        assertEquals(new Wish.Start(2, 2, 0), Wish.parse(List.of("start")));
        assertEquals(
                new Wish.Start(1, 5, 40),
                Wish.parse(List.of("start", "--latency", "40", "--nodes", "5", "--families", "1")));
        assertEquals(
                new Wish.Start(2, 3, 50),
                Wish.parse(List.of("start", "--latency", "--nodes", "3")));
        assertEquals(new Wish.Status(false, false), Wish.parse(List.of("status")));
        assertEquals(new Wish.Status(true, false), Wish.parse(List.of("status", "--json")));
        assertEquals(new Wish.Status(false, true), Wish.parse(List.of("status", "--live")));
        assertEquals(
                new Wish.Partition("north1", "south"),
                Wish.parse(List.of("partition", "north1", "south")));
        assertEquals(new Wish.Heal(), Wish.parse(List.of("heal")));
        assertEquals(new Wish.Kill("north1"), Wish.parse(List.of("kill", "north1")));
        assertEquals(new Wish.Stop(), Wish.parse(List.of("stop")));
    }

    @Test
    void whatIsUnclearIsToldInWords() {
        assertUnclear("does not know: fly", "fly");
        assertUnclear("does not take: --node", "start", "--node", "3");
        assertUnclear("--nodes 0 is not allowed: 1 to 13 is", "start", "--nodes", "0");
        assertUnclear("--latency x is not allowed: 0 to 10000 is", "start", "--latency", "x");
        assertUnclear("two names", "partition", "north");
        assertUnclear("one node", "kill");
        assertUnclear("stop does not take: now", "stop", "now");
        assertUnclear("status does not take: --jso", "status", "--jso");
    }

    private static void assertUnclear(String why, String... words) {
        var unclear = assertInstanceOf(Wish.Unclear.class, Wish.parse(List.of(words)));
        assertTrue(unclear.why().contains(why), unclear.why());
    }
}
