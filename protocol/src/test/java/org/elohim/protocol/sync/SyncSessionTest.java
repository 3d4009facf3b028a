package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// One session against a scripted peer: what the simulator's honest worlds never bring about.
class SyncSessionTest extends ScriptedPeer {
    @Test
    void aPeerThatSaysNoHelloInTimeIsGivenUp() {
        feed(new Input.Tick(1_000));
        connected();
        feed(new Input.Tick(1_000 + SyncSession.HELLO_MILLIS - 1));
        assertEquals("", closed());
        feed(new Input.Tick(1_000 + SyncSession.HELLO_MILLIS));
        assertEquals("no Hello", closed());
    }

    @Test
    void whoeverIsNotThePeerIsTurnedAway() {
        connected();
        receive(hello(node(3), PEER_EPOCH, 1));
        assertTrue(failure().contains("this is not"), failure());
    }

    @Test
    void anotherVersionIsTurnedAwayWithBothNumbers() {
        connected();
        receive(hello(node(2), PEER_EPOCH, 9));
        assertEquals("version 9, only 1 is spoken here", failure());
    }

    @Test
    void anEpochOfZeroIsTurnedAway() {
        connected();
        receive(hello(node(2), 0, 1));
        assertEquals("epoch=0", failure());
    }

    @Test
    void nothingButHelloMayComeFirst() {
        connected();
        receive(new SyncMessage.Ack(1, Tier.ACCEPTED));
        assertEquals("the first message must be Hello", failure());
    }

    @Test
    void aSecondHelloAndALateChallengeEndTheSession() {
        open();
        receive(hello(node(2), PEER_EPOCH, 1));
        assertEquals("a second Hello", failure());
        open();
        receive(new SyncMessage.Challenge(node(2), Bytes.EMPTY));
        assertEquals("a Challenge within a session", failure());
    }

    @Test
    void aNewerConnectionReplacesTheOneBeforeWhichIsHeardNoMore() {
        open();
        long old = connection;
        connected();
        assertTrue(
                last.stream()
                        .anyMatch(
                                output ->
                                        output instanceof Output.Close(long closed, var _)
                                                && closed == old));
        feed(new Input.Received(old, new SyncMessage.Ack(5, Tier.ACCEPTED)));
        assertEquals(List.of(), last);
        feed(new Input.Disconnected(old));
        receive(hello(node(2), PEER_EPOCH, 1));
        assertEquals("", failure());
    }

    @Test
    void theFirstPersistOfANewEpochComesBeforeAnyAcknowledgement() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        assertEquals(PEER_EPOCH, outputs(Output.Persist.class).getFirst().state().peerEpoch());
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
    }

    @Test
    void positionsArePersistedOnlyAsOftenAsTold() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(taken(take().ticket(), Set.of(hash(1)), List.of()));
        assertEquals(1, sent(SyncMessage.Ack.class).size());
        feed(new Input.Tick(PERSIST_MILLIS - 1));
        assertEquals(List.of(), outputs(Output.Persist.class));
        feed(new Input.Tick(PERSIST_MILLIS));
        assertEquals(1, outputs(Output.Persist.class).getFirst().state().held());
        feed(new Input.Tick(2 * PERSIST_MILLIS));
        assertEquals(List.of(), outputs(Output.Persist.class), "nothing has changed since");
    }

    @Test
    void whatThePeerSaysLastIsPassedOn() {
        open();
        receive(new SyncMessage.Failure("no more space"));
        assertEquals("the peer says: no more space", closed());
    }

    @Test
    void aChangeTooLargeForItsEventIsAsNewAsOthersAndWhatComesBesideItIsHistory() {
        open();
        receive(events(1, Lane.LOCAL, hash(1)));
        feed(missing(take().ticket(), hash(1)));
        receive(new SyncMessage.Changes(DOCUMENT, List.of(Bytes.parseHex("01"))));
        assertEquals(Lane.NEW, take().lane());
        feed(missing(take().ticket(), hash(1)));
        receive(
                new SyncMessage.Changes(
                        DOCUMENT, List.of(Bytes.parseHex("01"), Bytes.parseHex("02"))));
        assertEquals(Lane.BACKFILL, take().lane());
    }

    @Test
    void positionsThatSkipOrRepeatEndTheSession() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        receive(events(3, Lane.NEW, hash(2)));
        assertEquals("position 3 follows 1", failure());
        open();
        receive(events(1, Lane.NEW, hash(1)));
        receive(events(1, Lane.NEW, hash(1)));
        assertEquals("position 1 follows 1", failure());
    }

    @Test
    void moreThanTheWindowEndsTheSession() {
        open();
        List<SyncMessage.Event> events =
                IntStream.range(0, SyncMessage.EVENTS_MAX)
                        .mapToObj(
                                _ ->
                                        new SyncMessage.Event(
                                                DOCUMENT, List.of(hash(1)), Lane.NEW, List.of()))
                        .toList();
        for (int i = 0; i <= Sending.WINDOW_EVENTS / SyncMessage.EVENTS_MAX; i++) {
            receive(new SyncMessage.Events(1 + (long) i * SyncMessage.EVENTS_MAX, events));
        }
        assertEquals("more events than the window allows", failure());
    }

    @Test
    void answersNobodyAskedForEndTheSession() {
        open();
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        assertEquals("changes that nobody asked for", failure());
        open();
        receive(new SyncMessage.Digests(List.of(), true));
        assertEquals("digests that nobody asked for", failure());
    }

    @Test
    void tooManyQuestionsEndTheSession() {
        open();
        for (int i = 0; i <= Serving.NEEDS_MAX; i++) {
            receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of()));
        }
        assertEquals("more than " + Serving.NEEDS_MAX + " open Needs", failure());
        open();
        receive(new SyncMessage.Compare(null));
        receive(new SyncMessage.Compare(null));
        assertEquals("a second Compare before the answer to the first", failure());
    }

    @Test
    void whatIsNoChangeEndsTheSession() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(new Input.Poisoned(take().ticket(), "checksum"));
        assertEquals("not a change: checksum", failure());
    }

    @Test
    void staleTicketsMeanNothing() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        long ticket = take().ticket();
        feed(new Input.Disconnected(connection));
        open();
        feed(taken(ticket, Set.of(hash(1)), List.of()));
        feed(new Input.Page(ticket, List.of(), 5, true));
        feed(new Input.ChangesRead(ticket, List.of()));
        feed(new Input.DigestsRead(ticket, List.of(), true));
        feed(new Input.Compared(ticket, List.of()));
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
        assertEquals("", failure());
    }

    @ParameterizedTest
    @EnumSource(Limit.class)
    void aRefusalIsToldOnceAndTheNumberAcknowledged(Limit limit) {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(taken(take().ticket(), Set.of(), List.of(new Input.Refusal(hash(1), limit, "words"))));
        assertEquals(
                List.of(new SyncMessage.Refused(DOCUMENT, List.of(hash(1)), limit, "words")),
                sent(SyncMessage.Refused.class));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    @Test
    void whatThePeerMayNotChangeIsRefusedAndAcknowledged() {
        readOnly.add(DOCUMENT);
        open();
        receive(events(1, Lane.NEW, hash(1)));
        assertEquals(Limit.REACH, sent(SyncMessage.Refused.class).getFirst().limit());
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
        receive(new SyncMessage.Deleted(2, DOCUMENT, 1));
        assertEquals(Limit.REACH, sent(SyncMessage.Refused.class).getFirst().limit());
        assertEquals(List.of(), outputs(Output.TakeMark.class));
        assertEquals(List.of(new SyncMessage.Ack(2, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
        receive(new SyncMessage.Restored(3, DOCUMENT, 2));
        assertEquals(Limit.REACH, sent(SyncMessage.Refused.class).getFirst().limit());
        assertEquals(List.of(), outputs(Output.TakeMark.class));
        assertEquals(List.of(new SyncMessage.Ack(3, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    @Test
    void higherTiersAreToldForWhatIsHeldOnly() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(taken(take().ticket(), Set.of(hash(1)), List.of()));
        feed(new Input.Raised(2, Tier.DURABLE));
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
        feed(new Input.Raised(1, Tier.DURABLE));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.DURABLE)), sent(SyncMessage.Ack.class));
    }

    @Test
    void lanesGoOutStrictlyInTheirOrder() {
        open();
        page(Lane.LOCAL);
        page(Lane.NEW);
        List<StreamEntry> history =
                IntStream.rangeClosed(1, Sending.PAGE_ENTRIES)
                        .mapToObj(i -> entry(i, Lane.BACKFILL, StreamEntry.Kind.CHANGES))
                        .toList();
        page(Lane.BACKFILL, history, false);
        assertEquals(Sending.PAGE_ENTRIES, kinds().size());
        feed(Input.Fresh.of(entry(500, Lane.LOCAL, StreamEntry.Kind.CHANGES)));
        assertEquals(List.of(Lane.LOCAL), kinds(), "before the rest of the history");
    }

    @Test
    void whatThePeerHasSentDoesNotGoBackButIsToldOfAfterACut() {
        open();
        page(Lane.LOCAL, List.of(ofPeer(1)), true);
        SyncMessage.Event told = sent(SyncMessage.Events.class).getFirst().events().getFirst();
        assertEquals(List.of(hash(1)), told.hashes());
        assertEquals(List.of(), told.changes());

        feed(Input.Fresh.of(ofPeer(2)));
        assertEquals(List.of(), sent(SyncMessage.Events.class));
    }

    private static StreamEntry ofPeer(long ordering) {
        return StreamEntry.ofChanges(
                ordering,
                Lane.LOCAL,
                DOCUMENT,
                List.of(hash(1)),
                node(2),
                List.of(Bytes.copyOf(new byte[8])));
    }

    @Test
    void aPeerThatNeverAcknowledgesIsGivenUpAndHoldsNoMoreThanTheWindow() {
        feed(new Input.Tick(1));
        open();
        page(Lane.LOCAL);
        for (int i = 1; i <= 10 * Sending.WINDOW_EVENTS; i++) {
            feed(Input.Fresh.of(entry(i, Lane.LOCAL, StreamEntry.Kind.CHANGES)));
            session.checkInvariants();
        }
        feed(new Input.Tick(1 + SyncSession.ACK_MILLIS));
        assertEquals("nothing was heard of what was sent", closed());
    }

    @Test
    void aSlowLineHasTimeForWhatIsOnIt() {
        feed(new Input.Tick(1));
        open();
        page(Lane.LOCAL, List.of(entry(1, Lane.LOCAL, StreamEntry.Kind.CHANGES)), true);
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of(hash(1))));
        Output.ReadChanges read = outputs(Output.ReadChanges.class).getFirst();
        Bytes large = Bytes.copyOf(new byte[8 << 20]);
        feed(new Input.ChangesRead(read.ticket(), List.of(large)));
        long sent = 1 + (8 << 20) / 8;
        feed(new Input.Tick(sent + SyncSession.ACK_MILLIS - 1));
        assertEquals("", closed());
        feed(new Input.Tick(sent + SyncSession.ACK_MILLIS));
        assertEquals("nothing was heard of what was sent", closed());
    }

    @Test
    void aHigherTierIncludesTheLower() {
        open();
        page(Lane.LOCAL, List.of(entry(1, Lane.LOCAL, StreamEntry.Kind.CHANGES)), true);
        receive(new SyncMessage.Ack(1, Tier.DURABLE));
        assertEquals(
                List.of(Tier.ACCEPTED, Tier.DURABLE),
                outputs(Output.Acknowledged.class).stream()
                        .map(Output.Acknowledged::tier)
                        .toList());
    }

    @Test
    void acknowledgementsBeyondTheEndOrBackwardsChangeNothing() {
        open();
        page(Lane.LOCAL, List.of(entry(1, Lane.LOCAL, StreamEntry.Kind.CHANGES)), true);
        receive(new SyncMessage.Ack(SyncMessage.POSITION_MAX, Tier.VERIFIED));
        assertEquals(List.of(), outputs(Output.Acknowledged.class));
        receive(new SyncMessage.Ack(1, Tier.ACCEPTED));
        receive(new SyncMessage.Ack(1, Tier.ACCEPTED));
        assertEquals(List.of(), outputs(Output.Acknowledged.class));
    }

    @Test
    void aRefusalOfThePeerIsPassedOn() {
        open();
        var refused = new SyncMessage.Refused(DOCUMENT, List.of(hash(1)), Limit.SEQUENCE, "gap");
        receive(refused);
        assertEquals(List.of(new Output.Refused(refused)), outputs(Output.Refused.class));
    }

    @Test
    void closingPersistsAndSaysWhy() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(taken(take().ticket(), Set.of(hash(1)), List.of()));
        feed(new Input.Closing("the node stops"));
        assertTrue(last.getFirst() instanceof Output.Persist, last.toString());
        assertEquals("the node stops", closed());
        assertFalse(session.isIdle());
    }
}
