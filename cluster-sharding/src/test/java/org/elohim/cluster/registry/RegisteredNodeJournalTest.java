package org.elohim.cluster.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.registry.RegisteredNode.Command;
import org.elohim.cluster.registry.RegisteredNode.Summary;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

class RegisteredNodeJournalTest {
    private static final NodeId NODE = new NodeId(Bytes.parseHex("07".repeat(32)));
    // Enough for three snapshots, of which two are kept.
    private static final int UPDATES = 320;

    @TempDir Path directory;

    @Test
    void aNodeComesBackFromItsSnapshotAndTheEventsAfterIt() throws Exception {
        Summary before;
        try (var journal = new JournalSystem(directory)) {
            var node = node(journal);
            ask(journal, node, new Capacity(1, 1, 0));
            for (int update = 1; update <= UPDATES; update++) {
                ask(journal, node, new Capacity(1, 1, update));
            }
            before = ask(journal, node, new Capacity(2, 2, UPDATES));
            awaitSnapshots();
        }

        try (var journal = new JournalSystem(directory)) {
            Summary after = journal.askWithStatus(node(journal), Command.Get::new).join();
            assertEquals(before, after);
            assertEquals(new Capacity(2, 2, UPDATES), after.capacity());
        }
        assertEquals(
                "registered-node/snapshot",
                text("SELECT max(snapshot_ser_manifest) FROM snapshot"));
        assertEquals(
                "registered-node/capacity-updated",
                text(
                        "SELECT event_ser_manifest FROM event_journal ORDER BY ordering DESC LIMIT"
                                + " 1"));
    }

    private void awaitSnapshots() throws Exception {
        // Snapshots are saved behind the answer; the third pushes the first out.
        for (int attempt = 0; attempt < 200; attempt++) {
            if ("200,300".equals(text("SELECT group_concat(sequence_number) FROM snapshot"))) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        fail("snapshots: " + text("SELECT group_concat(sequence_number) FROM snapshot"));
    }

    private String text(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("journal.db"));
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            return String.valueOf(row.getString(1));
        }
    }

    private static ActorRef<Command> node(JournalSystem journal) {
        return journal.spawn(
                RegisteredNode.create(NODE, InstantSource.fixed(Instant.EPOCH), () -> true),
                "node");
    }

    private static Summary ask(JournalSystem journal, ActorRef<Command> node, Capacity capacity) {
        return journal.<Command, Summary>askWithStatus(
                        node, to -> new Command.Register("attic", capacity, to))
                .join();
    }
}
