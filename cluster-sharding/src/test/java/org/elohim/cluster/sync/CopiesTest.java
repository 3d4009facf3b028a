package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class CopiesTest {
    private static final ActorTestKit ACTORS = ActorTestKit.create();
    private static final NodeId ATTIC = node("aa");
    private static final NodeId CELLAR = node("bb");

    private final TestProbe<PeerSync.Command> phone = ACTORS.createTestProbe();
    private long nowMillis = 1_000;
    private final Copies copies = new Copies(1, () -> nowMillis);

    @AfterAll
    static void stop() {
        ACTORS.shutdownTestKit();
    }

    @Test
    void whoWaitsIsToldOnceAndNotTooEarly() {
        copies.await(phone.getRef(), 10);
        copies.holds(ATTIC, 9);
        phone.expectNoMessage();
        copies.holds(ATTIC, 10);
        phone.expectMessage(new PeerSync.Command.Safer());
        copies.holds(ATTIC, 11);
        phone.expectNoMessage();
        copies.await(phone.getRef(), 11);
        phone.expectMessage(new PeerSync.Command.Safer());
    }

    /// A node or an observer that has nothing yet refuses a change: that is no durable one.
    @Test
    void whereThereIsNobodyNothingIsDurableNotEvenAnEmptyJournal() {
        copies.await(phone.getRef(), 0);
        phone.expectNoMessage();
        assertFalse(copies.isDurable(0));
        assertTrue(copies.obstacle(0).isPresent());
        copies.holds(ATTIC, 0);
        phone.expectMessage(new PeerSync.Command.Safer());
        assertTrue(copies.isDurable(0));
    }

    @Test
    void aNodeThatWasRemovedOrHasLostItsDiskCountsNoMore() {
        copies.holds(ATTIC, 10);
        copies.holds(CELLAR, 7);
        assertEquals(10, copies.durable());
        copies.remove(ATTIC);
        assertEquals(7, copies.durable());
        copies.holds(CELLAR, 0);
        assertEquals(0, copies.durable());
    }

    @Test
    void asManyAsAreConfiguredMustHoldIt() {
        var two = new Copies(2, () -> nowMillis);
        two.holds(ATTIC, 10);
        two.stands(status(ATTIC, List.of(), true, 0));
        assertEquals(0, two.durable());
        assertFalse(two.isHopeful());
        assertTrue(two.obstacle(10).orElseThrow().contains("2 other full nodes must hold it"));
        two.holds(CELLAR, 10);
        assertEquals(10, two.durable());
        assertEquals(Optional.empty(), two.obstacle(10));
    }

    @Test
    void whatIsInTheWayIsSaidInWords() {
        assertTrue(copies.obstacle(5).orElseThrow().contains("a node alone never says"));
        copies.stands(status(ATTIC, List.of(Part.parse("reach:commons")), true, 0));
        assertTrue(copies.obstacle(5).orElseThrow().contains("a node alone never says"));

        copies.stands(status(CELLAR, List.of(), true, 3));
        nowMillis += 14_000;
        assertEquals(
                "node " + CELLAR + " has not confirmed for 10 s", copies.obstacle(5).orElseThrow());
        copies.stands(status(CELLAR, List.of(), false, 0));
        assertEquals(
                "node " + CELLAR + " has not been connected for 10 s",
                copies.obstacle(5).orElseThrow());
        copies.holds(CELLAR, 5);
        assertEquals(Optional.empty(), copies.obstacle(5));
    }

    @Test
    void twoAreInSyncWhenNeitherLacksAnything() {
        assertTrue(status(CELLAR, List.of(), true, 0).inSync());
        assertFalse(status(CELLAR, List.of(), false, 0).inSync());
        SiblingStatus behind = status(CELLAR, List.of(), true, 3);
        assertEquals(
                Optional.of("catches up: it lacks 3 entries of ours"), behind.whyNotInSync(1_000));
    }

    private static SiblingStatus status(
            NodeId node, List<Part> part, boolean connected, long lacks) {
        return new SiblingStatus(
                node,
                part,
                connected,
                1_000,
                1_000,
                0,
                "",
                new SiblingStatus.Behind(lacks, 0),
                false,
                Optional.of(new SyncMessage.Standing(1, 0, 0, true)),
                OptionalLong.empty(),
                0,
                0);
    }

    private static NodeId node(String byteHex) {
        return new NodeId(Bytes.parseHex(byteHex.repeat(32)));
    }
}
