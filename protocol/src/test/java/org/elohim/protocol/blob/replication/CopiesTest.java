package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class CopiesTest {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;

    @Test
    @DisplayName(
            "R-09: all 63 losses of up to three of seven leave it readable, all 35 of four do not")
    void sevenShardsSurviveAnyThreeLossesAndNoFour() {
        Copies all = seven();

        assertEquals(3, all.losses(CODE));
        for (int lost = 0; lost < 1 << 7; lost++) {
            int bits = lost;
            Copies left = all.at(each -> (bits & (1 << indexOf(each))) == 0);
            boolean readable = Integer.bitCount(lost) <= 3;
            assertEquals(readable, left.isRebuildable(CODE), () -> "lost " + bits);
            assertEquals(readable ? 3 - Integer.bitCount(lost) : Copies.GONE, left.losses(CODE));
        }
    }

    @Test
    void twoShardsOfOneNodeAreLostTogether() {
        Copies four = Copies.NONE;
        for (int shard = 0; shard < 7; shard++) {
            four = four.with(node(shard % 4), Piece.shard(shard));
        }

        assertEquals(1, four.losses(CODE));
        assertEquals(2, four.with(node(7), Piece.WHOLE).losses(CODE));
        assertEquals(1, four.with(node(0), Piece.WHOLE).losses(CODE), "the same disk");
    }

    @Test
    void ofSomeWholeCopiesAllButOneMayBeLost() {
        Copies copies = Copies.NONE;
        assertEquals(Copies.GONE, copies.losses(CODE));
        for (int count = 1; count <= 6; count++) {
            copies = copies.with(node(count), Piece.WHOLE);
            assertEquals(Math.min(3, count - 1), copies.losses(CODE));
        }
    }

    @Test
    void whoLosesWhatHeHasIsNotNamedAnyMore() {
        Copies one = Copies.NONE.with(node(1), Piece.shard(3));

        assertSame(one, one.with(node(1), Piece.shard(3)));
        assertEquals(Copies.NONE, one.without(node(1), Piece.shard(3)));
        assertEquals(Copies.NONE, one.without(node(1)));
        assertEquals(one, one.without(node(1), Piece.shard(2)));
    }

    /// Played through: nodes are taken away in every way.
    @Property(tries = 300)
    void asManyMayBeLostAsItSays(@ForAll long seed) {
        var random = new Random(seed);
        int nodes = 1 + random.nextInt(8);
        Copies copies = Copies.NONE;
        for (int i = random.nextInt(12); i >= 0; i--) {
            Piece piece = random.nextInt(6) == 0 ? Piece.WHOLE : Piece.shard(random.nextInt(7));
            copies = copies.with(node(random.nextInt(nodes)), piece);
        }

        assertEquals(survived(copies), copies.losses(CODE), copies::toString);
    }

    private static int survived(Copies copies) {
        List<NodeId> nodes = new ArrayList<>(copies.nodes());
        int fewest = Copies.LOSSES_MAX + 1;
        for (int lost = 0; lost < 1 << nodes.size(); lost++) {
            int bits = lost;
            if (!copies.at(each -> (bits & (1 << nodes.indexOf(each))) == 0).isRebuildable(CODE)) {
                fewest = Math.min(fewest, Integer.bitCount(lost));
            }
        }
        return fewest - 1;
    }

    private static Copies seven() {
        return Families.shardsAt(
                List.of(node(0), node(1), node(2), node(3), node(4), node(5), node(6)));
    }

    private static int indexOf(NodeId node) {
        for (int i = 0; i < 7; i++) {
            if (node(i).equals(node)) {
                return i;
            }
        }
        throw new IllegalArgumentException("a stranger");
    }
}
