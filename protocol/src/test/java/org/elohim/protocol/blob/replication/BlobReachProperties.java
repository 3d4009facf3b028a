package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.apart;
import static org.elohim.protocol.blob.replication.Families.blob;
import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.blob.replication.ReplicationEvent.Placed;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// How far a blob may travel, as the nodes of a family come to know it.
class BlobReachProperties {
    private static final NodeId SELF = node(0);
    private static final ContentHash BLOB = blob(1);
    private static final long SIZE = 100;

    private static Beginning accepted(Reach reach, long turn) {
        return new ReplicationEvent.Accepted(BLOB, SIZE, reach, SELF, turn);
    }

    private static Beginning adopted(Reach reach, Map<NodeId, Long> stewards) {
        return new ReplicationEvent.Adopted(
                BLOB, SIZE, reach, SELF, Piece.WHOLE, new TreeMap<>(stewards), null);
    }

    private static BlobReplication after(List<? extends ReplicationEvent> events) {
        BlobReplication blob = BlobReplication.of((Beginning) events.getFirst());
        for (ReplicationEvent event : events.subList(1, events.size())) {
            blob = blob.after(event);
        }
        return blob;
    }

    private static Reach any(Random random) {
        return Reach.ofCode(random.nextInt(Reach.values().length));
    }

    /// Each steward in one turn: whoever else tells what, and in whatever order.
    @Property(tries = 300)
    void theWidestThatWasToldWinsInAnyOrder(@ForAll long seed) {
        var random = new Random(seed);
        var told = new ArrayList<Beginning>();
        told.add(accepted(any(random), 7));
        for (int i = random.nextInt(6); i >= 0; i--) {
            var stewards = new TreeMap<NodeId, Long>();
            for (int steward = random.nextInt(3); steward >= 0; steward--) {
                int which = 1 + random.nextInt(3);
                stewards.put(node(which), (long) which);
            }
            told.add(adopted(any(random), stewards));
        }
        Collections.shuffle(told, random);
        Reach widest = told.stream().map(Beginning::reach).max(Reach::compareTo).orElseThrow();

        assertEquals(widest, after(told).reach());
    }

    /// A steward that abandons a blob and puts it anew is heard by those that keep it for him, also
    /// where they hear first of what came last.
    @Property
    void whatAStewardToldInHisLastTurnCounts(@ForAll Reach before, @ForAll Reach now) {
        Beginning first = adopted(before, Map.of(node(1), 4L));
        Beginning then = adopted(now, Map.of(node(1), 9L));

        assertEquals(now, after(List.of(first, then)).reach());
        assertEquals(now, after(List.of(then, first)).reach());
        assertEquals(now, after(List.of(first, then, first, then)).reach());
    }

    @Property
    void whatAllHaveAbandonedBeginsAnew(@ForAll Reach before, @ForAll Reach now) {
        BlobReplication left =
                after(
                        List.of(
                                accepted(before, 1),
                                new Placed(node(1), Piece.WHOLE, before),
                                new ReplicationEvent.Abandoned(SELF, 1)));

        assertEquals(Reach.DEFAULT, left.reach());
        assertEquals(now, left.after(accepted(now, 2)).reach());
        assertEquals(now, left.after(adopted(now, Map.of(node(1), 1L))).reach());
    }

    @Property
    void asLongAsSomebodyWantsItItIsNotNarrowed(@ForAll Reach one, @ForAll Reach other) {
        BlobReplication both =
                after(List.of(accepted(one, 1), adopted(other, Map.of(node(1), 1L))));
        Reach widest = Reach.widest(one, other);

        assertEquals(widest, both.reach());
        assertEquals(widest, both.after(new ReplicationEvent.Abandoned(SELF, 1)).reach());
        assertEquals(widest, both.after(new ReplicationEvent.Abandoned(node(1), 1)).reach());
        assertEquals(widest, both.after(accepted(Reach.PRIVATE, 2)).reach());
    }

    /// Also where the blob was put anew while the offer of before was on its way.
    @Property
    void whoeverWasToldLessIsToldAgain(@ForAll Reach before, @ForAll Reach now) {
        BlobReplication wider =
                after(
                        List.of(
                                accepted(before, 1),
                                new Placed(node(1), Piece.WHOLE, before),
                                accepted(now, 2),
                                new Placed(node(2), Piece.WHOLE, before)));
        boolean isWider = now.compareTo(before) > 0;

        assertEquals(isWider ? Set.of(node(1), node(2)) : Set.of(), wider.behind());
        BlobReplication told = wider.after(new Placed(node(1), Piece.WHOLE, wider.reach()));
        assertEquals(isWider ? Set.of(node(2)) : Set.of(), told.behind());
        assertEquals(Set.of(), told.after(new ReplicationEvent.Lost(node(2))).behind());
    }

    /// However many nodes there are, in shards or whole, and whoever is killed when: all come to
    /// know the wider reach, and nothing else is done than without it.
    @Example
    void aWiderReachComesToAllThatHoldIt() {
        for (int count = 1; count <= 8; count++) {
            for (long size : new long[] {SIZE, Families.LARGE}) {
                World calm = widened(count, size, -1, false);
                for (int moment = 0; moment < calm.points(); moment++) {
                    assertIsToldToAll(widened(count, size, moment, false));
                    assertIsToldToAll(widened(count, size, moment, true));
                }
            }
        }
    }

    private static World widened(int count, long size, int moment, boolean target) {
        var world = new World(apart(count));
        world.node(0).put(BLOB, size);
        world.end();
        Copies before = world.node(0).state(BLOB).copies();
        world.killAt(moment, target);
        World.survive(() -> world.node(0).put(BLOB, size, Reach.COMMONS));
        world.killAt(-1, false);
        if (world.node(0).state(BLOB).reach() != Reach.COMMONS) {
            world.node(0).put(BLOB, size, Reach.COMMONS);
        }
        world.killAt(moment, target);
        world.end();
        assertTrue(world.node(0).state(BLOB).copies().nodes().containsAll(before.nodes()));
        return world;
    }

    private static void assertIsToldToAll(World world) {
        BlobReplication own = world.node(0).state(BLOB);
        assertEquals(Set.of(), own.behind());
        for (NodeId holder : own.copies().nodes()) {
            assertEquals(Reach.COMMONS, world.at(holder).orElseThrow().state(BLOB).reach());
        }
    }
}
