package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;

import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

class ChangeBytesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NodeId PHONE = new NodeId(Bytes.parseHex("aa".repeat(32)));
    // Together more than a page of the journal.
    private static final int CHANGES = 7;
    private static final int CHANGE_BYTES = 1 << 20;

    @TempDir Path directory;

    @Test
    void aRunThatIsLongerThanAPageIsReadToItsEnd() {
        var id = DocumentId.ofRandom(new byte[16]);
        var history = new SealedHistory(id, 1);
        try (var journal = new JournalSystem(directory)) {
            ActorRef<Document.Command> document = spawn(journal, id);
            List<SealedChange> changes =
                    Stream.generate(() -> history.next(List.of(), CHANGE_BYTES))
                            .limit(CHANGES)
                            .toList();
            changes.forEach(change -> take(journal, document, change));
            List<Selection.Location> locations =
                    ask(
                            journal,
                            document,
                            to ->
                                    new Document.Command.Locate(
                                            List.of(), List.of(), Long.MAX_VALUE, CHANGES, to));

            List<Bytes> read =
                    new ChangeBytes(LocalJournal.get(journal.actors).reader(), 0)
                            .read(id, locations)
                            .toCompletableFuture()
                            .join();

            assertEquals(changes.stream().map(SealedChange::bytes).toList(), read);
        }
    }

    private static void take(
            JournalSystem journal, ActorRef<Document.Command> document, SealedChange change) {
        List<Input.Taken> taken =
                ask(
                        journal,
                        document,
                        to ->
                                new Document.Command.Accept(
                                        List.of(
                                                new Document.Batch(
                                                        1,
                                                        List.of(change.hash()),
                                                        List.of(change))),
                                        Lane.NEW,
                                        Entry.DEVICE,
                                        PHONE,
                                        new Document.Newcomer(Reach.PRIVATE, PHONE),
                                        to));
        assertEquals(1, taken.getFirst().durable().size());
    }

    private static ActorRef<Document.Command> spawn(JournalSystem journal, DocumentId id) {
        Behavior<Document.Command> document =
                Document.create(
                        id, CostLimits.DEFAULT, InstantSource.system(), journal.actors.ignoreRef());
        return AskPattern.<SpawnProtocol.Command, ActorRef<Document.Command>>ask(
                        journal.actors,
                        to -> new SpawnProtocol.Spawn<>(document, "", Props.empty(), to),
                        PATIENCE,
                        journal.actors.scheduler())
                .toCompletableFuture()
                .join();
    }

    private static <T> T ask(
            JournalSystem journal,
            ActorRef<Document.Command> document,
            Function<ActorRef<T>, Document.Command> command) {
        return AskPattern.ask(document, command, PATIENCE, journal.actors.scheduler())
                .toCompletableFuture()
                .join();
    }
}
