package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

class PassingProperties {
    private static final NodeId SELF = node(0);
    private static final long NOW = 100 * Absence.AWAY_MILLIS;
    private static final int BLOBS = 300;

    private static Sight sight(Random random, int nodes) {
        var seen = new TreeMap<NodeId, Sight.Seen>();
        int houses = 1 + random.nextInt(nodes);
        for (int i = 0; i < nodes; i++) {
            boolean isHere = i == 0 || random.nextInt(4) > 0;
            long away = NOW - random.nextLong(2 * Absence.AWAY_MILLIS);
            String house = "house " + random.nextInt(houses);
            seen.put(
                    node(i),
                    new Sight.Seen(
                            new Holder(node(i), house, 1 + random.nextInt(9)),
                            isHere ? Sight.HERE : away,
                            random.nextInt(6) > 0));
        }
        return new Sight(SELF, seen, NOW);
    }

    private static long size(Random random) {
        return random.nextInt(3) > 0 ? random.nextInt(1_000) : Families.LARGE;
    }

    // Of few kinds, as they are in a family, and with its history behind it.
    private static void begin(Random random, Draft draft, ContentHash name, Sight sight) {
        long number;
        if (random.nextInt(3) > 0) {
            number = draft.accepted(name, size(random), ReplicationsTest.anyReach(random), false);
        } else {
            var stewards = new TreeMap<NodeId, Long>();
            stewards.put(node(1 + random.nextInt(2)), 1L + random.nextInt(100));
            number =
                    draft.adopted(
                            name,
                            size(random),
                            ReplicationsTest.anyReach(random),
                            Piece.WHOLE,
                            stewards,
                            null,
                            false);
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            draft.happened(
                    number,
                    new ReplicationEvent.Placed(
                            node(random.nextInt(sight.nodes().size())),
                            Piece.WHOLE,
                            ReplicationsTest.anyReach(random)));
        }
        draft.settle(number, sight);
        if (random.nextInt(5) > 0) {
            draft.at(number)
                    .ifPresent(
                            now ->
                                    draft.happened(
                                            number,
                                            new ReplicationEvent.Referred(now.wantedHere())));
        }
    }

    /// Whoever goes by finds all of which something follows, and of the others nothing does.
    @Property(tries = 150)
    void whatIsPassedByWantsNothing(@ForAll long seed) {
        var random = new Random(seed);
        int nodes = 1 + random.nextInt(8);
        Sight before = sight(random, nodes);
        var all = new Replications(SELF);
        Draft draft = all.draft();
        for (int i = 0; i < BLOBS; i++) {
            begin(random, draft, Families.blob(i), before);
        }
        all.evolve(draft.recorded());
        Sight now = random.nextBoolean() ? before : sight(random, 1 + random.nextInt(8));

        Set<Long> told = new TreeSet<>();
        long at = 0;
        while (true) {
            var passed =
                    all.pass(at, 1 + random.nextInt(100), 1 + random.nextInt(20), now, _ -> false);
            if (passed.last() == 0) {
                break;
            }
            assertTrue(passed.last() > at);
            at = passed.last();
            passed.unsettled().forEach(each -> told.add(each.number()));
        }
        Set<Long> wanting =
                all.after(0, Integer.MAX_VALUE).stream()
                        .filter(
                                each ->
                                        each.blob().due(now).isPresent()
                                                || !each.blob().steps(now).isEmpty())
                        .map(Replications.Numbered::number)
                        .collect(Collectors.toSet());
        assertTrue(told.containsAll(wanting), () -> wanting + " not in " + told);
    }

    /// A family whose nodes are all here and have all they should: nobody looks at a blob twice.
    @Test
    void whatIsSettledIsPassedBy() {
        for (int nodes = 1; nodes <= 9; nodes++) {
            var seen = new TreeMap<NodeId, Sight.Seen>();
            for (Holder holder : Families.apart(nodes)) {
                seen.put(holder.node(), new Sight.Seen(holder, Sight.HERE, true));
            }
            var sight = new Sight(SELF, seen, NOW);
            var all = new Replications(SELF);
            Draft draft = all.draft();
            for (int i = 0; i < BLOBS; i++) {
                boolean isOwn = nodes == 1 || i % 2 == 0;
                long number =
                        isOwn
                                ? draft.accepted(Families.blob(i), 100, Reach.DEFAULT, false)
                                : draft.adopted(
                                        Families.blob(i),
                                        100,
                                        Reach.DEFAULT,
                                        Piece.WHOLE,
                                        new TreeMap<>(Map.of(node(1), 5L)),
                                        null,
                                        false);
                settle(draft, number, sight);
            }
            all.evolve(draft.recorded());

            var passed = all.pass(0, BLOBS, BLOBS, sight, number -> number == 7);
            assertEquals(BLOBS, passed.last());
            assertEquals(
                    List.of(7L),
                    passed.unsettled().stream().map(Replications.Numbered::number).toList(),
                    "nodes: " + nodes);
        }
    }

    private static void settle(Draft draft, long number, Sight sight) {
        for (ReplicationStep step : draft.at(number).orElseThrow().steps(sight)) {
            switch (step) {
                case ReplicationStep.Place(var piece, var node) ->
                        draft.happened(
                                number, new ReplicationEvent.Placed(node, piece, Reach.DEFAULT));
                case ReplicationStep.Refer(var pieces) ->
                        draft.happened(number, new ReplicationEvent.Referred(pieces));
                case ReplicationStep.Encode _, ReplicationStep.Release _ ->
                        throw new AssertionError(step);
            }
        }
        draft.settle(number, sight);
    }
}
