package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.elohim.cluster.document.Document.Batch;
import org.elohim.cluster.document.Document.Description;
import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.journal.JournalSettings;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Chunks;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

class DocumentTest extends DocumentOnDisk {
    @Test
    void whatIsAcceptedIsDurableAndThereAfterARestart() {
        SealedChange first = phone.next();
        SealedChange second = phone.next();

        Input.Taken taken = take(List.of(first, second));
        restart();

        assertEquals(Set.of(first.hash(), second.hash()), taken.durable());
        assertEquals(List.of(second.hash()), taken.settled());
        assertEquals(List.of(second.hash()), describe().heads());
        assertEquals(List.of(first.bytes(), second.bytes()), read(List.of(), List.of(), 1 << 20));
    }

    @Test
    void ofWhateverIsTakenAtOnceEachEventCanBeToldToPeers() {
        List<Change> loose =
                IntStream.range(0, 2 * SyncMessage.HASHES_MAX + 1)
                        .<Change>mapToObj(
                                i ->
                                        Chunks.change(
                                                List.of(),
                                                Bytes.parseHex("%08x".formatted(i)),
                                                1,
                                                Bytes.EMPTY))
                        .toList();
        List<ContentHash> named = loose.stream().map(Change::hash).toList();

        var batch = new Batch(1, named, loose);
        this.<List<Input.Taken>>askWithStatus(
                        id,
                        to ->
                                new Document.Command.Accept(
                                        List.of(batch),
                                        Lane.NEW,
                                        Entry.RELAY,
                                        PHONE,
                                        Ruling.NONE,
                                        to))
                .join();

        List<Document.Event.ChangesAccepted> events = accepted();
        assertEquals(3, events.size());
        events.forEach(event -> assertFalse(event.entry(1).hashes().isEmpty()));
        assertEquals(ChangeGraph.digest(named), events.getLast().headsDigest(), "of all of them");
        restart();
        assertEquals(loose.size(), describe().changes());
    }

    @Test
    @DisplayName("R-24: what queues up behind a slow write is answered, however much it is")
    void whatQueuesUpBehindASlowWriteIsAnswered() throws SQLException {
        take(List.of(phone.next()));
        SealedChange slow = phone.next();
        var batch = new Batch(2, List.of(slow.hash()), List.of(slow));
        var answers = new ArrayList<CompletableFuture<?>>();
        try (Connection other = sqlite()) {
            other.createStatement().execute("BEGIN IMMEDIATE");
            answers.add(
                    this.<List<Input.Taken>>askWithStatus(
                            id, to -> accept(List.of(batch), Lane.NEW, PHONE, to)));
            for (int i = 0; i < JournalSettings.COMMANDS_BEHIND_A_WRITE_MAX - 1; i++) {
                answers.add(this.<StatusReply<Description>>ask(id, Document.Command.Describe::new));
            }
            other.createStatement().execute("ROLLBACK");
        }
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        assertEquals(List.of(slow.hash()), describe().heads());
    }

    @Test
    @DisplayName("R-07: whoever waits for a write that fails is told at once, and may come again")
    void whoeverWaitsForAWriteThatFailsIsToldAtOnce() {
        take(List.of(phone.next()));
        List<ContentHash> before = describe().heads();
        List<SealedChange> changes =
                IntStream.rangeClosed(11, 13)
                        .mapToObj(author -> new SealedHistory(id, author).next())
                        .toList();
        journal.fill();

        // The first is being written, the others wait behind it.
        List<CompletableFuture<List<Input.Taken>>> answers =
                changes.stream()
                        .map(
                                change ->
                                        this.<List<Input.Taken>>askWithStatus(
                                                id,
                                                to ->
                                                        accept(
                                                                List.of(batch(change)),
                                                                Lane.NEW,
                                                                PHONE,
                                                                to)))
                        .toList();
        for (var answer : answers) {
            assertInstanceOf(
                    NotWritten.class,
                    assertThrows(CompletionException.class, answer::join).getCause());
        }
        for (Function<ActorRef<StatusReply<Description>>, Document.Command> command :
                List.<Function<ActorRef<StatusReply<Description>>, Document.Command>>of(
                        to -> new Document.Command.ChangeReach(Reach.COMMONS, to),
                        Document.Command.Delete::new,
                        to ->
                                new Document.Command.TakeRuling(
                                        new Ruling(9, Reach.COMMONS, LAPTOP), LAPTOP, to),
                        to -> new Document.Command.TakeLife(1, Entry.RELAY, Ruling.NONE, to))) {
            var refused = assertThrows(CompletionException.class, () -> run(command));
            assertInstanceOf(NotWritten.class, refused.getCause());
        }
        // What needs no write goes on.
        assertEquals(before, describe().heads());
        assertEquals(1, read(List.of(), List.of(), 1 << 20).size());

        journal.free();
        changes.forEach(
                change -> assertEquals(Set.of(change.hash()), take(List.of(change)).durable()));
        assertEquals(1 + changes.size(), describe().changes());
    }

    private static Batch batch(SealedChange change) {
        return new Batch(1, List.of(change.hash()), List.of(change));
    }

    @Test
    void anActorThatBeginsOnceMoreFindsNothingOfWhatWasNotWritten() {
        take(List.of(phone.next()));
        List<Document.Event> written =
                committed().stream().map(each -> (Document.Event) each.event()).toList();
        var unwritten =
                new Document.Event.ChangesAccepted(
                        id,
                        Lane.NEW,
                        List.of(phone.next().bytes()),
                        describe().heads(),
                        PHONE,
                        ChangeGraph.digest(List.of()),
                        0);

        // The same for all that the actor begins with, as Akka does it.
        DocumentState empty = DocumentState.unknown(id, LIMITS);
        for (int attempt = 0; attempt < 2; attempt++) {
            DocumentState state = empty;
            for (Document.Event event : written) {
                state = DocumentState.evolve(state, event);
            }
            assertEquals(describe().heads(), state.graph().heads());
            DocumentState.evolve(state, unwritten);
        }
    }

    @Test
    void aNewDocumentHasTheReachAndOwnerItCameWith() {
        take(List.of(phone.next()));

        assertEquals(Reach.LOCAL, describe().reach());
        assertEquals(PHONE, describe().owner());
    }

    @Test
    void aDuplicateIsDurableAndJournalsNothing() {
        SealedChange change = phone.next();
        take(List.of(change));
        long events = committed().size();

        Input.Taken again = take(List.of(change));

        assertEquals(Set.of(change.hash()), again.durable());
        assertEquals(events, committed().size());
    }

    @Test
    void anOrphanIsNeitherDurableNorJournaledAndFreedByWhatItWaitsFor() {
        SealedChange first = phone.next();
        SealedChange second = phone.next();

        Input.Taken orphan = take(List.of(second));
        assertEquals(Set.of(), orphan.durable());
        assertEquals(List.of(first.hash()), orphan.missing());
        assertEquals(List.of(), committed());

        Input.Taken freed = take(List.of(first), LAPTOP);
        assertEquals(Set.of(first.hash(), second.hash()), freed.durable());
        assertEquals(
                1,
                accepted().stream().filter(event -> event.origin() == null).count(),
                "the two came from different peers");
    }

    @Test
    void awaitedButUnknownChangesAreMissing() {
        ContentHash unknown = phone.next().hash();

        Input.Taken taken = takeAwaiting(List.of(unknown), List.of(), Lane.NEW);

        assertEquals(List.of(unknown), taken.missing());
    }

    @Test
    void anOutlierIsNotedWithoutItsContent() {
        ContentHash unknown = phone.next().hash();

        Input.Taken taken = takeAwaiting(List.of(unknown), List.of(), Lane.OUTLIER);

        assertEquals(Set.of(unknown), taken.durable());
        assertTrue(committed().stream().anyMatch(c -> c.event() instanceof Document.Event.Noted));
    }

    @Test
    void severalTakesAreOneEventAndEachGetsItsAnswer() {
        SealedChange one = phone.next();
        SealedChange other = laptop.next();

        List<Input.Taken> taken =
                accept(
                        List.of(
                                new Batch(1, List.of(one.hash()), List.of(one)),
                                new Batch(2, List.of(other.hash()), List.of(other))),
                        Lane.NEW,
                        PHONE);

        assertEquals(List.of(1L, 2L), taken.stream().map(Input.Taken::ticket).toList());
        assertEquals(1, accepted().size());
        assertEquals(List.of(other.hash()), taken.getLast().settled());
    }

    @Test
    void theCostGuardRefusesWithTheLimitAndTheWayOn() {
        take(List.of(phone.next(List.of(), 190_000)));
        SealedChange tooMuch = phone.next(List.of(), 20_000);

        Input.Taken taken = take(List.of(tooMuch));

        Input.Refusal refusal = taken.refused().getFirst();
        assertEquals(tooMuch.hash(), refusal.hash());
        assertEquals(Limit.DOCUMENT_BYTES, refusal.limit());
        assertTrue(refusal.explanation().contains("successor document"), refusal.explanation());
    }

    @Test
    void aDocumentThatNearsItsLimitSaysSoAndTheLogSaysItOnce() {
        var log = (Logger) LoggerFactory.getLogger(Document.class);
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        log.addAppender(lines);
        take(List.of(phone.next(List.of(), 150_000)));
        assertFalse(describe().nearsLimit());

        take(List.of(phone.next(List.of(), 15_000)));
        take(List.of(phone.next(List.of(), 15_000)));

        assertTrue(describe().nearsLimit());
        log.detachAppender(lines);
        assertEquals(
                1,
                lines.list.stream()
                        .filter(line -> line.getFormattedMessage().contains("successor document"))
                        .count());
    }

    @Test
    void onlyWhatSomebodyLacksIsLocatedAndInPieces() {
        List<SealedChange> all = IntStream.range(0, 20).mapToObj(_ -> phone.next()).toList();
        for (SealedChange change : all) {
            take(List.of(change));
        }
        ContentHash fifth = all.get(4).hash();

        List<Bytes> rest = read(List.of(fifth), List.of(), 1 << 20);
        List<Bytes> piece = read(List.of(fifth), List.of(), all.get(5).sizeBytes() * 3L);
        List<Bytes> between = read(List.of(fifth), List.of(all.get(9).hash()), 1 << 20);

        assertEquals(all.subList(5, 20).stream().map(Change::bytes).toList(), rest);
        assertEquals(all.subList(5, 8).stream().map(Change::bytes).toList(), piece);
        assertEquals(all.subList(5, 10).stream().map(Change::bytes).toList(), between);
    }

    @Test
    void aLongHistoryComesBackFromItsSnapshotAndTheEventsAfterIt() {
        var all = new ArrayList<SealedChange>();
        for (int batch = 0; batch < 7; batch++) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                SealedChange change = phone.next(List.of(), 1);
                all.add(change);
                changes.add(change);
            }
            take(List.copyOf(changes));
        }
        Description before = describe();
        restart();

        assertEquals(before, describe());
        assertEquals(all.stream().map(Change::bytes).toList(), read(List.of(), List.of(), 1 << 20));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE event_journal SET event_payload = x'ff' WHERE sequence_number = 2",
                "DELETE FROM event_journal WHERE sequence_number = 2"
            })
    void whatIsDamagedOnTheDiskIsRefusedInWordsAndHoldsUpNoOther(String damage) throws Exception {
        take(List.of(phone.next()));
        take(List.of(phone.next()));
        DocumentId other = DocumentId.ofRandom(Bytes.parseHex("22".repeat(16)).toArray());
        stop();
        try (var connection = sqlite();
                var statement = connection.createStatement()) {
            assertEquals(1, statement.executeUpdate(damage));
        }
        start();

        for (int attempt = 0; attempt < 2; attempt++) {
            SealedChange late = phone.next();
            Input.Refusal refusal = take(List.of(late)).refused().getFirst();
            assertEquals(late.hash(), refusal.hash());
            assertEquals(Limit.UNREADABLE, refusal.limit());
            assertTrue(refusal.explanation().contains("backup"), refusal.explanation());
        }
        var described = assertThrows(CompletionException.class, this::describe);
        assertEquals(DocumentRefusal.Obstacle.UNREADABLE, obstacle(described));
        assertEquals(List.of(), read(List.of(), List.of(), 1 << 20));
        SealedChange sound = new SealedHistory(other, 1).next();
        List<Input.Taken> taken =
                this.<List<Input.Taken>>askWithStatus(
                                other,
                                to ->
                                        accept(
                                                List.of(
                                                        new Batch(
                                                                1,
                                                                List.of(sound.hash()),
                                                                List.of(sound))),
                                                Lane.NEW,
                                                PHONE,
                                                to))
                        .toCompletableFuture()
                        .join();
        assertEquals(Set.of(sound.hash()), taken.getFirst().durable());
    }

    @Test
    void moreDocumentsThanMayBeAwakeAllAnswerInOrder() {
        var ids = new ArrayList<DocumentId>();
        for (int i = 0; i < 5 * AWAKE_MAX; i++) {
            byte[] random = new byte[16];
            random[0] = (byte) i;
            ids.add(DocumentId.ofRandom(random));
        }
        for (int round = 0; round < 3; round++) {
            var asked = new ArrayList<java.util.concurrent.CompletionStage<List<Input.Taken>>>();
            for (DocumentId document : ids) {
                var history = new SealedHistory(document, round + 1);
                SealedChange change = history.next();
                asked.add(
                        this.<List<Input.Taken>>askWithStatus(
                                document,
                                to ->
                                        accept(
                                                List.of(
                                                        new Batch(
                                                                1,
                                                                List.of(change.hash()),
                                                                List.of(change))),
                                                Lane.NEW,
                                                PHONE,
                                                to)));
            }
            asked.forEach(
                    answer ->
                            assertEquals(
                                    1,
                                    answer.toCompletableFuture()
                                            .join()
                                            .getFirst()
                                            .durable()
                                            .size()));
        }
        for (DocumentId document : ids) {
            Description description =
                    this.<StatusReply<Description>>ask(document, Document.Command.Describe::new)
                            .toCompletableFuture()
                            .join()
                            .getValue();
            assertEquals(3, description.changes());
        }
    }

    private Connection sqlite() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
    }
}
