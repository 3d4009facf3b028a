package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.apart;
import static org.elohim.protocol.blob.replication.Families.blob;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;

class BlobReplicationTest {
    private static final ContentHash BLOB = blob(1);
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;

    @Test
    void aBlobOfANodeAloneIsNeverDurable() {
        var world = new World(apart(1));
        world.node(0).put(BLOB, Families.LARGE);
        world.end();

        assertEquals(Stage.ACCEPTED, world.node(0).state(BLOB).stage());
        assertEquals(Set.of(Piece.WHOLE), world.node(0).referenced(BLOB));
    }

    @Test
    void twoHaveItWhole() {
        var world = new World(apart(2));
        world.node(0).put(BLOB, Families.LARGE);
        world.end();

        assertEquals(Stage.DURABLE, world.node(0).state(BLOB).stage());
        assertEquals(Set.of(Piece.WHOLE), world.node(1).referenced(BLOB));
        assertEquals(Stage.KEPT, world.node(1).state(BLOB).stage());
    }

    @Test
    void sevenHaveAShardEachAndNobodyAllOfIt() {
        var world = new World(apart(7));
        world.node(0).put(BLOB, Families.LARGE);
        world.end();

        assertEquals(3, world.node(0).state(BLOB).promised());
        for (Machine node : world.nodes.values()) {
            assertEquals(1, node.referenced(BLOB).size());
            assertFalse(node.referenced(BLOB).contains(Piece.WHOLE));
        }
    }

    /// Every moment at which something is done and nothing more, for each size of family: whoever
    /// is killed there goes on, and all comes to the same end as without it.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void aCrashAtAnyPointChangesNothing(int count) {
        for (long size : new long[] {100, Families.LARGE}) {
            World calm = played(count, size, -1, false);
            for (int moment = 0; moment < calm.points(); moment++) {
                for (boolean target : new boolean[] {false, true}) {
                    World world = played(count, size, moment, target);
                    assertEquals(calm.onDisks(BLOB), world.onDisks(BLOB));
                    assertEquals(
                            calm.node(0).state(BLOB).copies(), world.node(0).state(BLOB).copies());
                    assertEquals(
                            calm.node(0).state(BLOB).promised(),
                            world.node(0).state(BLOB).promised());
                    for (Machine node : world.nodes.values()) {
                        assertEquals(
                                calm.at(node.id()).orElseThrow().referenced(BLOB),
                                node.referenced(BLOB));
                    }
                }
            }
        }
    }

    private static World played(int count, long size, int moment, boolean target) {
        var world = new World(apart(count));
        world.killAt(moment, target);
        World.survive(() -> world.node(0).put(BLOB, size));
        if (world.node(0).find(BLOB).isEmpty()) {
            // It was never answered, so who put it does so again.
            world.node(0).put(BLOB, size);
        }
        world.end();
        return world;
    }

    /// The same for taking it back everywhere.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void whatNobodyWantsIsLetGoEverywhereWhereverOneIsKilled(int count) {
        int moments = abandoned(count, -1, false).points();
        for (int moment = 0; moment < moments; moment++) {
            for (boolean target : new boolean[] {false, true}) {
                World world = abandoned(count, moment, target);
                for (Machine node : world.nodes.values()) {
                    assertTrue(node.find(BLOB).isEmpty(), "nothing is remembered of it");
                    assertEquals(Set.of(), node.referenced(BLOB));
                }
            }
        }
    }

    private static World abandoned(int count, int moment, boolean target) {
        var world = new World(apart(count));
        world.node(0).put(BLOB, Families.LARGE);
        world.end();
        int before = world.points();
        world.killAt(moment, target);
        World.survive(() -> world.node(0).abandon(BLOB));
        world.node(0).abandon(BLOB);
        world.end();
        assertTrue(world.points() >= before);
        return world;
    }

    @Test
    @DisplayName("R-10: what a disk has lost is made again from the others, by nobody's hand")
    void aReplacedDiskIsFilledAgain() {
        for (int count = 2; count <= 8; count++) {
            for (int wiped = 0; wiped < count; wiped++) {
                var world = new World(apart(count));
                world.node(0).put(BLOB, Families.LARGE);
                world.end();
                Copies before = world.onDisks(BLOB);

                world.node(wiped).wipe();
                world.nodes.values().forEach(Machine::hearOfLosses);
                world.end();

                assertEquals(before.losses(CODE), world.onDisks(BLOB).losses(CODE));
                assertEquals(before.shards(), world.onDisks(BLOB).shards());
                assertEquals(Stage.DURABLE, world.node(0).state(BLOB).stage());
            }
        }
    }

    @Test
    void whoAcceptedItMayGoForGood() {
        for (int count = 3; count <= 8; count++) {
            var world = new World(apart(count));
            Machine first = world.node(0);
            first.put(BLOB, Families.LARGE);
            world.end();

            world.nodes.remove(first.id());
            world.end();

            int wanted = Strategy.losses(count - 1);
            assertTrue(world.onDisks(BLOB).losses(CODE) >= wanted, "count " + count);
        }
    }

    @Test
    void anAbsenceIsWaitedForAndOneTooManyIsNot() {
        var world = new World(apart(8));
        world.node(0).put(BLOB, Families.LARGE);
        world.end();
        Copies before = world.onDisks(BLOB);
        var holders =
                world.nodes.values().stream()
                        .skip(1)
                        .filter(node -> !node.onDisk(BLOB).isEmpty())
                        .toList();

        holders.get(0).stop();
        world.nowMillis += Absence.AWAY_MILLIS - 1;
        world.end();
        assertEquals(before, world.onDisks(BLOB), "one may be away for hours");
        assertTrue(world.node(0).state(BLOB).waitsUntil(world.sight(world.node(0))).isPresent());

        holders.get(1).stop();
        world.nowMillis += Absence.REBOOT_MILLIS;
        world.end();
        assertFalse(before.equals(world.onDisks(BLOB)), "two are made anew");
        assertTrue(world.node(0).state(BLOB).promised() > 0, "nothing of it is lost");
    }

    @Test
    void whoIsFullIsGivenNothing() {
        var world = new World(apart(5));
        world.node(1).hasRoom = false;
        world.node(2).hasRoom = false;
        world.node(0).put(BLOB, Families.LARGE);
        world.end();

        assertEquals(Set.of(), world.node(1).onDisk(BLOB));
        assertEquals(Set.of(), world.node(2).onDisk(BLOB));
        assertEquals(Stage.DURABLE, world.node(0).state(BLOB).stage());
    }

    @Test
    void aWordFromBeforeTakesNothingFromWhoWantsItAnew() {
        var world = new World(apart(3));
        Machine first = world.node(0);
        first.put(BLOB, 100);
        world.end();
        first.abandon(BLOB);
        // Nobody was told yet.
        first.put(BLOB, 100);
        world.end();

        assertEquals(Stage.DURABLE, first.state(BLOB).stage());
        for (Machine node : world.nodes.values()) {
            assertEquals(Set.of(Piece.WHOLE), node.referenced(BLOB));
        }
    }

    @Test
    void whatTwoHaveAcceptedStaysForTheOther() {
        var world = new World(apart(4));
        world.node(0).put(BLOB, 100);
        world.node(1).put(BLOB, 100);
        world.end();
        world.node(0).abandon(BLOB);
        world.end();

        assertEquals(Stage.DURABLE, world.node(1).state(BLOB).stage());
        assertTrue(world.onDisks(BLOB).losses(CODE) >= 1);
    }

    /// The store was told to let go of it, and a crash has kept that from being written down.
    @Test
    void whatTheStoreWasToldLastIsNotKnownOnceOtherPiecesWereWanted() {
        var world = new World(apart(1));
        Machine only = world.node(0);
        only.put(BLOB, 100);
        world.end();
        only.abandon(BLOB);
        world.killAt(0, false);
        World.survive(() -> only.workOn(BLOB, 0));
        only.put(BLOB, 100);
        world.end();

        assertEquals(Set.of(Piece.WHOLE), only.referenced(BLOB));
    }
}
