package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The device's own copy of its documents, in one SQLite file.
///
/// Invariants: what a call has written is on the disk when it returns; several processes may use
/// one store at once, each with actor ids of its own; a store that was copied draws new ids before
/// it writes anything.
///
/// Used by one thread of each process.
public final class LocalStore implements AutoCloseable {
    public static final String FILE_NAME = "device.db";

    private static final int ACTOR_BYTES = 16;

    private final Connection connection;
    private final Supplier<Bytes> random;
    private boolean writing;

    /// Something to be done within one transaction.
    public interface Work<T> {
        T run() throws SQLException;
    }

    private LocalStore(Connection connection, Supplier<Bytes> random) {
        this.connection = connection;
        this.random = random;
    }

    /// Opens the store in this directory, or makes it.
    ///
    /// @param random 16 bytes that nobody has drawn before
    /// @throws StoreUnusable saying why it cannot be used, and what to do
    public static LocalStore open(Path directory, Supplier<Bytes> random) {
        Path file = directory.resolve(FILE_NAME);
        try {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            var store = new LocalStore(StoreFile.open(file), random);
            store.notice(file);
            return store;
        } catch (SQLException failed) {
            throw new StoreUnusable(
                    "%s cannot be used: %s. Check its owner and the space on the disk, or restore it from a backup."
                            .formatted(file, failed.getMessage()),
                    failed);
        } catch (IOException failed) {
            throw new StoreUnusable(
                    "%s cannot be used: %s. Choose another directory with --dir or ELOHIM_DEVICE_DIR."
                            .formatted(directory, failed),
                    failed);
        }
    }

    // A copy or a restored backup is another file. Going on with the same actor ids would write the
    // same numbers twice, which nobody could ever merge.
    private void notice(Path file) throws IOException {
        Bytes here =
                Bytes.copyOf(
                        ByteBuffer.allocate(Long.BYTES)
                                .putLong((long) Files.getAttribute(file, "unix:ino"))
                                .array());
        write(
                () -> {
                    if (!property("place").equals(here)) {
                        update("DELETE FROM lease", _ -> {});
                        property("place", here);
                        property("epoch", random.get().slice(0, Long.BYTES));
                    }
                    return true;
                });
    }

    /// Runs this as one transaction, which is on the disk afterwards.
    public <T> T write(Work<T> work) {
        if (writing) {
            throw new IllegalStateException("a transaction within a transaction");
        }
        writing = true;
        try {
            connection.setAutoCommit(false);
            try {
                T result = work.run();
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException failed) {
                connection.rollback();
                throw failed;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException failed) {
            throw new StoreUnusable(
                    "The device's store takes no more: %s. Free space or check the disk; nothing of what was being written was kept."
                            .formatted(failed.getMessage()),
                    failed);
        } finally {
            writing = false;
        }
    }

    /// Appends an entry; to be called within a transaction. Returns its place.
    public long append(
            Lane lane,
            StreamEntry.Kind kind,
            DocumentId document,
            @Nullable NodeId origin,
            List<Bytes> changes)
            throws SQLException {
        update(
                "INSERT INTO entry (lane, kind, document, origin, changes) VALUES (?, ?, ?, ?, ?)",
                insert -> {
                    insert.setString(1, lane.name());
                    insert.setString(2, kind.name());
                    insert.setBytes(3, document.uuid().toArray());
                    insert.setBytes(4, origin == null ? null : origin.publicKey().toArray());
                    insert.setBytes(5, joined(changes));
                });
        return query("SELECT last_insert_rowid()", _ -> {}, row -> row.getLong(1)).getFirst();
    }

    /// The entries after this place, whoever wrote them.
    public List<StoredEntry> after(long ordering, int max) {
        return query(
                "SELECT * FROM entry WHERE ordering > ? ORDER BY ordering LIMIT ?",
                query -> {
                    query.setLong(1, ordering);
                    query.setInt(2, max);
                },
                LocalStore::entry);
    }

    /// All entries of one document, in their order.
    public List<StoredEntry> of(DocumentId document) {
        return query(
                "SELECT * FROM entry WHERE document = ? ORDER BY ordering",
                query -> query.setBytes(1, document.uuid().toArray()),
                LocalStore::entry);
    }

    public List<DocumentId> documents() {
        return query(
                "SELECT DISTINCT document FROM entry ORDER BY document",
                _ -> {},
                row -> new DocumentId(Bytes.copyOf(row.getBytes(1))));
    }

    /// The last entry's place.
    public long end() {
        return query("SELECT COALESCE(MAX(ordering), 0) FROM entry", _ -> {}, row -> row.getLong(1))
                .getFirst();
    }

    private static StoredEntry entry(ResultSet row) throws SQLException {
        byte[] origin = row.getBytes("origin");
        return new StoredEntry(
                row.getLong("ordering"),
                Lane.valueOf(row.getString("lane")),
                StreamEntry.Kind.valueOf(row.getString("kind")),
                new DocumentId(Bytes.copyOf(row.getBytes("document"))),
                origin == null ? null : new NodeId(Bytes.copyOf(origin)),
                parted(row.getBytes("changes")));
    }

    private static byte[] joined(List<Bytes> changes) {
        var out = new ByteArrayOutputStream();
        for (Bytes change : changes) {
            out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(change.size()).array());
            out.writeBytes(change.toArray());
        }
        return out.toByteArray();
    }

    private static List<Bytes> parted(byte[] stored) {
        var changes = new ArrayList<Bytes>();
        ByteBuffer in = ByteBuffer.wrap(stored);
        while (in.hasRemaining()) {
            byte[] change = new byte[in.getInt()];
            in.get(change);
            changes.add(Bytes.copyOf(change));
        }
        return changes;
    }

    /// An actor id for this document that no other living process uses: one that a process which is
    /// gone has left, or a new one.
    public Bytes leaseActor(DocumentId document) {
        ProcessHandle self = ProcessHandle.current();
        return write(
                () -> {
                    Bytes actor =
                            query(
                                            "SELECT actor, process, started FROM lease"
                                                    + " WHERE document = ?",
                                            query -> query.setBytes(1, document.uuid().toArray()),
                                            Lease::of)
                                    .stream()
                                    .filter(lease -> !lease.isHeld())
                                    .map(Lease::actor)
                                    .findFirst()
                                    .orElseGet(() -> random.get().slice(0, ACTOR_BYTES));
                    update(
                            "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)",
                            insert -> {
                                insert.setBytes(1, actor.toArray());
                                insert.setBytes(2, document.uuid().toArray());
                                insert.setLong(3, self.pid());
                                insert.setLong(4, started(self));
                            });
                    return actor;
                });
    }

    private record Lease(Bytes actor, long process, long started) {
        static Lease of(ResultSet row) throws SQLException {
            return new Lease(Bytes.copyOf(row.getBytes(1)), row.getLong(2), row.getLong(3));
        }

        // The same number may have been given to another process since.
        boolean isHeld() {
            return ProcessHandle.of(process)
                    .filter(handle -> handle.isAlive() && LocalStore.started(handle) == started)
                    .isPresent();
        }
    }

    private static long started(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /// Remembers changes that no engine may be given any more.
    public void quarantine(DocumentId document, Map<ContentHash, String> reasons) {
        if (reasons.isEmpty()) {
            return;
        }
        write(
                () -> {
                    for (var each : reasons.entrySet()) {
                        update(
                                "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?)",
                                insert -> {
                                    insert.setBytes(1, each.getKey().bytes().toArray());
                                    insert.setBytes(2, document.uuid().toArray());
                                    insert.setString(3, each.getValue());
                                });
                    }
                    return true;
                });
    }

    public Map<ContentHash, String> quarantined(DocumentId document) {
        Map<ContentHash, String> reasons = new HashMap<>();
        query(
                        "SELECT hash, reason FROM quarantine WHERE document = ?",
                        query -> query.setBytes(1, document.uuid().toArray()),
                        row ->
                                Map.entry(
                                        new ContentHash(Bytes.copyOf(row.getBytes(1))),
                                        row.getString(2)))
                .forEach(each -> reasons.put(each.getKey(), each.getValue()));
        return reasons;
    }

    /// Changes whenever another process has written.
    public long version() {
        try {
            return StoreFile.pragma(connection, "data_version");
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    /// The actors that are leased for a document; for tests.
    Set<Bytes> actors(DocumentId document) {
        return query(
                        "SELECT actor FROM lease WHERE document = ?",
                        query -> query.setBytes(1, document.uuid().toArray()),
                        row -> Bytes.copyOf(row.getBytes(1)))
                .stream()
                .collect(Collectors.toSet());
    }

    private Bytes property(String name) {
        return query(
                        "SELECT value FROM property WHERE name = ?",
                        query -> query.setString(1, name),
                        row -> Bytes.copyOf(row.getBytes(1)))
                .stream()
                .findFirst()
                .orElse(Bytes.EMPTY);
    }

    private void property(String name, Bytes value) throws SQLException {
        update(
                "INSERT OR REPLACE INTO property VALUES (?, ?)",
                insert -> {
                    insert.setString(1, name);
                    insert.setBytes(2, value.toArray());
                });
    }

    private interface Binding {
        void bind(PreparedStatement statement) throws SQLException;
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> query(String sql, Binding binding, Row<T> read) {
        try (var statement = connection.prepareStatement(sql)) {
            binding.bind(statement);
            var found = new ArrayList<T>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(read.read(rows));
                }
            }
            return found;
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    private static StoreUnusable unreadable(SQLException failed) {
        return new StoreUnusable(
                "The device's store cannot be read: %s. Restore it from a backup."
                        .formatted(failed.getMessage()),
                failed);
    }

    private void update(String sql, Binding binding) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            binding.bind(statement);
            statement.executeUpdate();
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }
}
