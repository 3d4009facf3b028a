package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

/// Where a session begins, when it is level, and what it does about a loss.
class ResumingTest extends ScriptedPeer {
    @Test
    void itSaysOncePerConnectionThatAllIsSent() {
        for (int connections = 0; connections < 2; connections++) {
            open();
            Lane.IN_ORDER.subList(0, 3).forEach(this::page);
            assertEquals(List.of(), sent(SyncMessage.Level.class));
            page(Lane.OUTLIER);
            assertEquals(List.of(new SyncMessage.Level(0)), sent(SyncMessage.Level.class));
            feed(new Input.Tick(1_000));
            assertEquals(List.of(), sent(SyncMessage.Level.class));
        }
    }

    @Test
    void itHasAllOfThePeerOnlyWhenAllBeforeTheEndIsDurable() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        Output.Take take = take();
        receive(new SyncMessage.Level(1));
        assertFalse(session.hasAllOfPeer());
        feed(taken(take.ticket(), Set.of(hash(1)), List.of()));
        assertTrue(session.hasAllOfPeer());
        receive(new SyncMessage.Level(1));
        assertEquals("a second Level", failure());
    }

    @Test
    void aPeerWithNothingNewIsLevelAtOnce() {
        session = session(state(17, false));
        open(17);
        assertFalse(session.hasAllOfPeer());
        receive(new SyncMessage.Level(17));
        assertTrue(session.hasAllOfPeer());
        assertEquals(List.of(), sent(SyncMessage.Compare.class));
    }

    @Test
    void aPeerThatHoldsMoreThanWeRememberIsComparedWith() {
        session = session(state(0, false));
        connected();
        receive(holding(5, RUN));
        assertEquals(List.of(), sent(SyncMessage.Compare.class), "we gave that number just now");
        connected();
        receive(holding(4, PEER_RUN));
        assertEquals(List.of(), sent(SyncMessage.Compare.class), "we remember that");
        connected();
        receive(holding(5, PEER_RUN));
        assertComparisonIsNoted();
        assertEquals(List.of(), sent(SyncMessage.Compare.class), "first what is on its way");
        receive(new SyncMessage.Level(0));
        assertComparesAll();

        session = session(state(0, false));
        connected();
        receive(holding(EPOCH + 1, 1, PEER_RUN));
        assertComparisonIsNoted();
        assertEquals(List.of(), sent(SyncMessage.Compare.class), "first what is on its way");
        receive(new SyncMessage.Level(0));
        assertComparesAll();
    }

    @Test
    void aPeerThatGoesOnBehindWhatIsHeldIsComparedWith() {
        session = session(state(6, false));
        open(6);
        assertEquals(List.of(), sent(SyncMessage.Compare.class));

        session = session(state(6, false));
        open(7);
        receive(new SyncMessage.Level(7));
        assertFalse(session.hasAllOfPeer());
        assertComparisonIsNoted();
        assertComparesAll();
        assertTrue(session.hasAllOfPeer());
    }

    @Test
    void whatIsHeldCountsUntilThePeerHasHeardOfIt() {
        session = session(state(6, false));
        connected();
        receive(hello(PEER_RUN + 1, 2));
        assertEquals(6, session.state().held());
        receive(new SyncMessage.Level(2));
        assertEquals(2, session.state().held());
    }

    @Test
    void aPeerGoesOnWhereItSaysOrWhereItsRunKnowsThatWeHoldMore() {
        session = session(state(6, false));
        open(5);
        receive(events(6, Lane.NEW, hash(1)));
        assertEquals("position 6 follows 6", failure());

        session = session(state(6, false));
        connected();
        receive(hello(PEER_RUN + 1, 5));
        receive(events(6, Lane.NEW, hash(1)));
        assertEquals("", failure());
        receive(events(8, Lane.NEW, hash(2)));
        assertEquals("position 8 follows 6", failure());
    }

    @Test
    void whatDiffersAndMayNotBeChangedIsComparedOnceItMay() {
        session = session(state(0, true));
        readOnly.add(OTHER);
        open();
        receive(new SyncMessage.Level(0));
        receive(new SyncMessage.Digests(List.of(new SyncMessage.Digest(OTHER, hash(1), 1)), true));
        Output.CompareDigests compare = outputs(Output.CompareDigests.class).getFirst();
        feed(new Input.Compared(compare.ticket(), List.of(new Input.Differing(OTHER, List.of()))));
        assertEquals(List.of(), sent(SyncMessage.Need.class));
        assertTrue(session.state().compareDue());

        readOnly.remove(OTHER);
        feed(new Input.Tick(1));
        assertEquals(List.of(new SyncMessage.Compare(null)), sent(SyncMessage.Compare.class));
    }

    @Test
    void aCutBeforeAllThatDiffersWasFetchedBeginsTheComparisonAnew() {
        session = session(state(0, true));
        open();
        receive(new SyncMessage.Level(0));
        receive(new SyncMessage.Digests(List.of(new SyncMessage.Digest(OTHER, hash(1), 0)), true));
        Output.CompareDigests compare = outputs(Output.CompareDigests.class).getFirst();
        var differing = new Input.Differing(OTHER, List.of());
        feed(new Input.Compared(compare.ticket(), List.of(differing)));
        assertEquals(
                List.of(new SyncMessage.Need(OTHER, List.of(), List.of())),
                sent(SyncMessage.Need.class));
        assertTrue(session.state().compareDue());
        open();
        assertEquals(List.of(), sent(SyncMessage.Compare.class), "first what is on its way");
        receive(new SyncMessage.Level(0));
        assertEquals(List.of(new SyncMessage.Compare(null)), sent(SyncMessage.Compare.class));
    }

    @Test
    void aHelloThatALaterOneHasOvertakenEndsItsConnectionAndChangesNothing() {
        open();
        SyncMessage.Hello first = hello(PEER_RUN, 0);
        connected();
        SyncMessage.Hello second = hello(PEER_RUN, 0);
        receive(second);
        page(Lane.LOCAL, List.of(entry(1, Lane.LOCAL, StreamEntry.Kind.CHANGES)), true);
        assertEquals(1, sent(SyncMessage.Events.class).getFirst().firstPosition());

        for (SyncMessage.Hello old : List.of(first, second)) {
            connected();
            receive(old);
            assertEquals("the peer has opened another connection since", closed());
        }

        // It had taken the first position before it came again.
        connected();
        receive(holding(1, RUN));
        assertEquals(1, session.state().mine().acknowledged());
    }

    @Test
    void aHelloOfAProcessThatIsGoneEndsItsConnectionToo() {
        open();
        connected();
        receive(hello(PEER_RUN + 1, 0));
        assertEquals("", closed());

        connected();
        receive(hello(PEER_RUN, 0));
        assertEquals("the peer has opened another connection since", closed());

        connected();
        receive(hello(PEER_RUN + 1, 0));
        assertEquals("", closed());
    }

    // A crash in the midst of it begins it again; once it is done, it is done.
    private void assertComparisonIsNoted() {
        Output.Persist persist = outputs(Output.Persist.class).getFirst();
        assertTrue(persist.state().compareDue());
        assertTrue(
                last.subList(0, last.indexOf(persist)).stream()
                        .noneMatch(Output.Send.class::isInstance));
    }

    private void assertComparesAll() {
        assertEquals(List.of(new SyncMessage.Compare(null)), sent(SyncMessage.Compare.class));
        receive(new SyncMessage.Digests(List.of(), true));
        feed(
                new Input.Compared(
                        outputs(Output.CompareDigests.class).getFirst().ticket(), List.of()));
        assertEquals(List.of(), sent(SyncMessage.Compare.class));
        assertFalse(session.state().compareDue());
    }

    private SyncMessage.Hello holding(long position, long run) {
        return holding(EPOCH, position, run);
    }

    private SyncMessage.Hello holding(long epoch, long position, long run) {
        return new SyncMessage.Hello(
                1,
                node(2),
                0,
                PEER_EPOCH,
                PEER_RUN,
                connection,
                0,
                epoch,
                run,
                position,
                Bytes.EMPTY,
                Bytes.EMPTY);
    }
}
