package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.blob;
import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.blob.replication.Recorded.Part;
import org.elohim.protocol.blob.replication.ReplicationEvent.Placed;
import org.elohim.protocol.blob.replication.ReplicationEvent.Referred;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

class ReplicationsTest {
    private static final NodeId SELF = node(0);

    private static Sight sight(int nodes) {
        var seen = new TreeMap<NodeId, Sight.Seen>();
        Families.apart(nodes)
                .forEach(
                        holder ->
                                seen.put(holder.node(), new Sight.Seen(holder, Sight.HERE, true)));
        return new Sight(SELF, seen, 0);
    }

    @Test
    void whatHappensToAThousandBlobsAlikeIsToldOnce() {
        var all = new Replications(SELF);
        Draft draft = all.draft();
        List<Long> numbers =
                IntStream.range(0, 1_000)
                        .mapToObj(i -> draft.accepted(blob(i), 100, Reach.DEFAULT, false))
                        .toList();
        for (long number : numbers) {
            draft.happened(number, new Referred(Set.of(Piece.WHOLE)));
            draft.happened(number, new Placed(node(1), Piece.WHOLE, Reach.DEFAULT));
            draft.happened(number, new Placed(node(2), Piece.WHOLE, Reach.DEFAULT));
        }
        draft.settle(sight(3));
        Recorded recorded = draft.recorded();
        all.evolve(recorded);

        assertEquals(5, recorded.parts().size());
        for (Part part : recorded.parts().subList(1, 5)) {
            assertTrue(part instanceof Part.Happened(_, var which) && which.ranges().size() == 1);
        }
        assertEquals(1_000, all.counts().get(Stage.DURABLE));
    }

    @Test
    void aDraftThatIsNotRecordedHasNotHappened() {
        var all = new Replications(SELF);
        Draft draft = all.draft();
        long number = draft.accepted(blob(1), 100, Reach.DEFAULT, false);

        assertTrue(draft.at(number).isPresent());
        assertEquals(0, all.size());
        assertEquals(
                number,
                all.draft().accepted(blob(2), 100, Reach.DEFAULT, false),
                "its number was not given");
    }

    @Test
    void whatIsAcceptedAgainHasANewNumberAndTurn() {
        var all = new Replications(SELF);
        Draft first = all.draft();
        long before = first.accepted(blob(1), 100, Reach.DEFAULT, false);
        all.evolve(first.recorded());
        Draft second = all.draft();
        long after = second.accepted(blob(1), 100, Reach.DEFAULT, false);
        assertFalse(second.happened(before, new Placed(node(1), Piece.WHOLE, Reach.DEFAULT)));
        all.evolve(second.recorded());

        assertTrue(after > before);
        assertTrue(all.at(before).isEmpty());
        assertEquals(after, all.find(blob(1)).orElseThrow().blob().stewards().get(SELF));
        assertEquals(1, all.size());
    }

    @Test
    void theOldestOfEachStageIsKnown() {
        var all = new Replications(SELF);
        Draft draft = all.draft();
        long one = draft.accepted(blob(1), 100, Reach.DEFAULT, false);
        long two = draft.accepted(blob(2), 100, Reach.DEFAULT, false);
        draft.happened(one, new Placed(node(1), Piece.WHOLE, Reach.DEFAULT));
        draft.settle(sight(2));
        all.evolve(draft.recorded());

        assertEquals(OptionalLong.of(two), all.oldest(Stage.ACCEPTED));
        assertEquals(OptionalLong.of(one), all.oldest(Stage.DURABLE));
        assertEquals(OptionalLong.empty(), all.oldest(Stage.PLACED));
        assertEquals(1, all.counts().get(Stage.ACCEPTED));
        assertEquals(0, all.counts().get(Stage.PLACED));
    }

    @Test
    void somebodyCanGoThroughAllOfThemInSmallSteps() {
        var all = new Replications(SELF);
        Draft draft = all.draft();
        for (int i = 0; i < 25; i++) {
            draft.accepted(blob(i), 100, Reach.DEFAULT, false);
        }
        all.evolve(draft.recorded());
        var seen = new ArrayList<Long>();
        for (var page = all.after(0, 10); !page.isEmpty(); ) {
            page.forEach(each -> seen.add(each.number()));
            page = all.after(page.getLast().number(), 10);
        }

        assertEquals(List.copyOf(all(all).keySet()), seen);
    }

    @Test
    void nothingHappensToABlobThatIsNotThere() {
        var all = new Replications(SELF);
        assertFalse(all.draft().happened(7, new Placed(node(1), Piece.WHOLE, Reach.DEFAULT)));
        assertThrows(
                IllegalStateException.class,
                () ->
                        all.evolve(
                                new Recorded(
                                        List.of(
                                                new Part.Happened(
                                                        new Placed(
                                                                node(1),
                                                                Piece.WHOLE,
                                                                Reach.DEFAULT),
                                                        Numbers.of(List.of(7L)))))));
    }

    @Test
    void numbersAreRanges() {
        var numbers = Numbers.of(List.of(9L, 1L, 2L, 3L, 8L));
        assertEquals(List.of(new Numbers.Range(1, 3), new Numbers.Range(8, 2)), numbers.ranges());
        assertEquals(5, numbers.count());
        assertEquals(List.of(1L, 2L, 3L, 8L, 9L), numbers.stream().boxed().toList());
        assertThrows(
                IllegalArgumentException.class,
                () -> new Numbers(List.of(new Numbers.Range(1, 3), new Numbers.Range(4, 1))));
    }

    /// However events of many blobs are mixed in a batch, and wherever batches end: each blob is
    /// what its own events make of it, and a replay of the batches makes the same of all.
    @Property(tries = 150)
    void eachBlobIsTheSumOfItsOwnEvents(@ForAll long seed) {
        var random = new Random(seed);
        var all = new Replications(SELF);
        var replayed = new Replications(SELF);
        Map<Long, BlobReplication> model = new HashMap<>();
        Sight sight = sight(1 + random.nextInt(8));
        for (int batch = 0; batch < 20; batch++) {
            Draft draft = all.draft();
            for (int i = random.nextInt(30); i > 0; i--) {
                play(random, draft, model);
            }
            if (random.nextBoolean()) {
                draft.settle(sight);
                for (long number : List.copyOf(model.keySet())) {
                    draft.at(number)
                            .ifPresentOrElse(
                                    now -> model.put(number, now), () -> model.remove(number));
                }
            }
            Recorded recorded = draft.recorded();
            assertEquals(recorded.parts().isEmpty(), draft.isEmpty());
            all.evolve(recorded);
            replayed.evolve(recorded);
            assertEquals(model, all(all));
            assertEquals(model, all(replayed));
            assertEquals(all.counts(), counted(model));
            assertEquals(all.reaches(), measured(model));
        }
        var restored = new Replications(SELF);
        restored.restore(all.lastNumber(), all.frozen().after(0, Integer.MAX_VALUE));
        assertEquals(model, all(restored), "a snapshot is all there is");
        assertEquals(all.counts(), restored.counts());
        assertEquals(all.lastNumber(), restored.lastNumber());
    }

    private static Map<Long, BlobReplication> all(Replications blobs) {
        var all = new TreeMap<Long, BlobReplication>();
        blobs.after(0, Integer.MAX_VALUE).forEach(each -> all.put(each.number(), each.blob()));
        return all;
    }

    static Reach anyReach(Random random) {
        return Reach.ofCode(random.nextInt(Reach.values().length));
    }

    private static void play(Random random, Draft draft, Map<Long, BlobReplication> model) {
        if (model.isEmpty() || random.nextInt(4) == 0) {
            var blob = blob(random.nextInt(12));
            model.values().removeIf(each -> each.blob().equals(blob));
            long number;
            if (random.nextInt(3) > 0) {
                number =
                        draft.accepted(
                                blob, Families.LARGE, anyReach(random), random.nextBoolean());
            } else {
                var stewards = new TreeMap<>(Map.of(node(1 + random.nextInt(3)), 5L));
                number =
                        draft.adopted(
                                blob,
                                Families.LARGE,
                                anyReach(random),
                                Piece.shard(random.nextInt(7)),
                                stewards,
                                null,
                                random.nextBoolean());
            }
            model.put(number, draft.at(number).orElseThrow());
            return;
        }
        var entries = List.copyOf(new TreeMap<>(model).entrySet());
        var chosen = entries.get(random.nextInt(entries.size()));
        long number = chosen.getKey();
        ReplicationEvent event = event(random, chosen.getValue());
        BlobReplication after = chosen.getValue().after(event);
        assertTrue(draft.happened(number, event));
        if (after.isOver()) {
            model.remove(number);
        } else {
            model.put(number, after);
        }
    }

    static ReplicationEvent event(Random random, BlobReplication blob) {
        NodeId some = node(random.nextInt(4));
        Piece piece = random.nextBoolean() ? Piece.WHOLE : Piece.shard(random.nextInt(7));
        return switch (random.nextInt(8)) {
            case 0 -> new ReplicationEvent.Encoded(World.manifest(blob.blob(), blob.sizeBytes()));
            case 1 -> new ReplicationEvent.Lost(some);
            case 2 -> new ReplicationEvent.Damaged(some, piece);
            case 3 -> new Referred(blob.wantedHere());
            case 4 -> new ReplicationEvent.Abandoned(some, blob.stewards().getOrDefault(some, 3L));
            case 5 -> new ReplicationEvent.Released(some);
            default -> new Placed(some, piece, anyReach(random));
        };
    }

    private static Map<Reach, ReachTotals.Total> measured(Map<Long, BlobReplication> model) {
        Map<Reach, ReachTotals.Total> totals = new HashMap<>();
        for (Reach reach : Reach.values()) {
            List<BlobReplication> wanted =
                    model.values().stream()
                            .filter(each -> each.reach() == reach)
                            .filter(each -> !each.stewards().isEmpty())
                            .toList();
            long bytes = wanted.stream().mapToLong(BlobReplication::sizeBytes).sum();
            totals.put(reach, new ReachTotals.Total(wanted.size(), bytes));
        }
        return totals;
    }

    private static Map<Stage, Integer> counted(Map<Long, BlobReplication> model) {
        Map<Stage, Integer> counts = new HashMap<>();
        for (Stage stage : Stage.values()) {
            counts.put(stage, 0);
        }
        model.values().forEach(each -> counts.merge(each.stage(), 1, Integer::sum));
        return counts;
    }
}
