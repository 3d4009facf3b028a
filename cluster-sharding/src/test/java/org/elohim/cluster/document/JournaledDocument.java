package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.journal.JournalSystem;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;

import java.time.InstantSource;
import java.util.List;

/// One document on the journal of a test that is about something else, and a phone that writes it.
public final class JournaledDocument {
    private static final NodeId PHONE = new NodeId(Bytes.parseHex("aa".repeat(32)));

    private final JournalSystem journal;
    private final SealedHistory history;
    private final ActorRef<Document.Command> actor;

    public JournaledDocument(JournalSystem journal, DocumentId id) {
        this.journal = journal;
        this.history = new SealedHistory(id, 1);
        this.actor =
                journal.spawn(
                        Document.create(
                                id,
                                CostLimits.DEFAULT,
                                InstantSource.system(),
                                () -> true,
                                journal.actors.ignoreRef()));
    }

    /// Returns the next change of the phone, once it lies in the journal.
    public SealedChange grow(int bodyBytes) {
        SealedChange change = history.next(List.of(), bodyBytes);
        var batch = new Document.Batch(1, List.of(change.hash()), List.of(change));
        var newcomer = Ruling.first(Reach.PRIVATE, PHONE);
        List<Input.Taken> taken =
                this.<StatusReply<List<Input.Taken>>>ask(
                                to ->
                                        new Document.Command.Accept(
                                                List.of(batch),
                                                Lane.NEW,
                                                Entry.DEVICE,
                                                PHONE,
                                                newcomer,
                                                to))
                        .getValue();
        assertEquals(1, taken.getFirst().durable().size());
        return change;
    }

    public <R> R ask(Function<ActorRef<R>, Document.Command> question) {
        return journal.ask(actor, question).join();
    }
}
