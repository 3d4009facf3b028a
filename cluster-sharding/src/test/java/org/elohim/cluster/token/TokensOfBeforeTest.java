package org.elohim.cluster.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.journal.JournalSchema;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.token.wire.Snapshot;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.InstantSource;
import java.util.List;

/// A journal of a version whose snapshots did not tell what was revoked.
class TokensOfBeforeTest {
    private static final NodeId NODE = new NodeId(Bytes.parseHex("aa".repeat(32)));
    // More events than fit between two snapshots.
    private static final int TOKENS = 60;

    @TempDir Path directory;

    @Test
    void whatWasRevokedBeforeIsStillKnown() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            ActorRef<Tokens.Command> tokens = tokens(journal);
            for (int i = 0; i < TOKENS; i++) {
                ContentHash hash = hash(i);
                journal.<Tokens.Command, Token>askWithStatus(
                                tokens,
                                to ->
                                        new Tokens.Command.Issue(
                                                hash, "phone", List.of(new Scope.Admin()), to))
                        .join();
                String id = hash.bytes().slice(0, 6).toHex();
                journal.<Tokens.Command, Token>askWithStatus(
                                tokens, to -> new Tokens.Command.Revoke(id, to))
                        .join();
            }
        }
        makeOld();
        try (var journal = new JournalSystem(directory)) {
            Tokens.Known known = journal.ask(tokens(journal), Tokens.Command.Know::new).join();
            assertEquals(TOKENS, known.revoked().size());
            assertTrue(known.inForce().isEmpty());
        }
    }

    /// Nobody else could have known the name of that document.
    @Test
    void theScriptNamesTheLedgersDocument() throws Exception {
        try (var script = JournalSchema.class.getResourceAsStream("/schema/V6__ledger.sql")) {
            assertNotNull(script);
            assertTrue(
                    new String(script.readAllBytes(), StandardCharsets.UTF_8)
                            .contains("'Document|" + DocumentId.LEDGER + "'"));
        }
    }

    private void makeOld() throws Exception {
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(JournalSchema.FILE_NAME));
                var find =
                        connection.prepareStatement(
                                "SELECT sequence_number, snapshot_payload FROM snapshot");
                var write =
                        connection.prepareStatement(
                                "UPDATE snapshot SET snapshot_payload = ? WHERE sequence_number ="
                                        + " ?");
                var statement = connection.createStatement()) {
            int snapshots = 0;
            try (var rows = find.executeQuery()) {
                while (rows.next()) {
                    Snapshot stored = Snapshot.parseFrom(rows.getBytes(2));
                    assertTrue(stored.getRevokedCount() > 0);
                    write.setBytes(1, stored.toBuilder().clearRevoked().build().toByteArray());
                    write.setLong(2, rows.getLong(1));
                    write.executeUpdate();
                    snapshots++;
                }
            }
            assertTrue(snapshots > 0);
            statement.execute("PRAGMA user_version = 5");
        }
    }

    private static ActorRef<Tokens.Command> tokens(JournalSystem journal) {
        return journal.spawn(Tokens.create(NODE, InstantSource.system(), () -> true));
    }

    private static ContentHash hash(int number) {
        return ContentHash.of(Bytes.copyOf(new byte[] {(byte) number}));
    }
}
