package org.elohim.client;

import org.elohim.client.store.LocalStore;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.io.TempDir;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/// A directory of a device, and what others do to its store.
abstract class ReplicaOnDisk {
    static final Path TITLE = Path.of("title");

    @TempDir java.nio.file.Path directory;

    void execute(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(LocalStore.FILE_NAME));
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    static Edited set(Document document, String title) {
        return document.edit(edit -> edit.set(TITLE, new Value.Str(title)));
    }

    /// As if it had come from a node.
    void put(DocumentId id, ChangeChunk change) {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            store.write(
                    () -> {
                        store.append(Lane.NEW, id, null, List.of(change));
                        return true;
                    });
        }
    }
}
