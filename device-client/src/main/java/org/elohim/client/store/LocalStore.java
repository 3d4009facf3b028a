package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The device's own copy of its documents, in one SQLite file.
///
/// Invariants: what a call has written is on the disk when it returns; several processes may use
/// one store at once, each with actor ids of its own; a store that was copied or restored draws new
/// ids before it writes anything.
///
/// Used by one thread; who needs it on another opens it once more.
public final class LocalStore implements AutoCloseable {
    public static final String FILE_NAME = "device.db";

    private final Sql sql;
    private final Witness witness;
    private final DeviceKey key;
    private final Presence presence;
    private final Leases leases;
    private final Nodes nodes;
    private boolean appended;

    /// Something to be done within one transaction.
    public interface Work<T> {
        T run() throws SQLException;
    }

    private LocalStore(Sql sql, Path directory, Supplier<Bytes> random) {
        this.sql = sql;
        this.witness = new Witness(sql, directory);
        this.key = DeviceKey.ofStore(sql, witness);
        this.presence = new Presence(directory);
        this.leases = new Leases(sql, presence, random);
        this.nodes = new Nodes(sql, random);
    }

    /// Opens the store in this directory, or makes it.
    ///
    /// @param random 16 bytes that nobody has drawn before
    /// @throws StoreUnusable saying why it cannot be used, and what to do
    public static LocalStore open(Path directory, Supplier<Bytes> random) {
        return open(directory, random, connection -> connection);
    }

    /// The same on a disk that fails as the test likes.
    static LocalStore open(
            Path directory, Supplier<Bytes> random, UnaryOperator<Connection> through) {
        Path file = directory.resolve(FILE_NAME);
        try {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            var sql = new Sql(through.apply(StoreFile.open(file)));
            try {
                return new LocalStore(sql, directory, random);
            } catch (RuntimeException unusable) {
                sql.close();
                throw unusable;
            }
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

    /// Who this device is.
    public NodeKey key() {
        return key.pair();
    }

    public Nodes nodes() {
        return nodes;
    }

    /// Runs this as one transaction, which is on the disk afterwards.
    public <T> T write(Work<T> work) {
        appended = false;
        T result = sql.write(work);
        if (appended) {
            witness.mark();
        }
        return result;
    }

    /// Remembers a document that has no change yet.
    public void draft(DocumentId document) {
        write(
                () ->
                        sql.update(
                                "INSERT OR IGNORE INTO draft VALUES (?)",
                                insert -> insert.setBytes(1, document.uuid().toArray())));
    }

    /// The documents that have no change yet.
    public List<DocumentId> drafts() {
        return sql.query(
                "SELECT document FROM draft ORDER BY document",
                _ -> {},
                row -> new DocumentId(Bytes.copyOf(row.getBytes(1))));
    }

    /// Appends changes, in topological order; to be called within a transaction.
    public void append(
            Lane lane, DocumentId document, @Nullable NodeId origin, List<? extends Change> changes)
            throws SQLException {
        sql.update(
                "DELETE FROM draft WHERE document = ?",
                delete -> delete.setBytes(1, document.uuid().toArray()));
        for (int from = 0; from < changes.size(); from += SyncMessage.HASHES_MAX) {
            List<? extends Change> some =
                    changes.subList(from, Math.min(changes.size(), from + SyncMessage.HASHES_MAX));
            insert(lane, StreamEntry.Kind.CHANGES, document, origin, 0, some);
        }
    }

    /// Appends what happened to the document as a whole; to be called within a transaction.
    public void mark(
            Lane lane,
            StreamEntry.Kind kind,
            DocumentId document,
            @Nullable NodeId origin,
            long life)
            throws SQLException {
        if (kind == StreamEntry.Kind.RESTORED) {
            // What was refused because of the deletion is asked for again.
            sql.update(
                    "DELETE FROM refusal WHERE document = ?",
                    delete -> delete.setBytes(1, document.uuid().toArray()));
        }
        if (life > SyncMessage.LIFE_MAX) {
            // Nobody could read it.
            throw new IllegalArgumentException("life=" + life);
        }
        insert(lane, kind, document, origin, life, List.of());
    }

    private void insert(
            Lane lane,
            StreamEntry.Kind kind,
            DocumentId document,
            @Nullable NodeId origin,
            long life,
            List<? extends Change> changes)
            throws SQLException {
        appended = true;
        sql.update(
                "INSERT INTO entry (lane, kind, document, origin, life, count, ends, changes)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                insert -> {
                    insert.setString(1, lane.name());
                    insert.setString(2, kind.name());
                    insert.setBytes(3, document.uuid().toArray());
                    insert.setBytes(4, origin == null ? null : origin.publicKey().toArray());
                    insert.setLong(5, life);
                    insert.setInt(6, changes.size());
                    insert.setBytes(7, joined(Settlement.ends(changes)));
                    insert.setBytes(8, framed(changes));
                });
    }

    /// Entries after this place, whoever wrote them, as the sessions see them.
    public List<StreamEntry> after(long ordering, int max) {
        var found = new ArrayList<StreamEntry>();
        sql.walk(
                StreamRows.SELECT + " WHERE ordering > ? ORDER BY ordering LIMIT ?",
                query -> {
                    query.setLong(1, ordering);
                    query.setInt(2, max);
                },
                row -> found.add(StreamRows.entry(row)));
        return found;
    }

    /// Entries of one lane after this place.
    public List<StreamEntry> page(Lane lane, long after, int entriesMax, long bytesMax) {
        var found = new ArrayList<StreamEntry>();
        long[] bytes = {0};
        sql.walk(
                StreamRows.SELECT + " WHERE lane = ? AND ordering > ? ORDER BY ordering LIMIT ?",
                query -> {
                    query.setString(1, lane.name());
                    query.setLong(2, after);
                    query.setInt(3, entriesMax);
                },
                row -> {
                    StreamEntry entry = StreamRows.entry(row);
                    bytes[0] += entry.sizeBytes();
                    return (found.isEmpty() || bytes[0] <= bytesMax) && found.add(entry);
                });
        return found;
    }

    /// The entries of one document after this place, with all their bytes.
    public List<StoredEntry> of(DocumentId document, long after) {
        return sql.query(
                "SELECT * FROM entry WHERE document = ? AND ordering > ? ORDER BY ordering",
                query -> {
                    query.setBytes(1, document.uuid().toArray());
                    query.setLong(2, after);
                },
                LocalStore::entry);
    }

    /// The changes of the entry at this place.
    public List<Bytes> changesAt(long ordering) {
        return sql.query(
                        "SELECT changes FROM entry WHERE ordering = ?",
                        query -> query.setLong(1, ordering),
                        row -> unframed(row.getBytes(1)))
                .getFirst();
    }

    public List<DocumentId> documents() {
        return sql.query(
                "SELECT DISTINCT document FROM entry ORDER BY document",
                _ -> {},
                row -> new DocumentId(Bytes.copyOf(row.getBytes(1))));
    }

    /// Whether anything of the document is here, be it only that it was begun.
    public boolean has(DocumentId document) {
        return sql.number(
                        "SELECT EXISTS (SELECT 1 FROM entry WHERE document = ?1)"
                                + " OR EXISTS (SELECT 1 FROM draft WHERE document = ?1)",
                        query -> query.setBytes(1, document.uuid().toArray()))
                == 1;
    }

    /// The documents whose life is odd.
    public Set<DocumentId> deleted() {
        return new HashSet<>(
                sql.query(
                        "SELECT document FROM entry GROUP BY document HAVING MAX(life) % 2 = 1",
                        _ -> {}, row -> new DocumentId(Bytes.copyOf(row.getBytes(1)))));
    }

    /// Which life the document is in: even where it is alive, odd where it is deleted.
    public long life(DocumentId document) {
        return sql.number(
                "SELECT COALESCE(MAX(life), 0) FROM entry WHERE document = ?",
                query -> query.setBytes(1, document.uuid().toArray()));
    }

    /// The last entry's place.
    public long end() {
        return sql.number("SELECT COALESCE(MAX(ordering), 0) FROM entry");
    }

    private static StoredEntry entry(ResultSet row) throws SQLException {
        return new StoredEntry(
                row.getLong("ordering"),
                Lane.valueOf(row.getString("lane")),
                StreamEntry.Kind.valueOf(row.getString("kind")),
                new DocumentId(Bytes.copyOf(row.getBytes("document"))),
                StreamRows.origin(row),
                row.getLong("life"),
                unframed(row.getBytes("changes")));
    }

    private static byte[] joined(List<ContentHash> hashes) {
        var out = new ByteArrayOutputStream();
        hashes.forEach(hash -> out.writeBytes(hash.bytes().toArray()));
        return out.toByteArray();
    }

    private static byte[] framed(List<? extends Change> changes) {
        var out = new ByteArrayOutputStream();
        for (Change change : changes) {
            out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(change.sizeBytes()).array());
            out.writeBytes(change.bytes().toArray());
        }
        return out.toByteArray();
    }

    static List<Bytes> unframed(byte[] stored) {
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
        return leaseActor(document, Set.of());
    }

    /// The same, and none of these, now or later.
    public Bytes leaseActor(DocumentId document, Set<Bytes> except) {
        return leases.actor(document, except);
    }

    /// Whether `holder` may speak with the nodes: nobody else does, in no process.
    public boolean takeLink(Bytes holder) {
        return leases.takeLink(holder);
    }

    /// Whether anybody speaks with the nodes.
    public boolean isLinked() {
        return leases.linkIsHeld();
    }

    public void releaseLink(Bytes holder) {
        leases.releaseLink(holder);
    }

    /// Remembers changes that this version of the engine must not be given any more.
    public void quarantine(DocumentId document, String engine, Map<ContentHash, String> reasons) {
        if (reasons.isEmpty()) {
            return;
        }
        write(
                () -> {
                    for (var each : reasons.entrySet()) {
                        sql.update(
                                "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?)",
                                insert -> {
                                    insert.setBytes(1, each.getKey().bytes().toArray());
                                    insert.setBytes(2, document.uuid().toArray());
                                    insert.setString(3, engine);
                                    insert.setString(4, each.getValue());
                                });
                    }
                    return true;
                });
    }

    /// What this version of the engine has failed on, with the reason; another one may read it.
    public Map<ContentHash, String> quarantined(DocumentId document, String engine) {
        Map<ContentHash, String> reasons = new HashMap<>();
        sql.walk(
                "SELECT hash, reason FROM quarantine WHERE document = ? AND engine = ?",
                query -> {
                    query.setBytes(1, document.uuid().toArray());
                    query.setString(2, engine);
                },
                row -> {
                    reasons.put(new ContentHash(Bytes.copyOf(row.getBytes(1))), row.getString(2));
                    return true;
                });
        return reasons;
    }

    /// Changes whenever anybody has written through another connection.
    public long version() {
        return sql.number("PRAGMA data_version");
    }

    @Override
    public void close() {
        presence.close();
        sql.close();
    }
}
