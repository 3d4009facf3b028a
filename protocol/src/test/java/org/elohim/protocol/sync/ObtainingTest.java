package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.hash;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

/// A document that a peer asks for and that is not here, or that it seeks and was never told of.
class ObtainingTest extends ScriptedPeer {
    private static final Bytes CHANGE = Bytes.parseHex("01");

    @Test
    void whatMayBeElsewhereIsGotBeforeTheAnswerAndAskedForOnlyOnce() {
        hidden.add(DOCUMENT);
        elsewhere.add(DOCUMENT);
        open();
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of()));

        var obtain = outputs(Output.Obtain.class).getFirst();
        assertEquals(DOCUMENT, obtain.document());
        assertEquals(List.of(), sent(SyncMessage.Changes.class));
        hidden.clear();
        feed(new Input.Obtained(obtain.ticket()));

        assertEquals(List.of(), outputs(Output.Obtain.class));
        var read = outputs(Output.ReadChanges.class).getFirst();
        feed(new Input.ChangesRead(read.ticket(), List.of(CHANGE)));
        assertEquals(
                List.of(new SyncMessage.Changes(DOCUMENT, List.of(CHANGE))),
                sent(SyncMessage.Changes.class));
    }

    @Test
    void whatCouldNotBeHadIsAnsweredAsWhatIsNowhereAndTheNextIsServed() {
        hidden.add(DOCUMENT);
        elsewhere.add(DOCUMENT);
        open();
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of()));
        long ticket = outputs(Output.Obtain.class).getFirst().ticket();
        receive(new SyncMessage.Need(OTHER, List.of(), List.of()));
        assertEquals(List.of(), outputs(Output.ReadChanges.class));
        feed(new Input.Obtained(ticket));

        assertEquals(
                List.of(new SyncMessage.Changes(DOCUMENT, List.of())),
                sent(SyncMessage.Changes.class));
        assertEquals(OTHER, outputs(Output.ReadChanges.class).getFirst().document());
    }

    @Test
    void anAnswerThatComesBehindACutIsNotTakenForThatOfTheNextConnection() {
        hidden.add(DOCUMENT);
        elsewhere.add(DOCUMENT);
        open();
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of()));
        long ticket = outputs(Output.Obtain.class).getFirst().ticket();
        feed(new Input.Disconnected(connection));
        open();
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of()));
        feed(new Input.Obtained(ticket));

        assertEquals(List.of(), sent(SyncMessage.Changes.class));
    }

    @Test
    void whatWasAnnouncedHereIsNotLookedForElsewhere() {
        elsewhere.add(DOCUMENT);
        open();
        receive(new SyncMessage.Need(DOCUMENT, List.of(), List.of(hash(1))));

        assertEquals(List.of(), outputs(Output.Obtain.class));
        assertEquals(1, outputs(Output.ReadChanges.class).size());
    }

    @Test
    void whatIsSoughtIsAskedForUntilNothingMoreComes() {
        open();
        feed(new Input.Seek(DOCUMENT));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(), List.of())),
                sent(SyncMessage.Need.class));
        feed(new Input.Seek(DOCUMENT));
        assertEquals(List.of(), sent(SyncMessage.Need.class));

        receive(new SyncMessage.Changes(DOCUMENT, List.of(CHANGE)));
        feed(
                new Input.Taken(
                        take().ticket(),
                        Set.of(hash(1)),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(hash(1))));
        assertEquals(
                List.of(new SyncMessage.Need(DOCUMENT, List.of(hash(1)), List.of())),
                sent(SyncMessage.Need.class));
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(taken(take().ticket(), Set.of(), List.of()));

        assertEquals(List.of(), sent(SyncMessage.Need.class));
    }

    /// All documents would be compared after each cut, because somebody has looked for one.
    @Test
    void whoSeeksInVainHasLostNothing() {
        open();
        feed(new Input.Seek(DOCUMENT));
        assertFalse(session.isComparing());
        feed(new Input.Disconnected(connection));
        assertFalse(session.state().compareDue());

        open();
        feed(new Input.Seek(DOCUMENT));
        receive(new SyncMessage.Changes(DOCUMENT, List.of()));
        feed(taken(take().ticket(), Set.of(), List.of()));
        assertTrue(sent(SyncMessage.Need.class).isEmpty());
    }
}
