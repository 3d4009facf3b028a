package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.TestProbe;

import org.elohim.cluster.document.Conversations.Said;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage;
import org.elohim.protocol.automerge.BloomFilter;
import org.elohim.protocol.automerge.Input;
import org.elohim.protocol.automerge.Output;
import org.elohim.protocol.change.SealedChange;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

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

    @Test
    void whatLiesInMemoryIsSentAtOnce() {
        take(List.of(phone.next()));
        Bytes plain = Bytes.copyOf(new byte[] {(byte) 0x85});

        Output first = asks((_, _) -> Optional.of(List.of(plain)));

        assertEquals(
                List.of(plain), assertInstanceOf(Output.Send.class, first).message().changes());
    }

    @Test
    void whatIsSealedOrLiesOnTheDiskIsLeftToWhoeverHasTheClient() {
        SealedChange sealed = phone.next();
        take(List.of(sealed));

        assertInstanceOf(
                Output.ReadChanges.class, asks((_, _) -> Optional.of(List.of(sealed.bytes()))));
        assertInstanceOf(Output.ReadChanges.class, asks((_, _) -> Optional.empty()));
    }

    /// The first thing that is to be done when a client that has nothing asks for the document.
    private Output asks(Conversations.Memory memory) {
        TestProbe<Said> client = TestProbe.create(journal.actors);
        var nothing =
                new AutomergeMessage(
                        List.of(),
                        List.of(),
                        List.of(new AutomergeMessage.Have(List.of(), BloomFilter.EMPTY)),
                        List.of());
        tell(
                new Document.Command.Converse(
                        client.ref(), new Input.Received(nothing), true, List.of(), held, memory));
        return client.expectMessageClass(Said.Told.class).outputs().getFirst();
    }

    /// The first thing that is to be done after that.
    private Output brings(TestProbe<Said> client) {
        var message =
                new AutomergeMessage(
                        List.of(), List.of(), List.of(), List.of(Bytes.copyOf(new byte[BYTES])));
        tell(
                new Document.Command.Converse(
                        client.ref(),
                        new Input.Received(message),
                        true,
                        List.of(),
                        held,
                        (_, _) -> Optional.empty()));
        return client.expectMessageClass(Said.Told.class).outputs().getFirst();
    }

    private void tell(Document.Command command) {
        documents.tell(new Documents.Command.Tell(id, command));
    }
}
