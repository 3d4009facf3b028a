package org.elohim.protocol.family;

import static org.elohim.protocol.family.Ids.node;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.family.Membership.Blind;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class MembershipTest {
    private static final long LONG = Downing.LOST_MILLIS;

    /// All graphs there are over so many nodes, each with every choice of observers.
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void inEveryGraphThoseWhoReachEachOtherAgreeAndKeepEachOther(int size) {
        int pairs = size * (size - 1) / 2;
        for (int graph = 0; graph < 1 << pairs; graph++) {
            for (int observers = 0; observers < 1 << size; observers++) {
                check(size, graph, observers);
            }
        }
    }

    private static void check(int size, int graph, int observers) {
        var parts = new HashMap<NodeId, Part>();
        for (int i = 0; i < size; i++) {
            parts.put(node(i), (observers >> i & 1) == 1 ? Part.OBSERVER : Part.FULL);
        }
        var blind = new HashSet<Blind>();
        int pair = 0;
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                if ((graph >> pair++ & 1) == 1) {
                    blind.add(new Blind(node(a), node(b)));
                    blind.add(new Blind(node(b), node(a)));
                }
            }
        }
        for (int i = 0; i < size; i++) {
            var here = new Membership(node(i), parts, blind);
            var downing = new Downing(LONG);
            downing.toRemove(here, false, 0);
            Set<NodeId> removed = downing.toRemove(here, false, LONG);
            for (NodeId other : parts.keySet()) {
                boolean both = parts.get(node(i)) == Part.FULL && parts.get(other) == Part.FULL;
                var there = new Membership(other, parts, blind);
                boolean reached = here.reachable().contains(other);
                if (both) {
                    assertEquals(there.reachable().contains(node(i)), reached);
                }
                if (both && reached) {
                    assertEquals(there.reachable(), here.reachable());
                    assertEquals(there.leader(), here.leader());
                }
                assertEquals(!reached, removed.contains(other));
            }
            here.leader().ifPresent(leader -> assertEquals(Part.FULL, parts.get(leader)));
        }
    }

    @Test
    void whoIsHeardOnlyThroughAThirdStaysAndIsShownSo() {
        var here =
                new Membership(
                        node(1),
                        Map.of(node(1), Part.FULL, node(2), Part.FULL, node(3), Part.FULL),
                        Set.of(new Blind(node(1), node(3))));
        assertEquals(Set.of(node(3)), here.reachableThroughOthers());
        assertEquals(Set.of(), here.lost());
    }

    @Test
    void anObserversWordKeepsNobody() {
        var here =
                new Membership(
                        node(1),
                        Map.of(node(1), Part.FULL, node(2), Part.OBSERVER, node(3), Part.FULL),
                        Set.of(new Blind(node(1), node(3))));
        assertEquals(Set.of(node(3)), here.lost());
        assertEquals(Optional.of(node(1)), here.leader());
    }

    @Test
    void whoComesBackInTimeIsForgiven() {
        var parts = Map.of(node(1), Part.FULL, node(2), Part.FULL);
        var cut = new Membership(node(1), parts, Set.of(new Blind(node(1), node(2))));
        var whole = new Membership(node(1), parts, Set.of());
        var downing = new Downing(LONG);
        assertEquals(Set.of(), downing.toRemove(cut, false, 0));
        assertEquals(Set.of(), downing.toRemove(cut, false, LONG - 1));
        assertEquals(Set.of(), downing.toRemove(whole, false, LONG));
        assertEquals(Set.of(), downing.toRemove(cut, false, LONG + 1));
        assertEquals(Set.of(node(2)), downing.toRemove(cut, false, 2 * LONG + 1));
    }

    @Test
    void aWaitingNodeCutsThePatienceShort() {
        var parts = Map.of(node(1), Part.FULL, node(2), Part.FULL);
        var cut = new Membership(node(1), parts, Set.of(new Blind(node(1), node(2))));
        var downing = new Downing(LONG);
        downing.toRemove(cut, false, 0);
        long soon = Downing.LOST_WHILE_SOMEBODY_WAITS_MILLIS;
        assertEquals(Set.of(), downing.toRemove(cut, true, soon - 1));
        assertEquals(Set.of(node(2)), downing.toRemove(cut, true, soon));
    }
}
