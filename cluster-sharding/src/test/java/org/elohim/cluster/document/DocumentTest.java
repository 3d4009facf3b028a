package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Props;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.elohim.cluster.document.Document.Batch;
import org.elohim.cluster.document.Document.Description;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.journal.Streamed;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

class DocumentTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NodeId PHONE = new NodeId(Bytes.parseHex("aa".repeat(32)));
    private static final NodeId LAPTOP = new NodeId(Bytes.parseHex("bb".repeat(32)));
    private static final CostLimits LIMITS = new CostLimits(200_000, 2_000);
    private static final int AWAKE_MAX = 4;

    @TempDir Path directory;
    private final DocumentId id = DocumentId.ofRandom(new byte[16]);
    private final SealedHistory phone = new SealedHistory(id, 1);
    private final SealedHistory laptop = new SealedHistory(id, 2);
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @SuppressWarnings("NullAway.Init") // set before each test
    private JournalSystem journal;

    @SuppressWarnings("NullAway.Init") // set before each test
    private ActorRef<Documents.Command> documents;

    @BeforeEach
    void start() {
        journal = new JournalSystem(directory);
        documents =
                AskPattern.<SpawnProtocol.Command, ActorRef<Documents.Command>>ask(
                                journal.actors,
                                to ->
                                        new SpawnProtocol.Spawn<>(
                                                Documents.create(
                                                        LIMITS, () -> now, AWAKE_MAX, _ -> {}),
                                                "documents",
                                                Props.empty(),
                                                to),
                                PATIENCE,
                                journal.actors.scheduler())
                        .toCompletableFuture()
                        .join();
    }

    @AfterEach
    void stop() {
        journal.close();
    }

    private void restart() {
        stop();
        start();
    }

    @Test
    void whatIsAcceptedIsDurableAndThereAfterARestart() {
        SealedChange first = phone.next();
        SealedChange second = phone.next();

        Input.Taken taken = take(List.of(first, second));
        restart();

        assertEquals(Set.of(first.hash(), second.hash()), taken.durable());
        assertEquals(List.of(second.hash()), taken.shared());
        assertEquals(List.of(second.hash()), describe().heads());
        assertEquals(List.of(first.bytes(), second.bytes()), read(List.of(), List.of(), 1 << 20));
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
        assertEquals(List.of(other.hash()), taken.getLast().shared());
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
    void aDeletionWinsOverEveryChangeAndSurvives() {
        take(List.of(phone.next()));
        assertTrue(run(Document.Command.Delete::new).isSuccess());
        restart();

        SealedChange late = phone.next();
        Input.Taken taken = take(List.of(late));

        assertEquals(Limit.DOCUMENT_DELETED, taken.refused().getFirst().limit());
        assertEquals(late.hash(), taken.refused().getFirst().hash());
        assertTrue(describe().deleted());
        assertEquals(List.of(), read(List.of(), List.of(), 1 << 20));
    }

    @Test
    void ofTwoLivesTheHigherWinsAndTheSameOneIsNotJournaledTwice() {
        take(List.of(phone.next()));
        takeLife(1);
        assertTrue(describe().deleted());
        takeLife(4);
        assertFalse(describe().deleted());
        takeLife(3);
        takeLife(4);
        assertFalse(describe().deleted());
        restart();
        run(Document.Command.Delete::new);
        assertTrue(describe().deleted());
        assertEquals(
                List.of(
                        StreamEntry.Kind.DELETED + " 1",
                        StreamEntry.Kind.RESTORED + " 4",
                        StreamEntry.Kind.DELETED + " 5"),
                entries().stream()
                        .filter(entry -> entry.kind() != StreamEntry.Kind.CHANGES)
                        .map(entry -> entry.kind() + " " + entry.life())
                        .toList());
    }

    @Test
    void theDeletionOfWhatIsNotHereYetIsKeptAgainstItsChanges() {
        takeLife(1);
        assertEquals(PHONE, describe().owner());
        assertEquals(
                Limit.DOCUMENT_DELETED, take(List.of(phone.next())).refused().getFirst().limit());
    }

    @Test
    void aLifeBeyondWhichNothingCountsIsNotDeletedAnyMore() {
        takeLife(SyncMessage.LIFE_MAX, Entry.RELAY);
        var refused =
                assertThrows(CompletionException.class, () -> run(Document.Command.Delete::new));
        assertTrue(String.valueOf(refused.getMessage()).contains("too often"));
    }

    @Test
    void whoeverMayNewlyHaveARestoredDocumentHearsOfItsLife() {
        take(List.of(phone.next()));
        run(Document.Command.Delete::new);
        run(Document.Command.Restore::new);
        run(to -> new Document.Command.ChangeReach(Reach.COMMONS, to));
        StreamEntry offer = entries().getLast();
        assertEquals(StreamEntry.Kind.RESTORED, offer.kind());
        assertEquals(2, offer.life());
        assertEquals(Lane.BACKFILL, offer.lane());
    }

    @Test
    void aDeviceRestoresWithinThirtyDaysOnly() {
        take(List.of(phone.next()));
        takeLife(1);
        now = now.plus(Duration.ofDays(31));

        assertEquals(DocumentRefusal.Obstacle.TOO_LATE, obstacleTo(2));
        assertTrue(describe().deleted());
        takeLife(3);
        takeLife(4);
        assertFalse(describe().deleted(), "deleted anew just now");
    }

    @Test
    void whatAnotherNodeHasLetInIsRestoredHereToo() {
        takeLife(1);
        now = now.plus(Duration.ofDays(31));
        takeLife(2, Entry.RELAY);
        assertFalse(describe().deleted());
    }

    @Test
    void aDeviceDoesNotUseUpTheLivesOfADocument() {
        take(List.of(phone.next()));

        assertEquals(DocumentRefusal.Obstacle.TOO_OFTEN, obstacleTo(SyncMessage.LIFE_MAX));
        assertEquals(
                DocumentRefusal.Obstacle.TOO_OFTEN,
                obstacleTo(DocumentState.LIVES_PER_MARK_MAX + 2));
        takeLife(DocumentState.LIVES_PER_MARK_MAX);
        assertTrue(run(Document.Command.Delete::new).getValue().deleted());
    }

    private DocumentRefusal.Obstacle obstacleTo(long life) {
        var refused = assertThrows(CompletionException.class, () -> takeLife(life));
        return obstacle(refused);
    }

    private static DocumentRefusal.Obstacle obstacle(CompletionException refused) {
        return assertInstanceOf(DocumentRefusal.class, refused.getCause()).obstacle();
    }

    private void takeLife(long life) {
        takeLife(life, Entry.DEVICE);
    }

    private void takeLife(long life, Entry entry) {
        var newcomer = new Document.Newcomer(Reach.LOCAL, PHONE);
        run(to -> new Document.Command.TakeLife(life, entry, newcomer, to));
    }

    private List<StreamEntry> entries() {
        return committed().stream()
                .filter(committed -> committed.event() instanceof Streamed)
                .map(each -> ((Streamed) each.event()).entry(each.ordering()))
                .toList();
    }

    @Test
    void aDeletedDocumentIsRestoredWithinThirtyDaysOnly() {
        SealedChange change = phone.next();
        take(List.of(change));
        run(Document.Command.Delete::new);
        now = now.plus(Duration.ofDays(29));
        assertTrue(run(Document.Command.Restore::new).isSuccess());
        assertEquals(List.of(change.hash()), describe().heads());
        assertFalse(describe().deleted());

        run(Document.Command.Delete::new);
        now = now.plus(Duration.ofDays(31));
        var late =
                assertThrows(CompletionException.class, () -> run(Document.Command.Restore::new));
        assertTrue(String.valueOf(late.getMessage()).contains("30 days"), late.getMessage());
    }

    @Test
    void aWidenedReachOffersTheHeadsAndANarrowedOneWithdraws() {
        SealedChange change = phone.next();
        take(List.of(change));
        run(to -> new Document.Command.ChangeReach(Reach.COMMONS, to));
        run(to -> new Document.Command.ChangeReach(Reach.PRIVATE, to));

        var kinds =
                committed().stream()
                        .filter(c -> c.event() instanceof Document.Event.ReachChanged)
                        .map(c -> ((Document.Event.ReachChanged) c.event()).entry(c.ordering()))
                        .map(entry -> entry.kind() + " " + entry.hashes())
                        .toList();
        assertEquals(List.of("CHANGES " + List.of(change.hash()), "WITHDRAWN []"), kinds);
        assertEquals(Reach.PRIVATE, describe().reach());
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
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
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
                this.<List<Input.Taken>>ask(
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
                        this.<List<Input.Taken>>ask(
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

    private Input.Taken take(List<Change> changes) {
        return take(changes, PHONE);
    }

    private Input.Taken take(List<? extends Change> changes, NodeId from) {
        return accept(
                        List.of(
                                new Batch(
                                        1,
                                        changes.stream().map(Change::hash).toList(),
                                        List.copyOf(changes))),
                        Lane.NEW,
                        from)
                .getFirst();
    }

    private Input.Taken takeAwaiting(List<ContentHash> awaited, List<Change> changes, Lane lane) {
        return accept(List.of(new Batch(1, awaited, changes)), lane, PHONE).getFirst();
    }

    private List<Input.Taken> accept(List<Batch> batches, Lane lane, NodeId from) {
        return this.<List<Input.Taken>>ask(id, to -> accept(batches, lane, from, to))
                .toCompletableFuture()
                .join();
    }

    private static Document.Command accept(
            List<Batch> batches, Lane lane, NodeId from, ActorRef<List<Input.Taken>> replyTo) {
        return new Document.Command.Accept(
                batches,
                lane,
                Entry.DEVICE,
                from,
                new Document.Newcomer(Reach.LOCAL, from),
                replyTo);
    }

    private StatusReply<Description> run(
            Function<ActorRef<StatusReply<Description>>, Document.Command> command) {
        StatusReply<Description> reply =
                this.<StatusReply<Description>>ask(id, command).toCompletableFuture().join();
        if (reply.isError()) {
            throw new CompletionException(reply.getError());
        }
        return reply;
    }

    private Description describe() {
        return run(Document.Command.Describe::new).getValue();
    }

    private List<Bytes> read(List<ContentHash> heads, List<ContentHash> hashes, long bytesMax) {
        List<Selection.Location> locations =
                this.<List<Selection.Location>>ask(
                                id,
                                to ->
                                        new Document.Command.Locate(
                                                heads, hashes, bytesMax, 4_096, to))
                        .toCompletableFuture()
                        .join();
        return new ChangeBytes(LocalJournal.get(journal.actors).reader(), 1_000)
                .read(id, locations)
                .toCompletableFuture()
                .join();
    }

    private <T> java.util.concurrent.CompletionStage<T> ask(
            DocumentId document, Function<ActorRef<T>, Document.Command> command) {
        return AskPattern.ask(
                documents,
                (ActorRef<T> to) -> {
                    try {
                        return new Documents.Command.Tell(document, command.apply(to));
                    } catch (Exception impossible) {
                        throw new AssertionError(impossible);
                    }
                },
                PATIENCE,
                journal.actors.scheduler());
    }

    private List<Committed> committed() {
        return LocalJournal.get(journal.actors)
                .reader()
                .after(0, 10_000)
                .toCompletableFuture()
                .join()
                .events();
    }

    private List<Document.Event.ChangesAccepted> accepted() {
        return committed().stream()
                .map(Committed::event)
                .filter(Document.Event.ChangesAccepted.class::isInstance)
                .map(Document.Event.ChangesAccepted.class::cast)
                .toList();
    }
}
