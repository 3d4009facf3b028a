package org.elohim.protocol.family;

import static org.elohim.protocol.family.Ids.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

import org.elohim.protocol.family.Acquaintances.Step;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

class AcquaintancesTest {
    private static final Address THERE = new Address("attic.local", 4002);
    private static final NodeId LOW = node(1);
    private static final NodeId SELF = node(2);
    private static final NodeId HIGH = node(3);

    private final Acquaintances ours = new Acquaintances(SELF);

    @Test
    void whoeverHasTheLowerIdCalls() {
        ours.mayBeAt(THERE);
        assertEquals(List.of(new Step.Ask(THERE)), ours.due(1));
        assertEquals(List.of(), ours.due(2), "one question at a time");
        assertEquals(Optional.of(new Step.Call(THERE)), ours.answered(THERE, HIGH, 3));
        ours.met(HIGH);
        assertEquals(List.of(), ours.due(100_000), "nobody is asked who is here");
    }

    @Test
    void theOtherIsOnlyAskedSoThatItKnowsWhereWeAre() {
        ours.mayBeAt(THERE);
        ours.due(1);
        assertEquals(Optional.empty(), ours.answered(THERE, LOW, 2));
        assertEquals(List.of(new Step.Ask(THERE)), ours.due(2 + Acquaintances.PAUSE_MILLIS_MIN));
    }

    @Test
    void whoIsNotInOurClusterIsAskedAtAnEvenPaceThoughItIsConnected() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.answered(THERE, LOW, 2);
        ours.met(LOW);
        ours.within(Set.of(SELF), 3);
        long nowMillis = 3;
        for (int i = 0; i < 20; i++) {
            nowMillis += Acquaintances.PAUSE_MILLIS_MIN;
            assertEquals(List.of(new Step.Ask(THERE)), ours.due(nowMillis));
            if (i % 2 == 0) {
                ours.failed(THERE, "gone", nowMillis);
            } else {
                assertEquals(Optional.empty(), ours.answered(THERE, LOW, nowMillis));
            }
        }
        ours.within(Set.of(SELF, LOW), nowMillis);
        assertEquals(List.of(), ours.due(nowMillis + 1_000_000));
    }

    @Test
    void whoMissesUsInItsClusterIsAskedBackThoughWeSeeItInOurs() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.answered(THERE, LOW, 2);
        ours.met(LOW);
        ours.within(Set.of(SELF, LOW), 3);
        assertEquals(List.of(), ours.due(1_000_000));
        assertFalse(ours.isApart(THERE));
        ours.wondered(THERE);
        assertEquals(List.of(new Step.Ask(THERE)), ours.due(1_000_001));
        assertEquals(Optional.empty(), ours.answered(THERE, LOW, 1_000_002));
        assertEquals(List.of(), ours.due(2_000_000), "once for each question");
    }

    @Test
    void twoThatMissEachOtherDoNotAskWithoutEnd() {
        var theirs = new Acquaintances(LOW);
        var here = new Address("here.local", 4002);
        ours.mayBeAt(THERE);
        theirs.mayBeAt(here);
        ours.within(Set.of(SELF), 1);
        theirs.within(Set.of(LOW), 1);
        int questions = 0;
        for (long now = 1; now <= 10_000; now += 10) {
            for (Step _ : ours.due(now)) {
                questions++;
                ours.answered(THERE, LOW, now);
                theirs.wondered(here);
            }
            for (Step _ : theirs.due(now)) {
                questions++;
                theirs.answered(here, SELF, now).ifPresent(_ -> theirs.met(SELF));
                ours.wondered(THERE);
            }
        }
        assertEquals(20, questions, "one a second and side");
    }

    @Test
    void whoIsRemovedIsForgottenAndTheOthersAreNot() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.answered(THERE, LOW, 2);

        assertEquals(List.of(), ours.forget(HIGH, Set.of()));
        assertEquals(List.of(THERE), ours.forget(LOW, Set.of()));
        assertEquals(List.of(), ours.forget(LOW, Set.of()));
        assertEquals(List.of(), ours.all());
        assertEquals(List.of(), ours.due(1_000_000));
    }

    @Test
    void whoWasMetThereBeforeThisProcessBeganIsForgottenUnlessSomebodyElseIsThereNow() {
        ours.mayBeAt(THERE);
        assertEquals(List.of(THERE), ours.forget(HIGH, Set.of(THERE)));
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.answered(THERE, LOW, 2);
        assertEquals(List.of(), ours.forget(HIGH, Set.of(THERE)));
    }

    @Test
    void ourOwnAddressIsAskedOnce() {
        ours.mayBeAt(THERE);
        ours.due(1);
        assertEquals(Optional.empty(), ours.answered(THERE, SELF, 2));
        assertEquals(List.of(), ours.due(1_000_000));
        assertEquals(List.of(), ours.all());
    }

    @Test
    void whatIsOnlyHeardOfMakesRoomOnceItWasTriedInVain() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.failed(THERE, "no answer", 2);
        for (int port = 1; port <= Acquaintances.HEARD_MAX; port++) {
            assertTrue(ours.heardOf(new Address("liar", port)));
        }
        var late = new Address("cellar.local", 4002);
        assertFalse(ours.heardOf(late), "others come first");
        ours.due(3).forEach(step -> ours.failed(step.address(), "no answer", 4));
        assertTrue(ours.heardOf(late));
        assertFalse(ours.heardOf(late));
        assertTrue(ours.all().stream().anyMatch(found -> found.address().equals(THERE)));
        assertEquals(1 + Acquaintances.HEARD_MAX, ours.all().size());
    }

    @Test
    void whoWasMetWhereItWasHeardOfKeepsItsPlace() {
        ours.heardOf(THERE);
        ours.due(1);
        ours.answered(THERE, LOW, 2);
        ours.due(100_000);
        ours.failed(THERE, "no answer", 100_001);
        for (int port = 1; port <= 10 * Acquaintances.HEARD_MAX; port++) {
            ours.heardOf(new Address("liar", port));
            ours.due(100_002).forEach(step -> ours.failed(step.address(), "no", 100_003));
        }
        assertTrue(ours.all().stream().anyMatch(found -> found.address().equals(THERE)));
    }

    @Test
    void whereNobodyAnswersItIsTriedLessAndLessOftenAndNeverGivenUp() {
        ours.mayBeAt(THERE);
        var asked = new ArrayList<Long>();
        for (long now = 1; now < 600_000; now += 100) {
            if (!ours.due(now).isEmpty()) {
                asked.add(now);
                ours.failed(THERE, "refused", now);
            }
        }
        long first = asked.get(1) - asked.get(0);
        long last = asked.getLast() - asked.get(asked.size() - 2);
        assertTrue(first <= Acquaintances.PAUSE_MILLIS_MIN + 100, "" + asked);
        assertTrue(last >= Acquaintances.PAUSE_MILLIS_MAX, "" + asked);
        assertTrue(last <= Acquaintances.PAUSE_MILLIS_MAX + 100, "" + asked);
        assertEquals("refused", ours.all().getFirst().trouble());
    }

    @Test
    void whatNeverAnswersCountsAsFailed() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.due(1 + Acquaintances.PATIENCE_MILLIS);
        assertEquals("no answer", ours.all().getFirst().trouble());
    }

    @Test
    void whoHasLeftIsAskedAgainSoon() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.answered(THERE, HIGH, 2);
        ours.met(HIGH);
        assertTrue(ours.all().getFirst().connected());
        ours.left(HIGH, 50_000);
        assertFalse(ours.all().getFirst().connected());
        assertEquals(
                List.of(new Step.Ask(THERE)), ours.due(50_000 + Acquaintances.PAUSE_MILLIS_MIN));
    }

    @Test
    void oneNodeAtTwoAddressesIsCalledAtOne() {
        var elsewhere = new Address("fe80::1", 4002);
        ours.mayBeAt(THERE);
        ours.mayBeAt(elsewhere);
        assertEquals(2, ours.due(1).size());
        assertEquals(Optional.of(new Step.Call(THERE)), ours.answered(THERE, HIGH, 2));
        assertEquals(Optional.empty(), ours.answered(elsewhere, HIGH, 3));
    }

    @Test
    void noMoreAddressesAreKeptThanAFamilyNeeds() {
        for (int i = 0; i < Acquaintances.ADDRESSES_MAX; i++) {
            assertTrue(ours.mayBeAt(new Address("host" + i, 1)));
        }
        assertFalse(ours.mayBeAt(THERE));
        assertFalse(ours.mayBeAt(new Address("host0", 1)), "known");
    }

    @Test
    void whereAllPlacesAreTakenTheOneThatFailedLongestMakesRoom() {
        var off = new Address("off.local", 1);
        ours.mayBeAt(off);
        ours.due(1);
        ours.answered(off, LOW, 2);
        ours.due(2_000);
        ours.failed(off, "switched off", 2_001);
        for (int i = 1; i < Acquaintances.ADDRESSES_MAX; i++) {
            ours.mayBeAt(new Address("host" + i, 1));
        }
        assertFalse(ours.mayBeAt(THERE), "none was tried yet");
        ours.due(3_000);
        for (int i = Acquaintances.ADDRESSES_MAX - 1; i > 0; i--) {
            ours.failed(new Address("host" + i, 1), "no answer", 4_000 - i);
        }

        assertTrue(ours.mayBeAt(THERE));
        assertTrue(ours.heardOf(new Address("192.0.2.1", 1)));

        assertEquals(Acquaintances.ADDRESSES_MAX, ours.all().size());
        assertFalse(isKnown(new Address("host255", 1)), "failed first");
        assertFalse(isKnown(new Address("host254", 1)), "failed next");
        assertTrue(isKnown(off), "its node is known nowhere else");
        assertTrue(isKnown(THERE));
        ours.checkInvariants();
    }

    private boolean isKnown(Address address) {
        return ours.all().stream().anyMatch(each -> each.address().equals(address));
    }

    @Test
    void whoIsGivenAnotherAddressEachDayIsStillMetThere() {
        ours.mayBeAt(THERE);
        ours.due(1);
        ours.answered(THERE, LOW, 2);
        long now = 10_000;
        for (int day = 1; day <= 1_000; day++) {
            var today = new Address("day" + day, 1);
            assertTrue(ours.mayBeAt(today), today.toString());
            for (Step step : ours.due(now)) {
                if (step.address().equals(today)) {
                    ours.answered(today, HIGH, now + 1);
                } else if (!step.address().equals(THERE)) {
                    ours.failed(step.address(), "no answer", now + 2);
                }
            }
            ours.met(HIGH);
            ours.checkInvariants();
            ours.left(HIGH, now + 5_000);
            now += 86_400_000;
            assertTrue(isKnown(today), today.toString());
        }
        assertEquals(1 + Acquaintances.NODE_ADDRESSES_MAX, ours.all().size());
        assertTrue(isKnown(THERE), "of another node");
    }

    @Test
    void addressesAreReadAndWritten() {
        for (String text : List.of("attic.local:4002", "192.0.2.1:1", "[fe80::1%eth0]:65535")) {
            assertEquals(text, Address.parse(text).toString());
        }
        for (String text : List.of("", ":1", "a", "a:", "a:0", "a:65536", "fe80::1:1", "a b:1")) {
            assertThrows(IllegalArgumentException.class, () -> Address.parse(text), text);
        }
    }

    /// One of each two knows where the other is.
    @Property(tries = 300)
    @Label("CLUS-01: whoever of two knows the other, both end up connected once, whatever broke")
    void everybodyFindsEverybody(@ForAll long seed) {
        var random = new Random(seed);
        var world = new World(2 + random.nextInt(6));
        for (int one = 0; one < world.nodes.size(); one++) {
            for (int other = 0; other < one; other++) {
                boolean knows = random.nextBoolean();
                int who = knows ? one : other;
                world.nodes.get(who).mayBeAt(World.address(knows ? other : one));
            }
        }
        for (int second = 0; second < 60; second++) {
            world.step(random, true);
        }
        for (int second = 0; second < 90; second++) {
            world.step(random, false);
        }
        for (int one = 0; one < world.nodes.size(); one++) {
            for (int other = 0; other < one; other++) {
                assertEquals(1, world.connections[other][one], one + " and " + other);
                assertTrue(world.nodes.get(one).isConnected(node(other)));
            }
        }
    }

    /// Nodes by number, which is the order of their ids; time in seconds.
    private static final class World {
        final List<Acquaintances> nodes = new ArrayList<>();
        final int[][] connections;
        private long nowMillis = 1;

        World(int size) {
            connections = new int[size][size];
            for (int number = 0; number < size; number++) {
                nodes.add(new Acquaintances(node(number)));
            }
        }

        static Address address(int number) {
            return new Address("node", 1 + number);
        }

        void step(Random random, boolean faults) {
            nowMillis += 1_000;
            for (int from = 0; from < nodes.size(); from++) {
                for (Step step : nodes.get(from).due(nowMillis)) {
                    act(from, step, random, faults);
                }
                nodes.get(from).checkInvariants();
            }
            for (int low = 0; low < nodes.size(); low++) {
                for (int high = low + 1; high < nodes.size(); high++) {
                    if (faults && connections[low][high] > 0 && random.nextInt(4) == 0) {
                        connections[low][high]--;
                        nodes.get(low).left(node(high), nowMillis);
                        nodes.get(high).left(node(low), nowMillis);
                    }
                }
            }
        }

        private void act(int from, Step step, Random random, boolean faults) {
            Acquaintances caller = nodes.get(from);
            int to = step.address().port() - 1;
            if (faults && random.nextInt(3) == 0) {
                // Some never hear that it failed.
                if (random.nextBoolean()) {
                    caller.failed(step.address(), "broken", nowMillis);
                }
                return;
            }
            switch (step) {
                case Step.Ask _ -> {
                    nodes.get(to).mayBeAt(address(from));
                    caller.answered(step.address(), node(to), nowMillis)
                            .ifPresent(next -> act(from, next, random, faults));
                }
                case Step.Call _ -> {
                    assertTrue(from < to, from + " calls " + to);
                    connections[from][to]++;
                    assertEquals(1, connections[from][to], "a second connection");
                    caller.met(node(to));
                    nodes.get(to).met(node(from));
                }
            }
        }
    }
}
