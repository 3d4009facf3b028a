package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// How safe things are: what a session tells of it, and what it concludes from what it hears.
class AssuringTest extends ScriptedPeer {
    @Test
    void aDeviceKnowsUpToWhereItsJournalIsSafe() {
        meet(false);
        page(Lane.LOCAL, List.of(entry(1), entry(2), entry(3)), true);
        receive(new SyncMessage.Ack(1, Tier.ACCEPTED));
        receive(new SyncMessage.Ack(3, Tier.ACCEPTED));
        assertEquals(List.of(), outputs(Output.Reached.class));

        receive(new SyncMessage.Ack(2, Tier.DURABLE));
        assertEquals(1, reached(Lane.LOCAL));
        receive(new SyncMessage.Ack(3, Tier.DURABLE));
        assertEquals(3, reached(Lane.LOCAL));
    }

    @Test
    void whatWasSafeWithANodeThatKnowsNothingOfItIsNotSafeAnyMore() {
        session = session(state(0, false));
        meet(false);
        assertEquals(0, reached(Lane.LOCAL));
    }

    @Test
    void aSiblingCountsOnlyOnceItSaysThatItLacksNothing() {
        asSibling();
        meet(true);
        page(Lane.LOCAL, List.of(entry(1), entry(2)), true);
        List.of(Lane.NEW, Lane.BACKFILL, Lane.OUTLIER).forEach(this::emptyThroughTwo);
        receive(new SyncMessage.Ack(2, Tier.ACCEPTED));
        assertEquals(0, session.peerHolds());
        receive(new SyncMessage.Standing(1, 0, 0, false));
        assertEquals(0, session.peerHolds());
        receive(new SyncMessage.Standing(1, 0, 0, true));
        assertEquals(2, session.peerHolds());

        receive(new SyncMessage.Refused(DOCUMENT, List.of(hash(1)), Limit.UNREADABLE, "damaged"));
        assertEquals(0, session.peerHolds());
    }

    @Test
    void theLaneThatIsFarthestBehindCounts() {
        asSibling();
        meet(true);
        receive(new SyncMessage.Standing(1, 0, 0, true));
        page(Lane.LOCAL, List.of(entry(1), entry(2)), true);
        receive(new SyncMessage.Ack(2, Tier.ACCEPTED));
        assertEquals(0, session.peerHolds());
        List.of(Lane.NEW, Lane.BACKFILL, Lane.OUTLIER).forEach(this::emptyThroughTwo);
        assertEquals(2, session.peerHolds());
    }

    @Test
    void whatCannotBeReadHereAndWasPassedOverIsNotSafe() {
        asSibling();
        meet(true);
        receive(new SyncMessage.Standing(1, 0, 0, true));
        hidden.add(DOCUMENT);
        page(Lane.LOCAL, List.of(entry(1)), true);
        List.of(Lane.NEW, Lane.BACKFILL, Lane.OUTLIER).forEach(this::emptyThroughTwo);
        assertEquals(0, session.peerHolds());
    }

    @Test
    void aNodeSaysThatItLacksSomethingBeforeItTakesThePeerAtItsNumbers() {
        asSibling();
        session = session(state(3, true));
        meet(true);
        feed(new Input.Standing(0, 0, 0, true));
        assertEquals(List.of(), sent(SyncMessage.Standing.class));
        receive(new SyncMessage.Level(0));
        assertEquals(
                List.of(false),
                sent(SyncMessage.Standing.class).stream()
                        .map(SyncMessage.Standing::whole)
                        .toList());
        assertEquals(0, session.heldForSure());
        receive(new SyncMessage.Digests(List.of(), true));
        Output.CompareDigests compare = outputs(Output.CompareDigests.class).getFirst();
        feed(new Input.Compared(compare.ticket(), List.of()));
        assertTrue(sent(SyncMessage.Standing.class).getFirst().whole());
    }

    @Test
    void whatWasNotCountedYetIsNotSaidToBeNothing() {
        asSibling();
        meet(true);
        receive(new SyncMessage.Level(0));
        feed(new Input.Tick(1_000));
        assertEquals(List.of(), sent(SyncMessage.Standing.class));
        feed(new Input.Standing(7, 3, 20, true));
        assertEquals(1, sent(SyncMessage.Standing.class).size());
        meet(true);
        receive(new SyncMessage.Level(0));
        feed(new Input.Tick(3_000));
        assertEquals(List.of(), sent(SyncMessage.Standing.class), "of this connection nothing");
    }

    @Test
    void whatIsDamagedInThePageOfALaneIsNotSafe() {
        asSibling();
        meet(true);
        receive(new SyncMessage.Standing(1, 0, 0, true));
        Output.ReadPage read = lastRead(Lane.LOCAL);
        feed(new Input.Page(read.ticket(), List.of(entry(2)), 2, true, true));
        List.of(Lane.NEW, Lane.BACKFILL, Lane.OUTLIER).forEach(this::emptyThroughTwo);
        receive(new SyncMessage.Ack(1, Tier.ACCEPTED));
        assertEquals(0, session.peerHolds());
    }

    /// Also where the session ends: the next one counts only what it has passed through itself.
    @Test
    void whatHasPassedDamageIsPassedThroughOnceMore() {
        asSibling();
        meet(true);
        Output.ReadPage read = lastRead(Lane.LOCAL);
        feed(new Input.Page(read.ticket(), List.of(entry(2)), 2, true, true));
        List.of(Lane.NEW, Lane.BACKFILL, Lane.OUTLIER).forEach(this::emptyThroughTwo);
        receive(new SyncMessage.Ack(1, Tier.ACCEPTED));
        feed(new Input.Tick(PERSIST_MILLIS));
        Output.State written = outputs(Output.Persist.class).getFirst().state();
        assertEquals(new Positions.Saved(EPOCH, 1, Map.of()), written.mine());

        session = session(written);
        connected();
        receive(hello(SyncSession.CAPABILITIES, written.mine()));
        receive(new SyncMessage.Standing(1, 0, 0, true));
        assertEquals(0, lastRead(Lane.LOCAL).after());
        assertEquals(0, session.peerHolds());
        page(Lane.LOCAL, List.of(entry(1), entry(2)), true);
        List.of(Lane.NEW, Lane.BACKFILL, Lane.OUTLIER).forEach(this::emptyThroughTwo);
        receive(new SyncMessage.Ack(3, Tier.ACCEPTED));
        assertEquals(2, session.peerHolds());
        feed(new Input.Tick(3 * PERSIST_MILLIS));
        assertEquals(
                2,
                outputs(Output.Persist.class).getFirst().state().mine().cursors().get(Lane.LOCAL));
    }

    @Test
    void whoWantsToBeSureComparesAgain() {
        meet(true);
        receive(new SyncMessage.Level(0));
        assertEquals(List.of(), sent(SyncMessage.Compare.class));
        feed(new Input.CompareAll());
        assertEquals(List.of(new SyncMessage.Compare(null)), sent(SyncMessage.Compare.class));
        assertTrue(session.isComparing());
    }

    @Test
    void figuresAreToldOnceASecond() {
        asSibling();
        meet(true);
        receive(new SyncMessage.Level(0));
        feed(new Input.Tick(1));
        feed(new Input.Standing(7, 4, 20, true));
        assertEquals(
                List.of(new SyncMessage.Standing(7, 4, 20, true)),
                sent(SyncMessage.Standing.class));
        feed(new Input.Standing(7, 3, 20, true));
        assertEquals(List.of(), sent(SyncMessage.Standing.class));
        feed(new Input.Tick(1_001));
        assertEquals(
                List.of(new SyncMessage.Standing(7, 3, 20, true)),
                sent(SyncMessage.Standing.class));
        feed(new Input.Standing(7, 3, 20, false));
        assertEquals(
                List.of(new SyncMessage.Standing(7, 3, 20, false)),
                sent(SyncMessage.Standing.class));
    }

    @Test
    void whatIsInTheWayIsToldOnceToWhoUnderstandsIt() {
        open();
        feed(new Input.Obstacle(Tier.DURABLE, "alone"));
        assertEquals(List.of(), sent(SyncMessage.Obstacle.class));

        meet(false);
        assertEquals(
                List.of(new SyncMessage.Obstacle(Tier.DURABLE, "alone")),
                sent(SyncMessage.Obstacle.class));
        feed(new Input.Obstacle(Tier.DURABLE, "alone"));
        assertEquals(List.of(), sent(SyncMessage.Obstacle.class));
        receive(new SyncMessage.Obstacle(Tier.DURABLE, "why"));
        assertEquals(
                List.of(new Output.Obstacle(Tier.DURABLE, "why")), outputs(Output.Obstacle.class));
    }

    @Test
    void nobodyOutsideTheFamilyTellsHowItStands() {
        open();
        receive(new SyncMessage.Standing(1, 0, 0, true));
        assertTrue(failure().contains("only nodes of one family"));
    }

    /// To who holds a part the document may be new.
    @Test
    void toAnObserverARulingIsAnOffer() {
        sibling = true;
        session =
                new SyncSession(
                        new SyncSession.Config(
                                node(1),
                                node(2),
                                1,
                                SyncSession.CAPABILITIES,
                                true,
                                1_000,
                                _ -> false,
                                _ -> true,
                                List.of(Part.parse("reach:commons")),
                                "",
                                _ -> false),
                        Output.State.initial(EPOCH));
        connected();
        assertEquals(
                List.of(Part.parse("reach:commons")),
                sent(SyncMessage.Hello.class).getFirst().part());
        receive(hello(SyncSession.CAPABILITIES));
        receive(new SyncMessage.Ruled(1, DOCUMENT, Messages.ruling(1)));
        Output.TakeRuling take = outputs(Output.TakeRuling.class).getFirst();
        feed(Settlement.noted(take.ticket(), List.of(hash(4))));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(hash(4)), List.of())),
                sent(SyncMessage.Need.class));
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(taken(take().ticket(), Set.of(), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    private void asSibling() {
        sibling = true;
        session = session(Output.State.initial(EPOCH));
    }

    private void meet(boolean asSibling) {
        sibling = asSibling;
        connected();
        receive(hello(SyncSession.CAPABILITIES));
    }

    private SyncMessage.Hello hello(long capabilities) {
        return hello(capabilities, 0, 0, 0);
    }

    // Of a peer that holds what was saved here.
    private SyncMessage.Hello hello(long capabilities, Positions.Saved held) {
        return hello(capabilities, held.epoch(), RUN, held.acknowledged());
    }

    private SyncMessage.Hello hello(
            long capabilities, long heldEpoch, long heldRun, long heldPosition) {
        return new SyncMessage.Hello(
                1,
                node(2),
                capabilities,
                PEER_EPOCH,
                PEER_RUN,
                connection,
                0,
                heldEpoch,
                heldRun,
                heldPosition,
                Bytes.EMPTY,
                Bytes.EMPTY);
    }

    private static StreamEntry entry(long ordering) {
        return entry(ordering, Lane.LOCAL, StreamEntry.Kind.CHANGES);
    }

    private long reached(Lane lane) {
        return outputs(Output.Reached.class).getLast().cursors().getOrDefault(lane, -1L);
    }

    private void emptyThroughTwo(Lane lane) {
        Output.ReadPage read = lastRead(lane);
        feed(new Input.Page(read.ticket(), List.of(), 2, true));
    }
}
