package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.apart;
import static org.elohim.protocol.blob.replication.Families.blob;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

class StrategyTest {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;
    private static final int FAMILY_MAX = 8;

    @Test
    void fewHoldersHaveItWholeAndManyInShards() {
        for (int count = 1; count < Strategy.CODED_HOLDERS_MIN; count++) {
            assertEquals(new Strategy.Replicas(count), Strategy.of(apart(count), Families.LARGE));
        }
        for (int count = Strategy.CODED_HOLDERS_MIN; count <= FAMILY_MAX; count++) {
            assertEquals(new Strategy.Coded(CODE), Strategy.of(apart(count), Families.LARGE));
        }
    }

    @Test
    void whatIsSmallerThanAStripeStaysWhole() {
        for (int count = 1; count <= FAMILY_MAX; count++) {
            assertEquals(
                    new Strategy.Replicas(Math.min(4, count)),
                    Strategy.of(apart(count), Families.LARGE - 1));
        }
    }

    @Test
    void twoHousesAreTooFewForShardsAsEachCouldHoldOnlyThree() {
        for (int count = 2; count <= FAMILY_MAX; count++) {
            for (List<Holder> family : Families.inHouses(count)) {
                if (Families.houses(family).size() < 3) {
                    assertInstanceOf(Strategy.Replicas.class, Strategy.of(family, Families.LARGE));
                }
            }
        }
    }

    /// Every family of up to eight nodes in every arrangement of houses, placed as is meant.
    @Test
    void whateverTheHousesWhatIsPlacedSurvivesWhatDurablePromises() {
        for (int count = 2; count <= FAMILY_MAX; count++) {
            int promised = count >= 7 ? 3 : 1;
            for (List<Holder> family : Families.inHouses(count)) {
                for (long size : new long[] {1, Families.LARGE}) {
                    Copies placed = placed(family, size);
                    assertTrue(survivesAny(promised, family, placed), () -> family.toString());
                    assertEquals(promised, Math.min(promised, placed.losses(CODE)));
                    if (Families.houses(family).size() > 1) {
                        for (String house : Families.houses(family)) {
                            assertTrue(
                                    survives(placed, inHouse(family, house)),
                                    () -> house + " of " + family);
                        }
                    }
                }
            }
        }
    }

    @Test
    void oneHolderAloneSurvivesNothing() {
        assertFalse(survivesAny(1, apart(1), placed(apart(1), 1)));
        assertTrue(placed(apart(1), 1).losses(CODE) < Strategy.losses(1));
    }

    private static Copies placed(List<Holder> family, long size) {
        return switch (Strategy.of(family, size)) {
            case Strategy.Replicas(int count) ->
                    Families.wholesAt(
                            Placement.replicas(
                                    blob(1), count, family, Families.nodes(family), Set.of()));
            case Strategy.Coded(var code) -> {
                List<NodeId> places =
                        Placement.shards(blob(1), code, family, Families.nodes(family), Copies.NONE)
                                .orElseThrow();
                assertBounded(family, places);
                yield Families.shardsAt(places);
            }
        };
    }

    private static void assertBounded(List<Holder> family, List<NodeId> places) {
        assertEquals(7, places.size());
        for (String house : Families.houses(family)) {
            assertTrue(places.stream().filter(inHouse(family, house)).count() <= 3);
        }
        long most =
                places.stream()
                        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElseThrow();
        assertEquals(Placement.shardsPerNode(CODE, family).orElseThrow(), most);
    }

    private static Predicate<NodeId> inHouse(List<Holder> family, String house) {
        Set<NodeId> inside =
                family.stream()
                        .filter(holder -> holder.domain().equals(house))
                        .map(Holder::node)
                        .collect(Collectors.toSet());
        return inside::contains;
    }

    private static boolean survivesAny(int losses, List<Holder> family, Copies placed) {
        List<NodeId> nodes = family.stream().map(Holder::node).toList();
        for (int lost = 0; lost < 1 << family.size(); lost++) {
            int bits = lost;
            if (Integer.bitCount(lost) <= losses
                    && !survives(placed, node -> (bits & (1 << nodes.indexOf(node))) != 0)) {
                return false;
            }
        }
        return true;
    }

    private static boolean survives(Copies placed, Predicate<NodeId> lost) {
        return placed.at(lost.negate()).isRebuildable(CODE);
    }
}
