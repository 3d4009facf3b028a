package org.elohim.client;

import org.elohim.client.store.LocalStore;
import org.elohim.client.store.StoreOnDisk;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.io.TempDir;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/// A directory of a device, and what others do to its store.
abstract class ReplicaOnDisk {
    static final Path TITLE = Path.of("title");

    @TempDir java.nio.file.Path directory;

    void execute(String sql) throws SQLException {
        StoreOnDisk.execute(directory, sql);
    }

    static Edited set(Document document, String title) {
        return document.edit(edit -> edit.set(TITLE, new Value.Str(title)));
    }

    /// As if it had come from a node.
    void put(DocumentId id, ChangeChunk change) {
        put(directory, id, List.of(change));
    }

    static void put(java.nio.file.Path directory, DocumentId id, List<Change> changes) {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            store.write(
                    () -> {
                        store.append(Lane.NEW, id, null, changes);
                        return true;
                    });
        }
    }

    /// What one device has and the other has not, as if nodes had carried it there.
    static void carry(Document from, Document to, java.nio.file.Path directoryOfTo) {
        Set<ContentHash> there = Set.copyOf(to.history());
        put(
                directoryOfTo,
                from.id(),
                from.changes().stream().filter(each -> !there.contains(each.hash())).toList());
    }
}
