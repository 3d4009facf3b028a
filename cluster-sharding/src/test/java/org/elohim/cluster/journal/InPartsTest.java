package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;

import org.elohim.cluster.blob.BlobLog;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Replications;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/// Snapshots that are nowhere as a whole, by an actor that has a number and one part for each
/// below.
class InPartsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NodeId NODE = new NodeId(Bytes.parseHex("a1".repeat(32)));

    @TempDir Path directory;

    // Nothing is written before it is done.
    private final CompletableFuture<Void> mayBeWritten = new CompletableFuture<>();

    @Test
    void theActorGoesOnWhileItsSnapshotIsWritten() throws Exception {
        long height = 6;
        try (var journal = new JournalSystem(directory)) {
            var actor = journal.spawn(new Counter());
            assertEquals(2, raise(journal, actor, 2));
            assertEquals(5, raise(journal, actor, 5), "and leaves out the next one");
            assertEquals(0, file().rows("snapshot"));
            mayBeWritten.complete(null);
            awaitSnapshots(1);
            assertEquals(1, file().rows("snapshot_part"));
            // The next one may come while the first has just been written.
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (file().rows("snapshot") < 2) {
                assertTrue(System.nanoTime() < deadline, "no second snapshot");
                raise(journal, actor, height++);
            }
        }
        file().execute(
                        "DELETE FROM event_journal WHERE sequence_number <="
                                + " (SELECT MAX(sequence_number) FROM snapshot)");
        try (var journal = new JournalSystem(directory)) {
            assertEquals(height - 1, raise(journal, journal.spawn(new Counter()), 0), "its parts");
        }
    }

    @Test
    void oneThatLacksAPartIsPassedOver() throws Exception {
        mayBeWritten.complete(null);
        try (var journal = new JournalSystem(directory)) {
            raise(journal, journal.spawn(new Counter()), 4);
            awaitSnapshots(1);
        }
        file().execute("DELETE FROM snapshot_part WHERE part = 2");
        try (var journal = new JournalSystem(directory)) {
            assertEquals(4, raise(journal, journal.spawn(new Counter()), 0), "from its events");
        }
    }

    private JournalFile file() {
        return new JournalFile(directory);
    }

    private long raise(JournalSystem journal, ActorRef<Raise> actor, long to) {
        return journal.<Raise, Long>ask(actor, replyTo -> new Raise(to, replyTo)).join();
    }

    private void awaitSnapshots(int wanted) throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (file().rows("snapshot") < wanted) {
            assertTrue(System.nanoTime() < deadline, "no snapshot was written");
        }
    }

    private record Raise(long to, ActorRef<Long> replyTo) {}

    // A part tells no more than how high it is.
    private static BlobLog.Page part(long height) {
        return new BlobLog.Page(NODE, height, List.of());
    }

    private record Parts(long height, CompletableFuture<Void> mayBeWritten) implements InParts {
        @Override
        public Iterator<BlobLog.Page> parts() {
            mayBeWritten.join();
            return LongStream.rangeClosed(1, height).mapToObj(InPartsTest::part).iterator();
        }
    }

    private final class Counter extends EventSourcedBehavior<Raise, String, Long> {
        Counter() {
            super(PersistenceId.ofUniqueId("Counter"));
        }

        @Override
        public Long emptyState() {
            return 0L;
        }

        @Override
        public CommandHandler<Raise, String, Long> commandHandler() {
            return (state, raise) ->
                    raise.to() <= state
                            ? Effect().reply(raise.replyTo(), state)
                            : Effect()
                                    .persist(String.valueOf(raise.to()))
                                    .thenReply(raise.replyTo(), after -> after);
        }

        @Override
        public EventHandler<Long, String> eventHandler() {
            return (_, event) -> Long.parseLong(event);
        }

        @Override
        public boolean shouldSnapshot(Long state, String event, long sequenceNumber) {
            return true;
        }

        @Override
        public SnapshotAdapter<Long> snapshotAdapter() {
            return new SnapshotAdapter<>() {
                @Override
                public Object toJournal(Long state) {
                    return new Parts(state, mayBeWritten);
                }

                @Override
                public Long fromJournal(Object stored) {
                    return ((Replications) stored).lastNumber();
                }
            };
        }
    }
}
