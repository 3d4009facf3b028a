package org.elohim.cluster.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Holder;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationStep;
import org.elohim.protocol.blob.replication.Sight;
import org.elohim.protocol.blob.replication.Stage;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

class BlobReplicatorTest {
    private static final NodeId SELF = node(1);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long SIZE = 100;

    @TempDir private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private JournalSystem journal;

    @SuppressWarnings("NullAway.Init") // set before each test
    private ActorRef<BlobReplicator.Command> blobs;

    private static final long UNSURE = -1;

    private final Hands hands = new Hands();

    /// Does at once what it is told, but for nodes that do not answer, or fail.
    private static final class Hands implements Steps {
        final Queue<ReplicationStep> done = new ConcurrentLinkedQueue<>();
        final Queue<ReplicationStep> unanswered = new ConcurrentLinkedQueue<>();
        final AtomicLong lettingsGo = new AtomicLong();
        final Set<NodeId> silent = ConcurrentHashMap.newKeySet();
        final Set<NodeId> failing = ConcurrentHashMap.newKeySet();

        @Override
        public long lettingsGo() {
            return lettingsGo.get();
        }

        @Override
        public CompletionStage<Outcome> carryOut(BlobReplication blob, ReplicationStep step) {
            if (step instanceof ReplicationStep.Place(_, var node)) {
                if (silent.contains(node)) {
                    unanswered.add(step);
                    return new CompletableFuture<>();
                }
                if (failing.contains(node)) {
                    return CompletableFuture.completedStage(new Outcome.HolderFailed("is off"));
                }
            }
            done.add(step);
            return CompletableFuture.completedStage(
                    switch (step) {
                        case ReplicationStep.Encode() -> new Outcome.BlobFailed("is small");
                        case ReplicationStep.Place(var piece, var node) ->
                                new Outcome.Happened(
                                        new ReplicationEvent.Placed(node, piece, blob.reach()));
                        case ReplicationStep.Release(var node, _) ->
                                new Outcome.Happened(new ReplicationEvent.Released(node));
                        case ReplicationStep.Refer(var pieces) ->
                                new Outcome.Happened(new ReplicationEvent.Referred(pieces));
                    });
        }
    }

    @BeforeEach
    void begin() {
        journal = new JournalSystem(directory);
        blobs = journal.spawn(BlobReplicator.create(SELF, hands, InstantSource.system()));
    }

    @AfterEach
    void end() {
        journal.close();
    }

    private void beginAgain() {
        journal.close();
        begin();
    }

    private static NodeId node(int number) {
        return new NodeId(Bytes.parseHex("%02x".formatted(number).repeat(32)));
    }

    private static ContentHash blob(int number) {
        return ContentHash.of(Bytes.parseHex("%08x".formatted(number)));
    }

    private static SortedMap<NodeId, Sight.Seen> family(int count) {
        var nodes = new TreeMap<NodeId, Sight.Seen>();
        for (int i = 1; i <= count; i++) {
            nodes.put(
                    node(i),
                    new Sight.Seen(new Holder(node(i), "house " + i, 1), Sight.HERE, true));
        }
        return nodes;
    }

    private CompletableFuture<Long> accept(int number) {
        return accept(number, UNSURE);
    }

    private CompletableFuture<Long> accept(int number, long lettingsGo) {
        return accept(number, Reach.DEFAULT, lettingsGo);
    }

    private CompletableFuture<Long> accept(int number, Reach reach) {
        return accept(number, reach, UNSURE);
    }

    private CompletableFuture<Long> accept(int number, Reach reach, long lettingsGo) {
        var written = new CompletableFuture<Long>();
        blobs.tell(new BlobReplicator.Accept(blob(number), SIZE, reach, lettingsGo, written));
        return written;
    }

    private Set<Piece> referred(int number) {
        return journal.<BlobReplicator.Command, BlobReplicator.Page>ask(
                        blobs, to -> new BlobReplicator.Find(blob(number), to))
                .thenApply(page -> Optional.ofNullable(page.blobs().getFirst().blob().referred()))
                .join()
                .orElse(Set.of());
    }

    private void awaitReferred(int number) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!referred(number).equals(Set.of(Piece.WHOLE))) {
            assertTrue(System.nanoTime() < deadline, () -> "still " + referred(number));
        }
    }

    private BlobReplicator.Reached durable(int number) {
        return journal.<BlobReplicator.Command, BlobReplicator.Reached>ask(
                        blobs, to -> new BlobReplicator.Await(blob(number), PATIENCE, to))
                .join();
    }

    private BlobReplicator.View view() {
        return journal.<BlobReplicator.Command, BlobReplicator.View>ask(
                        blobs, BlobReplicator.Look::new)
                .join();
    }

    private int rows() throws SQLException {
        return rows("event_journal");
    }

    private int snapshots() throws SQLException {
        return rows("snapshot");
    }

    private int rows(String table) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("journal.db"));
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    @Test
    void whatComesTogetherIsWrittenTogether() throws SQLException {
        var answers = new ArrayList<CompletableFuture<Long>>();
        for (int number = 0; number < 2_000; number++) {
            answers.add(accept(number));
        }
        List<Long> turns = answers.stream().map(CompletableFuture::join).toList();

        assertEquals(2_000, Set.copyOf(turns).size());
        assertTrue(rows() < 1_000, "rows: " + rows());
        assertEquals(2_000, view().blobs().get(Stage.ACCEPTED));
    }

    @Test
    void aBlobIsBroughtToTheOthersAndIsDurableAlsoAfterARestart() {
        blobs.tell(new BlobReplicator.See(family(3)));
        accept(7).join();

        assertEquals(new BlobReplicator.Reached(Stage.DURABLE, ""), durable(7));
        assertTrue(hands.done.contains(new ReplicationStep.Refer(Set.of(Piece.WHOLE))));

        beginAgain();
        assertEquals(new BlobReplicator.Reached(Stage.DURABLE, ""), durable(7));
    }

    @Test
    void whatThePutHasSaidOfItselfIsSaidAgainOnlyWhereTheStoreWasToldOtherwiseSince() {
        blobs.tell(new BlobReplicator.See(family(1)));
        accept(7, hands.lettingsGo.get()).join();
        accept(8, hands.lettingsGo.get() - 1).join();
        awaitReferred(8);

        assertEquals(
                List.of(new ReplicationStep.Refer(Set.of(Piece.WHOLE))), List.copyOf(hands.done));
        assertEquals(Set.of(Piece.WHOLE), referred(7));
    }

    @Test
    void whatIsPutAgainBeforeItsDeletionHasReachedTheStoreIsSaidAgain() {
        blobs.tell(new BlobReplicator.See(family(1)));
        long before = hands.lettingsGo.get();
        long turn = accept(7, before).join();
        journal.<BlobReplicator.Command, Long>askWithStatus(
                        blobs, to -> new BlobReplicator.Abandon(blob(7), SELF, turn, to))
                .join();
        hands.lettingsGo.incrementAndGet();
        accept(7, before).join();

        awaitReferred(7);
        assertEquals(
                new ReplicationStep.Refer(Set.of(Piece.WHOLE)), List.copyOf(hands.done).getLast());
    }

    @Test
    void nothingIsDecidedBeforeTheFamilyIsKnown() {
        accept(7).join();

        assertEquals(1, view().blobs().get(Stage.ACCEPTED));
        assertTrue(hands.done.isEmpty());
        assertEquals(0, view().queue().waiting().size());

        blobs.tell(new BlobReplicator.See(family(2)));
        assertEquals(Stage.DURABLE, durable(7).stage());
    }

    @Test
    void whatWasUnderWayAtACrashIsDoneAgain() {
        hands.silent.add(node(2));
        blobs.tell(new BlobReplicator.See(family(2)));
        accept(7).join();
        var reached =
                journal.<BlobReplicator.Command, BlobReplicator.Reached>ask(
                                blobs,
                                to -> new BlobReplicator.Await(blob(7), Duration.ofMillis(1), to))
                        .join();
        assertTrue(reached.why().contains("1 of 2 nodes"), reached.why());

        hands.silent.clear();
        beginAgain();
        blobs.tell(new BlobReplicator.See(family(2)));

        assertEquals(Stage.DURABLE, durable(7).stage());
    }

    @Test
    void oneThatFailsHoldsUpNoOther() {
        hands.failing.add(node(2));
        blobs.tell(new BlobReplicator.See(family(3)));
        for (int number = 0; number < 20; number++) {
            accept(number).join();
        }
        for (int number = 0; number < 20; number++) {
            assertEquals(Stage.DURABLE, durable(number).stage());
        }
        assertEquals(Set.of(node(2)), view().queue().pausing().keySet());
    }

    @Test
    void aNodeAloneSaysWhyItsBlobsAreNotDurable() {
        blobs.tell(new BlobReplicator.See(family(1)));
        accept(7).join();
        var reached =
                journal.<BlobReplicator.Command, BlobReplicator.Reached>ask(
                                blobs,
                                to -> new BlobReplicator.Await(blob(7), Duration.ofMillis(1), to))
                        .join();

        assertEquals(Stage.ACCEPTED, reached.stage());
        assertTrue(reached.why().contains("only full one"), reached.why());
    }

    @Test
    void whatADiskHasLostIsBroughtThereAgain() {
        blobs.tell(new BlobReplicator.See(family(2)));
        accept(7).join();
        durable(7);
        hands.done.clear();
        hands.silent.add(node(2));
        blobs.tell(new BlobReplicator.LoseAll(node(2)));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (view().blobs().getOrDefault(Stage.ACCEPTED, 0) == 0) {
            assertTrue(System.nanoTime() < deadline, () -> "still " + view());
        }

        hands.silent.clear();
        beginAgain();
        blobs.tell(new BlobReplicator.See(family(2)));
        assertEquals(Stage.DURABLE, durable(7).stage());
        assertTrue(hands.done.contains(new ReplicationStep.Place(Piece.WHOLE, node(2))));
    }

    @Test
    void whoeverGivesAPieceIsAnsweredOnceItIsWrittenDown() {
        var adopted =
                new ReplicationEvent.Adopted(
                        blob(7),
                        SIZE,
                        Reach.LOCAL,
                        SELF,
                        Piece.WHOLE,
                        new TreeMap<>(Map.of(node(2), 4L)),
                        null);
        var written = new CompletableFuture<Long>();
        blobs.tell(new BlobReplicator.Adopt(adopted, UNSURE, written));
        written.join();
        beginAgain();
        assertEquals(1, view().blobs().get(Stage.KEPT));

        blobs.tell(new BlobReplicator.See(family(2)));
        journal.<BlobReplicator.Command, Long>askWithStatus(
                        blobs, to -> new BlobReplicator.Abandon(blob(7), node(2), 3, to))
                .join();
        assertEquals(1, view().blobs().get(Stage.KEPT), "a word from before");
        journal.<BlobReplicator.Command, Long>askWithStatus(
                        blobs, to -> new BlobReplicator.Abandon(blob(7), node(2), 4, to))
                .join();
        assertEquals(0, view().blobs().get(Stage.KEPT));
    }

    private BlobReplication known(int number) {
        return journal.<BlobReplicator.Command, BlobReplicator.Page>ask(
                        blobs, to -> new BlobReplicator.Find(blob(number), to))
                .join()
                .blobs()
                .getFirst()
                .blob();
    }

    private ReachTotals.Total total(Reach reach) {
        return journal.<BlobReplicator.Command, BlobReplicator.Measured>ask(
                        blobs, BlobReplicator.Measure::new)
                .join()
                .reaches()
                .getOrDefault(reach, new ReachTotals.Total(-1, -1));
    }

    @Test
    void howFarABlobMayTravelIsKnownAgainAfterARestart() {
        accept(7, Reach.COMMONS).join();
        accept(8, Reach.LOCAL).join();
        accept(7, Reach.INVITED).join();
        accept(9).join();
        beginAgain();

        assertEquals(Reach.COMMONS, known(7).reach());
        assertEquals(Reach.LOCAL, known(8).reach());
        assertEquals(new ReachTotals.Total(1, SIZE), total(Reach.COMMONS));
        assertEquals(new ReachTotals.Total(1, SIZE), total(Reach.LOCAL));
        assertEquals(new ReachTotals.Total(1, SIZE), total(Reach.PRIVATE));
        assertEquals(new ReachTotals.Total(0, 0), total(Reach.INVITED));
    }

    @Test
    void alsoOfWhatASnapshotHasKept() throws SQLException {
        accept(7, Reach.COMMONS).join();
        // Each is a row of its own.
        for (int number = 100; number % 100 != 0 || snapshots() == 0; number++) {
            assertTrue(number < 2_000, "no snapshot was made");
            accept(number, Reach.NEIGHBORHOOD).join();
        }
        long others = total(Reach.NEIGHBORHOOD).blobs();
        beginAgain();

        assertEquals(Reach.COMMONS, known(7).reach());
        assertEquals(new ReachTotals.Total(1, SIZE), total(Reach.COMMONS));
        assertEquals(new ReachTotals.Total(others, others * SIZE), total(Reach.NEIGHBORHOOD));
    }

    @Test
    void whoHoldsABlobIsToldWhereItMayTravelFartherThanBefore() {
        blobs.tell(new BlobReplicator.See(family(2)));
        accept(7).join();
        durable(7);
        hands.done.clear();
        accept(7, Reach.COMMONS).join();

        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!known(7).behind().isEmpty()) {
            assertTrue(System.nanoTime() < deadline, () -> "still " + known(7));
        }
        assertTrue(hands.done.contains(new ReplicationStep.Place(Piece.WHOLE, node(2))));
        assertEquals(Stage.DURABLE, known(7).stage());
    }

    @Test
    void whoIsNotWrittenDownIsToldSo() {
        accept(1).join();
        journal.fill();
        var refused = assertThrows(CompletionException.class, () -> accept(2).join());
        assertInstanceOf(NotWritten.class, refused.getCause());
        journal.free();

        beginAgain();
        assertEquals(1, view().blobs().get(Stage.ACCEPTED), "it was not accepted");
        accept(2).join();
        assertEquals(2, view().blobs().get(Stage.ACCEPTED));
    }
}
