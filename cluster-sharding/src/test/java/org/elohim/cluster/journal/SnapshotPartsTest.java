package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.typed.ActorRef;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.SnapshotCompleted;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.SignalHandler;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

class SnapshotPartsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int LARGE_BYTES = 3 * SnapshotRows.PART_BYTES + 17;

    @TempDir Path directory;

    @Test
    void aLargeSnapshotComesBackWhole() {
        byte[] content = new byte[LARGE_BYTES];
        new Random(1).nextBytes(content);
        try (var journal = new JournalSystem(directory)) {
            append(journal, content);
        }
        assertEquals(3, number("SELECT COUNT(*) FROM snapshot_part"));
        forgetEvents();
        try (var journal = new JournalSystem(directory)) {
            assertArrayEquals(content, read(journal));
        }
    }

    @Test
    void aDamagedSnapshotIsPassedOver() {
        byte[] content = new byte[LARGE_BYTES];
        try (var journal = new JournalSystem(directory)) {
            append(journal, content);
        }
        execute("DELETE FROM snapshot_part WHERE part = 2");
        try (var journal = new JournalSystem(directory)) {
            assertArrayEquals(content, read(journal), "from its events");
        }
    }

    @Test
    void oldSnapshotsGoWithAllTheirParts() {
        try (var journal = new JournalSystem(directory)) {
            for (int i = 0; i < 5; i++) {
                append(journal, new byte[SnapshotRows.PART_BYTES + i]);
            }
        }
        assertEquals(2, number("SELECT COUNT(*) FROM snapshot"));
        assertEquals(2, number("SELECT COUNT(DISTINCT sequence_number) FROM snapshot_part"));
    }

    private void append(JournalSystem journal, byte[] content) {
        var saved = new CompletableFuture<Void>();
        ActorRef<Command> actor = journal.spawn(new Holder(saved));
        actor.tell(new Command.Append(Bytes.copyOf(content)));
        saved.orTimeout(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS).join();
        actor.tell(new Command.Stop());
    }

    private byte[] read(JournalSystem journal) {
        ActorRef<Command> actor = journal.spawn(new Holder(new CompletableFuture<>()));
        return journal.ask(actor, Command.Read::new).join();
    }

    private void forgetEvents() {
        execute("DELETE FROM event_journal");
    }

    private void execute(String sql) {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        } catch (SQLException failed) {
            throw new AssertionError(failed);
        }
    }

    private int number(String sql) {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            return row.getInt(1);
        } catch (SQLException failed) {
            throw new AssertionError(failed);
        }
    }

    private sealed interface Command {
        record Append(Bytes content) implements Command {}

        record Read(ActorRef<byte[]> replyTo) implements Command {}

        record Stop() implements Command {}
    }

    /// Holds the last bytes it was given.
    private static final class Holder extends EventSourcedBehavior<Command, byte[], byte[]> {
        private final CompletableFuture<Void> saved;

        Holder(CompletableFuture<Void> saved) {
            super(PersistenceId.ofUniqueId("Holder"));
            this.saved = saved;
        }

        @Override
        public byte[] emptyState() {
            return new byte[0];
        }

        @Override
        public CommandHandler<Command, byte[], byte[]> commandHandler() {
            return (state, command) ->
                    switch (command) {
                        case Command.Append append -> Effect().persist(append.content().toArray());
                        case Command.Read(var replyTo) -> Effect().reply(replyTo, state);
                        case Command.Stop() -> Effect().stop();
                    };
        }

        @Override
        public EventHandler<byte[], byte[]> eventHandler() {
            return (_, event) -> event;
        }

        @Override
        public boolean shouldSnapshot(byte[] state, byte[] event, long sequenceNumber) {
            return true;
        }

        @Override
        public SignalHandler<byte[]> signalHandler() {
            return newSignalHandlerBuilder()
                    .onSignal(SnapshotCompleted.class, (_, _) -> saved.complete(null))
                    .build();
        }
    }
}
