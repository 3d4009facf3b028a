package org.elohim.cluster.journal;

import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// A journal's file without an actor system around it.
final class BareJournal {
    private static final Journaled EVENT =
            new Tokens.Event.Revoked(
                    new ContentHash(Bytes.parseHex("11".repeat(32))), Instant.EPOCH);

    private BareJournal() {}

    static Connection connection(Path data) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:sqlite:" + data.resolve(JournalSchema.FILE_NAME),
                JournalSettings.writerPragmas());
    }

    static JournalRow row(String persistenceId, long sequenceNumber, int sizeBytes) {
        return new JournalRow(
                persistenceId, sequenceNumber, "w", 0, "", new byte[sizeBytes], 1, "m", EVENT);
    }

    /// The first events of an actor.
    static List<JournalRow> rows(String persistenceId, int events) {
        var rows = new ArrayList<JournalRow>();
        for (int number = 1; number <= events; number++) {
            rows.add(row(persistenceId, number, 10));
        }
        return rows;
    }
}
