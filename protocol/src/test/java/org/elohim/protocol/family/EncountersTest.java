package org.elohim.protocol.family;

import static org.elohim.protocol.family.Ids.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.elohim.protocol.family.Encounters.Step;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;

class EncountersTest {
    private static final long LATER = 1 + Encounters.LASTING_MILLIS;

    private final Encounters encounters = new Encounters();

    @Test
    void twoThatKnowEachOtherAreOne() {
        Account one = account(1, 1, Set.of("1", "2"), Set.of("1"));
        assertEquals(new Step.Nothing(), twice(one, account(2, 2, Set.of("1", "2"), Set.of("2"))));
    }

    @Test
    void ofTwoClustersTheOneWithTheHigherLeaderGivesWay() {
        Account one = account(1, 1, Set.of("1"), Set.of("1"));
        Account two = account(2, 2, Set.of("2"), Set.of("2"));
        assertEquals(new Step.GiveWay(), twice(two, one));
        assertEquals(new Step.Nothing(), twice(one, two));
        assertNotEquals(one.incarnation(), two.incarnation());
    }

    @Test
    void whoIsToGiveWayHearsOfTheOthersFromWhoeverMeetsThem() {
        Account one = account(1, 1, Set.of("1"), Set.of("1"));
        Account three = account(3, 2, Set.of("2", "3"), Set.of("2", "3"));
        assertEquals(new Step.Nothing(), encounters.met(three, node(2), one, 1));
        assertEquals(new Step.PassOn(node(2)), encounters.met(three, node(2), one, LATER));
        assertEquals(new Step.PassOn(node(2)), encounters.met(three, node(2), one, LATER + 1));
        assertEquals(new Step.Nothing(), twice(one, three));
    }

    /// Whoever is lost to both holds up nothing.
    @Test
    void aMemberThatBothHaveLostMakesThemNotOne() {
        Account one = account(1, 1, Set.of("1", "3"), Set.of("1"));
        Account two = account(2, 2, Set.of("2", "3"), Set.of("2"));
        assertEquals(new Step.GiveWay(), twice(two, one));
    }

    @Test
    void newcomersOfOneClusterThatHaveNotHeardOfEachOtherWait() {
        Account one = account(2, 0, Set.of("0", "2"), Set.of("0", "2"));
        Account two = account(3, 0, Set.of("0", "3"), Set.of("0", "3"));
        assertEquals(new Step.Nothing(), twice(one, two));
        assertEquals(new Step.Nothing(), twice(two, one));
    }

    @Test
    void whoWasGivenUpGivesUpAsWell() {
        Account one = account(1, 1, Set.of("1", "2"), Set.of("1"));
        Account two = account(2, 2, Set.of("2"), Set.of("2"));
        assertEquals(new Step.Remove("2"), twice(one, two));
        assertEquals(new Step.Nothing(), twice(two, one));
    }

    @Test
    void nothingIsDoneAtTheFirstWord() {
        Account one = account(1, 1, Set.of("1"), Set.of("1"));
        Account two = account(2, 2, Set.of("2"), Set.of("2"));
        Account joined = account(2, 1, Set.of("1", "2"), Set.of("1", "2"));
        assertEquals(new Step.Nothing(), encounters.met(two, node(2), one, 1));
        assertEquals(new Step.Nothing(), encounters.met(joined, node(1), one, LATER - 1));
        assertEquals(new Step.Nothing(), encounters.met(two, node(2), one, LATER));
    }

    @Test
    void whoHasNotJoinedMeetsNobody() {
        Account none = account(2, 2, Set.of(), Set.of());
        Account one = account(1, 1, Set.of("1"), Set.of("1"));
        assertEquals(new Step.Nothing(), twice(none, one));
        assertEquals(new Step.Nothing(), twice(one, none));
    }

    @Test
    void whoBeginsJoinsTheLowestLeader() {
        Account none = account(0, 0, Set.of(), Set.of());
        Account two = account(2, 2, Set.of("2"), Set.of("2"));
        Account three = account(3, 3, Set.of("3"), Set.of("3"));
        var leaderless = new Account(node(1), "1", Set.of("1"), Set.of("1"), Optional.empty());
        assertEquals(Optional.of(two), Encounters.toJoin(List.of(three, none, two, leaderless)));
        assertEquals(Optional.of(leaderless), Encounters.toJoin(List.of(leaderless, none)));
        assertEquals(Optional.empty(), Encounters.toJoin(List.of(none)));
    }

    private Step twice(Account own, Account other) {
        assertEquals(new Step.Nothing(), encounters.met(own, own.node(), other, 1));
        return encounters.met(own, own.node(), other, LATER);
    }

    private static Account account(
            int number, int leader, Set<String> members, Set<String> reachable) {
        return new Account(
                node(number),
                Integer.toString(number),
                members,
                reachable,
                Optional.of(node(leader)));
    }
}
