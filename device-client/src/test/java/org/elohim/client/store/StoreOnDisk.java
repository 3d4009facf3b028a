package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Lane;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;

/// A directory of a device, its store, and a document to write into it.
public abstract class StoreOnDisk {
    static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    static final NodeKey AUTHOR = NodeKey.generate();
    private static final int EDIT_BYTES = 3;

    @TempDir Path directory;
    private final Random random = new Random(1);

    LocalStore open() {
        return open(directory);
    }

    LocalStore open(Path where) {
        return LocalStore.open(where, this::drawn);
    }

    Bytes drawn() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return Bytes.copyOf(bytes);
    }

    static Change change(int seq) {
        return change(seq, EDIT_BYTES);
    }

    static Change change(int seq, int sizeBytes) {
        return SealedChange.sign(
                DOCUMENT,
                AUTHOR.id().publicKey(),
                seq,
                List.of(),
                Bytes.copyOf(new byte[sizeBytes]),
                AUTHOR::sign);
    }

    static long append(LocalStore store, Change... changes) {
        return append(store, Lane.LOCAL, null, changes);
    }

    static long append(LocalStore store, Lane lane, @Nullable NodeId origin, Change... changes) {
        return store.write(
                () -> {
                    store.append(lane, DOCUMENT, origin, List.of(changes));
                    return store.end();
                });
    }

    void execute(String sql) throws SQLException {
        execute(directory, sql);
    }

    /// Past the store, as nobody but a test does it.
    public static void execute(Path directory, String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(LocalStore.FILE_NAME));
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
