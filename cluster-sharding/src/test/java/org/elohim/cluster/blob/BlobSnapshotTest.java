package org.elohim.cluster.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.format.EventSerializer;
import org.elohim.cluster.journal.JournalFile;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Numbers;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.replication.Recorded;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationStep;
import org.elohim.protocol.blob.replication.Stage;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A log with more blobs than a message takes: what it holds comes back from its snapshot.
class BlobSnapshotTest {
    private static final NodeId SELF = new NodeId(Bytes.parseHex("01".repeat(32)));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int BLOBS = LogRhythm.CHANGES_MIN + 5_000;
    private static final int AT_ONCE = 1_000;

    @TempDir private Path directory;

    private JournalFile file() {
        return new JournalFile(directory);
    }

    private static ContentHash blob(int number) {
        return ContentHash.of(Bytes.parseHex("%08x".formatted(number)));
    }

    /// Nothing that is to be done ever ends.
    private static final class Unhurried implements Steps {
        @Override
        public CompletionStage<Outcome> carryOut(BlobReplication blob, ReplicationStep step) {
            return new CompletableFuture<>();
        }

        @Override
        public long lettingsGo() {
            return 0;
        }
    }

    private static ActorRef<BlobReplicator.Command> begin(JournalSystem journal) {
        return journal.spawn(BlobReplicator.create(SELF, new Unhurried(), InstantSource.system()));
    }

    private static CompletableFuture<Long> accept(
            ActorRef<BlobReplicator.Command> blobs, int number) {
        var written = new CompletableFuture<Long>();
        blobs.tell(new BlobReplicator.Accept(blob(number), number, Reach.DEFAULT, 0, written));
        return written;
    }

    private static int accepted(JournalSystem journal, ActorRef<BlobReplicator.Command> blobs) {
        return journal.<BlobReplicator.Command, BlobReplicator.View>ask(
                        blobs, BlobReplicator.Look::new)
                .join()
                .blobs()
                .getOrDefault(Stage.ACCEPTED, 0);
    }

    @Test
    void aHundredThousandBlobsComeBackFromPages() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            var blobs = begin(journal);
            for (int first = 0; first < BLOBS; first += AT_ONCE) {
                var answers = new ArrayList<CompletableFuture<Long>>();
                for (int number = first; number < first + AT_ONCE; number++) {
                    answers.add(accept(blobs, number));
                }
                answers.forEach(CompletableFuture::join);
            }
            awaitSnapshot();
        }
        int behind = file().rows("event_journal WHERE sequence_number > " + snapshotted());
        assertTrue(behind > 0, "something was written after it");
        file().execute("DELETE FROM event_journal WHERE sequence_number <= " + snapshotted());
        try (var journal = new JournalSystem(directory)) {
            var blobs = begin(journal);

            assertEquals(BLOBS, accepted(journal, blobs));
            for (int number = 0; number < BLOBS; number += BLOBS / 10) {
                int some = number;
                var found =
                        journal.<BlobReplicator.Command, BlobReplicator.Page>ask(
                                        blobs, to -> new BlobReplicator.Find(blob(some), to))
                                .join()
                                .blobs()
                                .getFirst()
                                .blob();
                assertEquals(some, found.sizeBytes());
                assertEquals(Set.of(SELF), found.copies().nodes());
            }
            assertTrue(accept(blobs, 7).join() > BLOBS, "numbers are given once");
            assertEquals(BLOBS, accepted(journal, blobs));
        }
    }

    @Test
    void whatWasWrittenAsOneMessageIsStillRead() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            accept(begin(journal), 1).join();
        }
        var known =
                new BlobReplication(
                        SELF,
                        blob(2),
                        5,
                        Reach.DEFAULT,
                        new TreeMap<>(Map.of(SELF, 3L)),
                        null,
                        Copies.NONE.with(SELF, Piece.WHOLE),
                        Set.of(),
                        0,
                        new TreeMap<>(),
                        Set.of());
        var snapshot = new BlobLog.Snapshot(SELF, 9, new TreeMap<>(Map.of(3L, known)));
        var serializer = new EventSerializer();
        try (var connection = file().connect();
                var insert =
                        connection.prepareStatement(
                                "INSERT INTO snapshot (persistence_id, sequence_number, created,"
                                        + " snapshot_ser_id, snapshot_ser_manifest,"
                                        + " snapshot_payload, further_parts)"
                                        + " SELECT persistence_id, 1, 1, ?, ?, ?, 0"
                                        + " FROM event_journal")) {
            insert.setInt(1, serializer.identifier());
            insert.setString(2, serializer.manifest(snapshot));
            insert.setBytes(3, serializer.toBinary(snapshot));
            insert.executeUpdate();
        }
        try (var journal = new JournalSystem(directory)) {
            var blobs = begin(journal);

            assertEquals(1, accepted(journal, blobs), "of the snapshot and not of the events");
            assertEquals(10, accept(blobs, 2).join());
        }
    }

    @Test
    void itIsDueAfterMuchHasHappenedAndMoreRarelyWhereThereIsMore() {
        var rhythm = new LogRhythm();
        var one =
                new Recorded(
                        List.of(
                                new Recorded.Part.Happened(
                                        new ReplicationEvent.BecameDurable(1), numbers(AT_ONCE))));
        for (int row = 1; row < LogRhythm.CHANGES_MIN / AT_ONCE; row++) {
            rhythm.happened(one);
        }
        assertFalse(rhythm.isDue(1));
        rhythm.happened(one);
        assertFalse(rhythm.isDue(1_000_000), "more is to be written than was changed");
        assertTrue(rhythm.isDue(100_000));
        assertFalse(rhythm.isDue(0), "once");

        var single =
                new Recorded(
                        List.of(
                                new Recorded.Part.Happened(
                                        new ReplicationEvent.BecameDurable(1), numbers(1))));
        for (int row = 0; row < LogRhythm.ROWS_MIN; row++) {
            rhythm.happened(single);
        }
        assertTrue(rhythm.isDue(10), "many rows take long to be played");
    }

    private static Numbers numbers(int count) {
        return new Numbers(List.of(new Numbers.Range(1, count)));
    }

    private void awaitSnapshot() throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (file().rows("snapshot") == 0) {
            assertTrue(System.nanoTime() < deadline, "no snapshot was written");
        }
    }

    private int snapshotted() throws SQLException {
        return file().number("SELECT MAX(sequence_number) FROM snapshot");
    }
}
