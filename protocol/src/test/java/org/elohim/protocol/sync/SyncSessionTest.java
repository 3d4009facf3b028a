package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.document;
import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// One session against a scripted peer: what the simulator's honest worlds never bring about.
class SyncSessionTest {
    private static final long EPOCH = 7;
    private static final long RUN = 70;
    private static final long PEER_EPOCH = 8;
    private static final long PEER_RUN = 80;
    private static final DocumentId DOCUMENT = document(1);
    private static final DocumentId OTHER = document(2);

    private final Set<DocumentId> hidden = new HashSet<>();
    private final Set<DocumentId> readOnly = new HashSet<>();
    private SyncSession session = session(Output.State.initial(EPOCH));
    private final List<Output> last = new ArrayList<>();
    private long connection;

    @AfterEach
    void invariantsHold() {
        session.checkInvariants();
    }

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
    void marksAreTakenAndAcknowledged() {
        open();
        receive(new SyncMessage.Deleted(1, DOCUMENT, 3));
        var deleted = outputs(Output.TakeMark.class).getFirst();
        assertEquals(StreamEntry.Kind.DELETED, deleted.kind());
        assertEquals(3, deleted.life());
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
        feed(taken(deleted.ticket(), Set.of(), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
        receive(new SyncMessage.Withdrawn(2, DOCUMENT));
        assertEquals(StreamEntry.Kind.WITHDRAWN, outputs(Output.TakeMark.class).getFirst().kind());
    }

    @Test
    void aRestoreIsAcknowledgedOnceAllThatThePeerHasOfItIsHere() {
        open();
        receive(new SyncMessage.Restored(1, DOCUMENT, 2));
        var restored = outputs(Output.TakeMark.class).getFirst();
        assertEquals(StreamEntry.Kind.RESTORED, restored.kind());
        assertEquals(2, restored.life());
        feed(
                new Input.Taken(
                        restored.ticket(),
                        Set.of(),
                        List.of(),
                        List.of(),
                        List.of(hash(1)),
                        List.of()));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(hash(1)), List.of())),
                sent(SyncMessage.Need.class));
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
        receive(new SyncMessage.Changes(DOCUMENT, List.of(Bytes.parseHex("01"))));
        feed(taken(take().ticket(), Set.of(hash(2)), List.of()));
        assertEquals(List.of(), sent(SyncMessage.Ack.class), "there may be more");
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(taken(take().ticket(), Set.of(), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    @Test
    void whatIsRefusedOfARestoredDocumentIsNotAskedForAgain() {
        open();
        receive(new SyncMessage.Restored(1, DOCUMENT, 2));
        feed(taken(outputs(Output.TakeMark.class).getFirst().ticket(), Set.of(), List.of()));
        receive(new SyncMessage.Changes(DOCUMENT, List.of(Bytes.parseHex("01"))));
        feed(
                taken(
                        take().ticket(),
                        Set.of(),
                        List.of(new Input.Refusal(hash(2), Limit.DOCUMENT_BYTES, "words"))));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(hash(2)), List.of())),
                sent(SyncMessage.Need.class),
                "what lies beyond it");
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(taken(take().ticket(), Set.of(), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    @Test
    void whatThePeerAnnouncedOfADocumentThatWentIsRefusedInsteadOfAwaited() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(missing(take().ticket(), hash(1)));
        receive(new SyncMessage.Withdrawn(2, DOCUMENT));
        assertEquals(
                List.of(hash(1)), sent(SyncMessage.Refused.class).getFirst().hashes(), "told once");
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
        feed(taken(outputs(Output.TakeMark.class).getFirst().ticket(), Set.of(), List.of()));

        receive(events(3, Lane.NEW, hash(2)));
        Output.Take asked = take();
        receive(new SyncMessage.Deleted(4, DOCUMENT, 1));
        assertEquals(List.of(), sent(SyncMessage.Refused.class), "it may be on its way to disk");
        feed(missing(asked.ticket(), hash(2)));
        assertEquals(Limit.DOCUMENT_DELETED, sent(SyncMessage.Refused.class).getFirst().limit());
        assertEquals(List.of(new SyncMessage.Ack(3, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    @Test
    void whatIsWithdrawnWhileItIsReadIsNotHandedOut() {
        open();
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of()));
        long ticket = outputs(Output.ReadChanges.class).getFirst().ticket();
        hidden.add(DOCUMENT);
        feed(new Input.ChangesRead(ticket, List.of(Bytes.parseHex("01"))));
        assertEquals(
                List.of(new SyncMessage.Changes(DOCUMENT, List.of())),
                sent(SyncMessage.Changes.class));
    }

    @Test
    void moreMarksThanTheWindowEndTheSession() {
        open();
        for (int i = 0; i <= Sending.WINDOW_EVENTS; i++) {
            receive(new SyncMessage.Deleted(i + 1, DOCUMENT, 1));
        }
        assertEquals("more events than the window allows", failure());
    }

    @Test
    void aHigherLifeIsShownToTheDriverForWhatThePeerMayChangeOnly() {
        readOnly.add(OTHER);
        var comparing = session(state(0, true));
        var connected = new Input.Connected(1, Bytes.EMPTY, Bytes.EMPTY);
        var digest = new SyncMessage.Digest(DOCUMENT, hash(1), 3);
        var digests =
                new SyncMessage.Digests(
                        List.of(digest, new SyncMessage.Digest(OTHER, hash(1), 3)), true);
        var outputs = new ArrayList<Output>(comparing.handle(connected));
        outputs.addAll(comparing.handle(new Input.Received(1, hello(node(2), PEER_EPOCH, 1))));
        outputs.addAll(comparing.handle(new Input.Received(1, digests)));
        assertEquals(
                List.of(List.of(digest)),
                outputs.stream()
                        .filter(Output.CompareDigests.class::isInstance)
                        .map(output -> ((Output.CompareDigests) output).digests())
                        .toList());
    }

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
        assertComparesAll();

        session = session(state(0, false));
        connected();
        receive(holding(EPOCH + 1, 1, PEER_RUN));
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
    void aCutBeforeAllThatDiffersWasFetchedBeginsTheComparisonAnew() {
        session = session(state(0, true));
        open();
        receive(new SyncMessage.Digests(List.of(new SyncMessage.Digest(OTHER, hash(1), 0)), true));
        Output.CompareDigests compare = outputs(Output.CompareDigests.class).getFirst();
        var differing = new Input.Differing(OTHER, List.of());
        feed(new Input.Compared(compare.ticket(), List.of(differing)));
        assertEquals(
                List.of(new SyncMessage.Need(OTHER, List.of(), List.of())),
                sent(SyncMessage.Need.class));
        assertTrue(session.state().compareDue());
        open();
        assertEquals(List.of(new SyncMessage.Compare(null)), sent(SyncMessage.Compare.class));
    }

    // A crash in the midst of it begins it again; once it is done, it is done.
    private void assertComparesAll() {
        Output.Persist persist = outputs(Output.Persist.class).getFirst();
        assertTrue(persist.state().compareDue());
        assertTrue(last.indexOf(persist) < last.indexOf(outputs(Output.Send.class).getFirst()));
        assertEquals(List.of(new SyncMessage.Compare(null)), sent(SyncMessage.Compare.class));
        receive(new SyncMessage.Digests(List.of(), true));
        feed(
                new Input.Compared(
                        outputs(Output.CompareDigests.class).getFirst().ticket(), List.of()));
        assertEquals(List.of(), sent(SyncMessage.Compare.class));
        assertFalse(session.state().compareDue());
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
        feed(new Input.Fresh(entry(500, Lane.LOCAL, StreamEntry.Kind.CHANGES)));
        assertEquals(List.of(Lane.LOCAL), kinds(), "before the rest of the history");
    }

    @Test
    void withdrawalsGoToThoseWhoMayNotHoldItAnyMore() {
        hidden.add(DOCUMENT);
        open();
        page(
                Lane.LOCAL,
                List.of(
                        entry(1, Lane.LOCAL, StreamEntry.Kind.WITHDRAWN),
                        other(2, StreamEntry.Kind.WITHDRAWN),
                        other(3, StreamEntry.Kind.DELETED),
                        entry(4, Lane.LOCAL, StreamEntry.Kind.DELETED),
                        other(5, StreamEntry.Kind.RESTORED),
                        entry(6, Lane.LOCAL, StreamEntry.Kind.RESTORED)),
                true);
        assertEquals(
                List.of(new SyncMessage.Withdrawn(1, DOCUMENT)), sent(SyncMessage.Withdrawn.class));
        assertEquals(
                List.of(new SyncMessage.Deleted(2, OTHER, 1)), sent(SyncMessage.Deleted.class));
        assertEquals(
                List.of(new SyncMessage.Restored(3, OTHER, 2)), sent(SyncMessage.Restored.class));
    }

    @Test
    void aPeerThatNeverAcknowledgesIsGivenUpAndHoldsNoMoreThanTheWindow() {
        feed(new Input.Tick(1));
        open();
        page(Lane.LOCAL);
        for (int i = 1; i <= 10 * Sending.WINDOW_EVENTS; i++) {
            feed(new Input.Fresh(entry(i, Lane.LOCAL, StreamEntry.Kind.CHANGES)));
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

    private static Output.State state(long held, boolean compareDue) {
        return new Output.State(
                new Positions.Saved(EPOCH, 4, Map.of()), PEER_EPOCH, PEER_RUN, held, compareDue);
    }

    private SyncSession session(Output.State state) {
        return new SyncSession(
                new SyncSession.Config(
                        node(1),
                        node(2),
                        RUN,
                        0,
                        id -> !hidden.contains(id),
                        id -> !readOnly.contains(id)),
                state);
    }

    private void connected() {
        connection++;
        feed(new Input.Connected(connection, Bytes.EMPTY, Bytes.EMPTY));
    }

    private void open() {
        open(0);
    }

    private void open(long acknowledged) {
        connected();
        receive(hello(PEER_RUN, acknowledged));
    }

    private static SyncMessage.Hello hello(long run, long acknowledged) {
        return new SyncMessage.Hello(
                1, node(2), 0, PEER_EPOCH, run, acknowledged, 0, 0, 0, Bytes.EMPTY, Bytes.EMPTY);
    }

    private static SyncMessage.Hello hello(NodeId identity, long epoch, int version) {
        return new SyncMessage.Hello(
                version, identity, 0, epoch, PEER_RUN, 0, 0, 0, 0, Bytes.EMPTY, Bytes.EMPTY);
    }

    private static SyncMessage.Hello holding(long position, long run) {
        return holding(EPOCH, position, run);
    }

    private static SyncMessage.Hello holding(long epoch, long position, long run) {
        return new SyncMessage.Hello(
                1,
                node(2),
                0,
                PEER_EPOCH,
                PEER_RUN,
                0,
                epoch,
                run,
                position,
                Bytes.EMPTY,
                Bytes.EMPTY);
    }

    private static SyncMessage.Events events(long position, Lane lane, ContentHash hash) {
        return new SyncMessage.Events(
                position, List.of(new SyncMessage.Event(DOCUMENT, List.of(hash), lane, List.of())));
    }

    private static Input.Taken taken(
            long ticket, Set<ContentHash> durable, List<Input.Refusal> refused) {
        return new Input.Taken(ticket, durable, refused, List.of(), List.of(), List.of());
    }

    private static Input.Taken missing(long ticket, ContentHash missing) {
        return new Input.Taken(ticket, Set.of(), List.of(), List.of(missing), List.of(), List.of());
    }

    private static StreamEntry entry(long ordering, Lane lane, StreamEntry.Kind kind) {
        return entry(ordering, lane, kind, DOCUMENT);
    }

    private static StreamEntry other(long ordering, StreamEntry.Kind kind) {
        return entry(ordering, Lane.LOCAL, kind, OTHER);
    }

    private static StreamEntry entry(
            long ordering, Lane lane, StreamEntry.Kind kind, DocumentId document) {
        return switch (kind) {
            case CHANGES ->
                    StreamEntry.ofChanges(
                            ordering, lane, document, List.of(hash(1)), null, List.of());
            case WITHDRAWN -> StreamEntry.ofWithdrawal(ordering, lane, document);
            case DELETED -> StreamEntry.ofLife(ordering, lane, document, 1);
            case RESTORED -> StreamEntry.ofLife(ordering, lane, document, 2);
        };
    }

    private final List<Output.ReadPage> reads = new ArrayList<>();

    private void page(Lane lane) {
        page(lane, List.of(), true);
    }

    private void page(Lane lane, List<StreamEntry> entries, boolean end) {
        Output.ReadPage read =
                reads.stream()
                        .filter(each -> each.lane() == lane)
                        .reduce((_, b) -> b)
                        .orElseThrow();
        long through = entries.isEmpty() ? read.after() : entries.getLast().ordering();
        feed(new Input.Page(read.ticket(), entries, through, end));
    }

    private void receive(SyncMessage message) {
        feed(new Input.Received(connection, message));
    }

    private void feed(Input input) {
        last.clear();
        last.addAll(session.handle(input));
        reads.addAll(outputs(Output.ReadPage.class));
    }

    private <T extends Output> List<T> outputs(Class<T> type) {
        return last.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private <T extends SyncMessage> List<T> sent(Class<T> type) {
        return outputs(Output.Send.class).stream()
                .map(Output.Send::message)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    private List<Lane> kinds() {
        return sent(SyncMessage.Events.class).stream()
                .flatMap(events -> events.events().stream())
                .map(SyncMessage.Event::kind)
                .toList();
    }

    private Output.Take take() {
        return outputs(Output.Take.class).getFirst();
    }

    private String failure() {
        return sent(SyncMessage.Failure.class).stream()
                .map(SyncMessage.Failure::text)
                .findFirst()
                .orElse("");
    }

    private String closed() {
        return outputs(Output.Close.class).stream()
                .map(Output.Close::reason)
                .findFirst()
                .orElse("");
    }
}
