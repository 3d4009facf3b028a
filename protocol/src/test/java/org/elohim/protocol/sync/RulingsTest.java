package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.ruling;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Who may have a document: told within a family, and nowhere else.
class RulingsTest extends ScriptedPeer {
    private static final SyncMessage.Digest RULED =
            new SyncMessage.Digest(DOCUMENT, hash(1), 0, ruling(3));

    private void openWithSibling() {
        sibling = true;
        session = session(Output.State.initial(EPOCH));
        open();
    }

    @Test
    void aSiblingsRulingIsTakenAndThenAcknowledged() {
        openWithSibling();
        receive(new SyncMessage.Ruled(1, DOCUMENT, ruling(3)));

        var take = outputs(Output.TakeRuling.class).getFirst();
        assertEquals(new Output.TakeRuling(take.ticket(), DOCUMENT, ruling(3), 0), take);
        assertEquals(List.of(), sent(SyncMessage.Ack.class));
        feed(Settlement.noted(take.ticket(), List.of()));
        assertEquals(List.of(new SyncMessage.Ack(1, Tier.ACCEPTED)), sent(SyncMessage.Ack.class));
    }

    /// Else an observer into whose part it comes would never hear that it was deleted meanwhile.
    @Test
    void aRulingBringsTheLifeOfItsDocument() {
        openWithSibling();
        receive(new SyncMessage.Ruled(1, DOCUMENT, ruling(3), 1));
        assertEquals(1, outputs(Output.TakeRuling.class).getFirst().life());

        page(
                Lane.LOCAL,
                List.of(StreamEntry.ofRuling(1, Lane.LOCAL, DOCUMENT, ruling(1), 2, null)),
                true);
        assertEquals(
                List.of(new SyncMessage.Ruled(1, DOCUMENT, ruling(1), 2)),
                sent(SyncMessage.Ruled.class));
    }

    @Test
    void aSiblingIsToldOfOurs() {
        openWithSibling();
        page(Lane.LOCAL, List.of(entry(1, Lane.LOCAL, StreamEntry.Kind.RULED)), true);

        assertEquals(
                List.of(new SyncMessage.Ruled(1, DOCUMENT, ruling(1))),
                sent(SyncMessage.Ruled.class));
    }

    @Test
    void anybodyElseIsNotAndDoesNotEvenMissAPosition() {
        open();
        page(
                Lane.LOCAL,
                List.of(
                        entry(1, Lane.LOCAL, StreamEntry.Kind.RULED),
                        entry(2, Lane.LOCAL, StreamEntry.Kind.DELETED)),
                true);

        assertEquals(List.of(), sent(SyncMessage.Ruled.class));
        assertEquals(
                List.of(new SyncMessage.Deleted(1, DOCUMENT, 1)), sent(SyncMessage.Deleted.class));
    }

    @Test
    void aRulingOfAnybodyElseEndsTheConnection() {
        open();
        receive(new SyncMessage.Ruled(1, DOCUMENT, ruling(3)));

        assertEquals(SyncSession.NO_RULING, failure());
    }

    @Test
    void soDoesOneThatIsHiddenInADigest() {
        session = session(state(0, true));
        open();
        receive(new SyncMessage.Level(0));
        receive(new SyncMessage.Digests(List.of(RULED), true));

        assertEquals(SyncSession.NO_RULING, failure());
        assertEquals(List.of(), outputs(Output.CompareDigests.class));
    }

    @Test
    void aDigestTellsASiblingOfTheRulingAndNobodyElse() {
        open();
        assertEquals(List.of(RULED.withoutRuling()), digestsThatAreShown());
        openWithSibling();
        assertEquals(List.of(RULED), digestsThatAreShown());
    }

    private List<SyncMessage.Digest> digestsThatAreShown() {
        receive(new SyncMessage.Compare(null));
        long ticket = outputs(Output.ReadDigests.class).getFirst().ticket();
        feed(new Input.DigestsRead(ticket, List.of(RULED), true));
        return sent(SyncMessage.Digests.class).getFirst().digests();
    }
}
