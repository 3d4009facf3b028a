package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.blob.replication.ReplicationQueue.Start;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

class ReplicationQueueTest {
    private static final NodeId SELF = node(0);
    private static final long NOW = 1_000_000;

    private final ReplicationQueue queue = new ReplicationQueue(SELF);

    private static List<ReplicationStep> to(NodeId... nodes) {
        var steps = new ArrayList<ReplicationStep>();
        for (NodeId node : nodes) {
            steps.add(new ReplicationStep.Place(Piece.WHOLE, node));
        }
        return steps;
    }

    private Start next(long now) {
        return queue.next(now).orElseThrow();
    }

    private List<Long> started(int count) {
        var numbers = new ArrayList<Long>();
        for (int i = 0; i < count; i++) {
            numbers.add(next(NOW).number());
        }
        return numbers;
    }

    @Test
    void whatWasPutLastComesFirstAndTheOldestIsNotForgotten() {
        for (long number = 1; number <= 20; number++) {
            queue.want(number, Lane.FRESH, to(node(1)));
        }

        assertEquals(List.of(20L, 19L, 18L, 1L, 17L, 16L, 15L, 2L), started(8));
    }

    @Test
    void whatMayBeLostComesBeforeWhatIsNewAndThatBeforeOtherRepairs() {
        queue.want(1, Lane.REPAIR, to(node(1)));
        queue.want(2, Lane.FRESH, to(node(1)));
        queue.want(3, Lane.URGENT, to(node(1)));

        assertEquals(List.of(3L, 2L, 1L), started(3));
    }

    @Test
    void noMoreThanSoMuchIsUnderWayToOneHolderAndTheOthersGoOn() {
        for (long number = 1; number <= ReplicationQueue.UNDER_WAY_MAX + 20; number++) {
            queue.want(number, Lane.FRESH, to(node(1), node(2)));
        }
        var starts = new HashMap<NodeId, Integer>();
        for (Optional<Start> start = queue.next(NOW); start.isPresent(); start = queue.next(NOW)) {
            starts.merge(start.get().node(), 1, Integer::sum);
        }

        assertEquals(
                Map.of(
                        node(1), ReplicationQueue.UNDER_WAY_MAX,
                        node(2), ReplicationQueue.UNDER_WAY_MAX),
                starts);
        assertEquals(starts, queue.view(NOW).underWay());
    }

    @Test
    void whoFailsIsLeftAloneForLongerEachTime() {
        queue.want(1, Lane.FRESH, to(node(1)));
        long now = NOW;
        long pause = Backoff.FIRST_MILLIS;
        for (int failure = 0; failure < 20; failure++) {
            queue.failed(next(now), now);
            assertEquals(Optional.empty(), queue.next(now + pause - 1));
            assertEquals(now + pause, queue.wakesAt(now).orElseThrow());
            assertEquals(Map.of(node(1), now + pause), queue.view(now).pausing());
            now += pause;
            pause = Math.min(2 * pause, Backoff.LAST_MILLIS);
        }
        assertEquals(Backoff.LAST_MILLIS, pause);

        queue.done(next(now));
        queue.failed(next(now), now);
        assertEquals(now + Backoff.FIRST_MILLIS, queue.wakesAt(now).orElseThrow());
    }

    @Test
    void whatWasUnderWayToOneThatHasFailedCountsOnce() {
        for (long number = 1; number <= 8; number++) {
            queue.want(number, Lane.FRESH, to(node(1)));
        }
        var starts = new ArrayList<Start>();
        for (int i = 0; i < 8; i++) {
            starts.add(next(NOW));
        }
        starts.forEach(start -> queue.failed(start, NOW + 10));

        assertEquals(NOW + 10 + Backoff.FIRST_MILLIS, queue.wakesAt(NOW + 10).orElseThrow());
        queue.isBack(node(1));
        assertTrue(queue.next(NOW + 10).isPresent(), "it was heard");
    }

    @Test
    void aBlobThatCannotBeReadHoldsUpNoOther() {
        queue.want(2, Lane.FRESH, to(node(1), node(2)));
        queue.want(1, Lane.FRESH, to(node(1)));
        queue.setAside(next(NOW), NOW);

        assertEquals(List.of(1L), started(1));
        assertEquals(Optional.empty(), queue.next(NOW));
        assertEquals(1, queue.view(NOW).aside());
        long again = NOW + Backoff.FIRST_MILLIS;
        assertEquals(again, queue.wakesAt(NOW).orElseThrow());
        queue.setAside(next(again), again);
        assertEquals(Optional.empty(), queue.next(again + 2 * Backoff.FIRST_MILLIS - 1));
        assertEquals(2, next(again + 2 * Backoff.FIRST_MILLIS).number());
    }

    @Test
    void whatIsWantedNoMoreIsNotBegun() {
        queue.want(1, Lane.FRESH, to(node(1), node(2)));
        Start first = next(NOW);
        queue.want(1, Lane.FRESH, List.of());

        assertEquals(Optional.empty(), queue.next(NOW));
        queue.done(first);
        assertEquals(Optional.empty(), queue.next(NOW));
        assertEquals(0, queue.size());
    }

    @Test
    void stepsOfOneBlobAtOneNodeComeOneAfterTheOther() {
        List<ReplicationStep> both =
                List.of(
                        new ReplicationStep.Refer(Set.of(Piece.WHOLE)),
                        new ReplicationStep.Encode());
        queue.want(1, Lane.FRESH, both);
        Start first = next(NOW);

        assertEquals(both.getFirst(), first.step());
        assertEquals(Optional.empty(), queue.next(NOW));
        queue.done(first);
        queue.want(1, Lane.FRESH, both.subList(1, 2));
        assertEquals(both.getLast(), next(NOW).step());
    }

    @Test
    void whatThereIsToBeSeenIsWhatThereIs() {
        queue.want(7, Lane.FRESH, to(node(1)));
        queue.want(3, Lane.REPAIR, to(node(1)));
        queue.want(9, Lane.FRESH, to(node(2)));

        var view = queue.view(NOW);
        assertEquals(3, view.oldest().orElseThrow());
        assertEquals(Map.of(Lane.FRESH, 2, Lane.REPAIR, 1), view.waiting());
    }

    /// Whatever comes and fails: nothing is forgotten, nothing begun twice at once, and in the end
    /// all of it is done.
    @Property(tries = 30)
    void allThatIsWantedIsDoneInTheEnd(@ForAll long seed) {
        var random = new Random(seed);
        var all = new ReplicationQueue(SELF);
        Map<Long, Set<NodeId>> wanted = new HashMap<>();
        var underWay = new ArrayList<Start>();
        long now = NOW;
        for (int action = 0; action < 200 || !wanted.isEmpty(); action++) {
            assertTrue(action < 20_000, "it never ends");
            now += random.nextInt(5_000);
            boolean ending = action >= 200;
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (!ending) {
                        var nodes = new HashSet<NodeId>();
                        for (int i = random.nextInt(3); i >= 0; i--) {
                            nodes.add(node(random.nextInt(5)));
                        }
                        long number = random.nextInt(40);
                        wanted.put(number, nodes);
                        want(all, random, number, nodes);
                    }
                }
                case 1, 2 -> all.next(now).ifPresent(underWay::add);
                default -> {
                    if (!underWay.isEmpty()) {
                        Start start = underWay.remove(random.nextInt(underWay.size()));
                        int end = random.nextInt(8);
                        if (end == 0) {
                            all.failed(start, now);
                        } else if (end == 1) {
                            all.setAside(start, now);
                        } else {
                            all.done(start);
                            Set<NodeId> left = wanted.getOrDefault(start.number(), new HashSet<>());
                            left.remove(start.node());
                            if (left.isEmpty()) {
                                wanted.remove(start.number());
                            }
                            want(all, random, start.number(), left);
                        }
                    }
                }
            }
            all.checkInvariants();
            assertEquals(
                    underWay.size(),
                    underWay.stream()
                            .map(each -> each.number() + "@" + each.node())
                            .distinct()
                            .count());
            if (ending && underWay.isEmpty()) {
                now += Backoff.LAST_MILLIS;
            }
        }
        assertFalse(all.view(now).oldest().isPresent());
    }

    private static void want(ReplicationQueue all, Random random, long number, Set<NodeId> nodes) {
        List<Lane> lanes = List.of(Lane.URGENT, Lane.FRESH, Lane.REPAIR);
        Lane lane = lanes.get(random.nextInt(lanes.size()));
        all.want(number, lane, to(nodes.toArray(NodeId[]::new)));
    }
}
