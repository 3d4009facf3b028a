package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.node;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Deletions, restores and withdrawals in a session with a scripted peer.
class MarksTest extends ScriptedPeer {
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
                new Input.Taken(
                        take().ticket(),
                        Set.of(),
                        List.of(new Input.Refusal(hash(2), Limit.DOCUMENT_BYTES, "words")),
                        List.of(),
                        List.of(),
                        List.of(hash(2))));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(hash(2)), List.of())),
                sent(SyncMessage.Need.class),
                "what lies beyond it");
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(taken(take().ticket(), Set.of(), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    @Test
    void whatADeletionKeptOutIsAskedForAgainByTheRestoreBehindIt() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(missing(take().ticket(), hash(1)));
        receive(new SyncMessage.Restored(2, DOCUMENT, 2));
        feed(taken(outputs(Output.TakeMark.class).getFirst().ticket(), Set.of(), List.of()));
        receive(new SyncMessage.Changes(DOCUMENT, List.of(Bytes.parseHex("01"))));
        var refusal = new Input.Refusal(hash(1), Limit.DOCUMENT_DELETED, "words");
        feed(taken(take().ticket(), Set.of(), List.of(refusal)));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(), List.of())),
                sent(SyncMessage.Need.class));
    }

    @Test
    void whatThePeerAnnouncedAndDoesNotHandOutIsRefusedInsteadOfAwaited() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(missing(take().ticket(), hash(1)));
        receive(new SyncMessage.Deleted(2, DOCUMENT, 1));
        feed(taken(outputs(Output.TakeMark.class).getFirst().ticket(), Set.of(), List.of()));
        assertEquals(List.of(), sent(SyncMessage.Refused.class), "it may be on its way");

        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(missing(take().ticket(), hash(1)));
        SyncMessage.Refused refused = sent(SyncMessage.Refused.class).getFirst();
        assertEquals(List.of(hash(1)), refused.hashes());
        assertEquals(Limit.WITHHELD, refused.limit());
        assertEquals(List.of(new SyncMessage.Ack(2, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
        assertEquals(true, outputs(Output.Persist.class).getFirst().state().compareDue());
        receive(new SyncMessage.Level(2));
        assertEquals(
                List.of(new SyncMessage.Compare(null)),
                sent(SyncMessage.Compare.class),
                "it may be damaged over there, and there again one day");
    }

    @Test
    void whatIsAnnouncedWhileAnAnswerIsOnItsWayIsAskedForBeforeItIsGivenUp() {
        open();
        receive(events(1, Lane.NEW, hash(1)));
        feed(missing(take().ticket(), hash(1)));
        receive(events(2, Lane.NEW, hash(2)));
        feed(missing(take().ticket(), hash(2)));
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(missing(take().ticket(), hash(1)));
        assertEquals(List.of(), sent(SyncMessage.Refused.class));
        assertEquals(1, sent(SyncMessage.Need.class).size());
        receive(new SyncMessage.Changes(DOCUMENT, List.of(Bytes.parseHex("01"))));
        feed(taken(take().ticket(), Set.of(hash(1), hash(2)), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(2, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
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
    void aHigherLifeIsTakenOfWhatThePeerMayChangeAndOnlyToldOfTheRest() {
        readOnly.add(OTHER);
        var comparing = session(state(0, true));
        var connected = new Input.Connected(1, Bytes.EMPTY, Bytes.EMPTY);
        var digest = new SyncMessage.Digest(DOCUMENT, hash(1), 3);
        var other = new SyncMessage.Digest(OTHER, hash(1), 3);
        var digests = new SyncMessage.Digests(List.of(digest, other), true);
        var outputs = new ArrayList<Output>(comparing.handle(connected));
        connection = 1;
        outputs.addAll(comparing.handle(new Input.Received(1, hello(node(2), PEER_EPOCH, 1))));
        outputs.addAll(comparing.handle(new Input.Received(1, new SyncMessage.Level(0))));
        outputs.addAll(comparing.handle(new Input.Received(1, digests)));
        assertEquals(
                List.of(List.of(digest), List.of(other)),
                outputs.stream()
                        .filter(Output.CompareDigests.class::isInstance)
                        .map(Output.CompareDigests.class::cast)
                        .flatMap(compare -> Stream.of(compare.digests(), compare.toTell()))
                        .toList());
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
}
