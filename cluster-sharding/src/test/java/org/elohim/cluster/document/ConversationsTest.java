package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.TestProbe;

import org.elohim.cluster.document.Conversations.Said;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage;
import org.elohim.protocol.automerge.Input;
import org.elohim.protocol.automerge.Output;
import org.junit.jupiter.api.Test;

import java.util.List;

class ConversationsTest extends DocumentOnDisk {
    private static final int BYTES = 600;

    private final HeldBytes held = new HeldBytes(1_000);

    @Test
    void whoSendsMoreThanAllMayHoldTogetherIsEndedAndWhatItSentLetGoOf() {
        TestProbe<Said> ana = TestProbe.create(journal.actors);
        TestProbe<Said> ben = TestProbe.create(journal.actors);

        assertInstanceOf(Output.Take.class, brings(ana));
        assertEquals(BYTES, held.held());
        var failed = assertInstanceOf(Output.Failed.class, brings(ben));
        assertTrue(failed.reason().contains("connect again"), failed.reason());
        assertEquals(BYTES, held.held());

        tell(new Document.Command.EndConversation(ana.ref()));
        assertInstanceOf(Output.Take.class, brings(ben));
        assertEquals(BYTES, held.held());
        restart();
        assertEquals(0, held.held());
    }

    /// The first thing that is to be done after that.
    private Output brings(TestProbe<Said> client) {
        var message =
                new AutomergeMessage(
                        List.of(), List.of(), List.of(), List.of(Bytes.copyOf(new byte[BYTES])));
        tell(
                new Document.Command.Converse(
                        client.ref(), new Input.Received(message), true, List.of(), held));
        return client.expectMessageClass(Said.Told.class).outputs().getFirst();
    }

    private void tell(Document.Command command) {
        documents.tell(new Documents.Command.Tell(id, command));
    }
}
