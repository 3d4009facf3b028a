package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.apart;
import static org.elohim.protocol.blob.replication.Families.blob;
import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

class PlacementProperties {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;
    private static final int BLOBS = 4_000;

    @Property(tries = 300)
    void allNodesComeToTheSamePlaces(@ForAll int number, @ForAll long seed) {
        List<Holder> family = family(new Random(seed));
        var shuffled = new ArrayList<>(family);
        Collections.shuffle(shuffled, new Random(~seed));

        assertEquals(shards(number, family), shards(number, shuffled));
        assertEquals(replicas(number, 4, family), replicas(number, 4, shuffled));
        assertEquals(
                Placement.order(blob(number), family), Placement.order(blob(number), shuffled));
    }

    /// What other versions and machines compute must be the same for ever, or each would move what
    /// the other has placed.
    @Example
    void placesAreThoseThatWereOnceGiven() {
        List<Holder> family =
                List.of(
                        new Holder(node(0), "a", 1),
                        new Holder(node(1), "b", 2),
                        new Holder(node(2), "c", 3),
                        new Holder(node(3), "d", 4),
                        new Holder(node(4), "e", 5));
        List<NodeId> nodes = family.stream().map(Holder::node).toList();

        assertEquals(
                GIVEN_SHARDS,
                shards(1, family).orElseThrow().stream().map(nodes::indexOf).toList());
        assertEquals(
                GIVEN_ORDER,
                Placement.order(blob(1), family).stream().map(nodes::indexOf).toList());
    }

    private static final List<Integer> GIVEN_SHARDS = List.of(3, 4, 2, 1, 2, 4, 0);
    private static final List<Integer> GIVEN_ORDER = List.of(4, 3, 1, 2, 0);

    @Property(tries = 500)
    void noHouseGetsMoreShardsThanMayBeLost(@ForAll int number, @ForAll long seed) {
        var random = new Random(seed);
        List<Holder> family = family(random);
        Copies before = copies(random, family);
        Set<NodeId> open = some(random, family);

        Optional<List<NodeId>> places = Placement.shards(blob(number), CODE, family, open, before);
        places.ifPresent(
                each -> {
                    for (String house : Families.houses(family)) {
                        Set<NodeId> inside =
                                family.stream()
                                        .filter(holder -> holder.domain().equals(house))
                                        .map(Holder::node)
                                        .collect(Collectors.toSet());
                        assertTrue(each.stream().filter(inside::contains).count() <= 3);
                    }
                    for (int shard = 0; shard < each.size(); shard++) {
                        assertTrue(
                                open.contains(each.get(shard))
                                        || before.contains(each.get(shard), Piece.shard(shard)),
                                "nothing is given to who takes nothing");
                    }
                });
        if (open.size() == family.size()) {
            assertEquals(
                    Placement.shardsPerNode(CODE, family).isPresent(),
                    places.isPresent(),
                    "what lies anywhere never stands in the way");
        }
    }

    @Property(tries = 200)
    void whoHasNothingOfABlobComesAndGoesWithoutMovingIt(
            @ForAll int number, @ForAll @IntRange(min = 8, max = 14) int count) {
        List<Holder> family = apart(count);
        List<NodeId> places = shards(number, family).orElseThrow();
        Set<NodeId> wholes = replicas(number, 4, family);
        for (Holder leaver : family) {
            List<Holder> left = without(family, leaver);
            if (!places.contains(leaver.node())) {
                assertEquals(places, shards(number, left).orElseThrow());
            }
            if (!wholes.contains(leaver.node())) {
                assertEquals(wholes, replicas(number, 4, left));
            } else {
                var kept = new HashSet<>(wholes);
                kept.remove(leaver.node());
                assertTrue(replicas(number, 4, left).containsAll(kept));
            }
        }
    }

    @Property(tries = 300)
    void ofWhatLiesSomewhereOnlyTheLostIsPlacedAnew(
            @ForAll int number, @ForAll @IntRange(min = 5, max = 12) int count) {
        List<Holder> family = apart(count);
        List<NodeId> places = shards(number, family).orElseThrow();
        Copies lying = Families.shardsAt(places);
        var random = new Random(number);
        Holder leaver = family.get(random.nextInt(count));
        List<Holder> left = without(family, leaver);

        List<NodeId> after =
                Placement.shards(
                                blob(number),
                                CODE,
                                left,
                                Families.nodes(left),
                                lying.without(leaver.node()))
                        .orElseThrow();
        for (int shard = 0; shard < places.size(); shard++) {
            assertTrue(
                    places.get(shard).equals(leaver.node())
                            || places.get(shard).equals(after.get(shard)));
        }
    }

    /// Who joins seven others takes his share, and next to nothing else moves.
    @Example
    void aNewcomerTakesHisShare() {
        List<Holder> before = apart(9);
        List<Holder> after = apart(10);
        NodeId newcomer = node(9);
        int taken = 0;
        int moved = 0;
        for (int number = 0; number < BLOBS; number++) {
            List<NodeId> was = shards(number, before).orElseThrow();
            List<NodeId> is = shards(number, after).orElseThrow();
            for (int shard = 0; shard < was.size(); shard++) {
                if (is.get(shard).equals(newcomer)) {
                    taken++;
                } else if (!is.get(shard).equals(was.get(shard))) {
                    moved++;
                }
            }
        }
        double shards = 7.0 * BLOBS;
        assertEquals(0.1, taken / shards, 0.01);
        assertTrue(moved < taken, "moved among the others: " + moved + ", taken: " + taken);
    }

    @Example
    void wholeCopiesAreSharedOutByCapacity() {
        List<Holder> family = new ArrayList<>();
        long capacities = 0;
        for (int i = 0; i < 6; i++) {
            long capacity = (1L + i) * Families.TERABYTE;
            capacities += capacity;
            family.add(new Holder(node(i), "house " + i, capacity));
        }
        Map<NodeId, Integer> counts = new HashMap<>();
        for (int number = 0; number < BLOBS; number++) {
            replicas(number, 1, family).forEach(each -> counts.merge(each, 1, Integer::sum));
        }
        for (Holder holder : family) {
            double share = (double) holder.capacityBytes() / capacities;
            assertEquals(share, (double) counts.getOrDefault(holder.node(), 0) / BLOBS, 0.025);
        }
    }

    @Example
    void shardsAreSharedOutEvenlyAmongEqualsAndLargerNodesGetMore() {
        List<Holder> family = new ArrayList<>(apart(14));
        family.set(0, new Holder(node(0), "house 0", 4 * Families.TERABYTE));
        Map<NodeId, Integer> counts = new HashMap<>();
        for (int number = 0; number < BLOBS; number++) {
            shards(number, family)
                    .orElseThrow()
                    .forEach(each -> counts.merge(each, 1, Integer::sum));
        }
        double even = 7.0 * BLOBS / 14;
        assertTrue(counts.getOrDefault(node(0), 0) > 1.5 * even);
        for (int i = 1; i < 14; i++) {
            assertEquals(0.95, counts.getOrDefault(node(i), 0) / even, 0.1);
        }
    }

    private static Optional<List<NodeId>> shards(int number, List<Holder> family) {
        return Placement.shards(blob(number), CODE, family, Families.nodes(family), Copies.NONE);
    }

    private static Set<NodeId> replicas(int number, int count, List<Holder> family) {
        return Placement.replicas(blob(number), count, family, Families.nodes(family), Set.of());
    }

    private static List<Holder> family(Random random) {
        var family = new ArrayList<Holder>();
        int houses = 1 + random.nextInt(9);
        for (int i = 1 + random.nextInt(10); i > 0; i--) {
            family.add(
                    new Holder(
                            node(i),
                            "house " + random.nextInt(houses),
                            1 + random.nextLong(Families.TERABYTE)));
        }
        return family;
    }

    private static Set<NodeId> some(Random random, List<Holder> family) {
        return random.nextBoolean()
                ? Families.nodes(family)
                : family.stream()
                        .map(Holder::node)
                        .filter(_ -> random.nextBoolean())
                        .collect(Collectors.toSet());
    }

    private static Copies copies(Random random, List<Holder> family) {
        Copies copies = Copies.NONE;
        for (int i = random.nextInt(12); i > 0; i--) {
            copies =
                    copies.with(
                            family.get(random.nextInt(family.size())).node(),
                            Piece.shard(random.nextInt(7)));
        }
        return copies;
    }

    private static List<Holder> without(List<Holder> family, Holder leaver) {
        return family.stream().filter(each -> !each.equals(leaver)).toList();
    }
}
