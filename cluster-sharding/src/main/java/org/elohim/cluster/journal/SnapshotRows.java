package org.elohim.cluster.journal;

import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Snapshots as rows of the journal's file, large ones in parts.
///
/// Invariants: no part keeps the writer longer than a handful of events would, nor the reader; a
/// head that is there has all its parts; the newest snapshot that was acknowledged stays.
final class SnapshotRows {
    static final int PART_BYTES = 256 << 10;
    // The one before the newest serves where the newest cannot be read.
    private static final int KEPT = 2;

    private final JournalWriter writer;
    private final JournalReader reader;

    /// A snapshot without its further parts.
    static final class Head {
        final String persistenceId;
        final long sequenceNumber;
        final long created;
        final int serializerId;
        final String manifest;
        final byte[] firstPart;
        final int furtherParts;

        Head(
                String persistenceId,
                long sequenceNumber,
                long created,
                int serializerId,
                String manifest,
                byte[] firstPart,
                int furtherParts) {
            this.persistenceId = persistenceId;
            this.sequenceNumber = sequenceNumber;
            this.created = created;
            this.serializerId = serializerId;
            this.manifest = manifest;
            this.firstPart = firstPart;
            this.furtherParts = furtherParts;
        }

        void insert(Connection connection) throws SQLException {
            try (var insert =
                    connection.prepareStatement(
                            "INSERT OR REPLACE INTO snapshot (persistence_id, sequence_number,"
                                    + " created, snapshot_ser_id, snapshot_ser_manifest,"
                                    + " snapshot_payload, further_parts)"
                                    + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
                insert.setString(1, persistenceId);
                insert.setLong(2, sequenceNumber);
                insert.setLong(3, created);
                insert.setInt(4, serializerId);
                insert.setString(5, manifest);
                insert.setBytes(6, firstPart);
                insert.setInt(7, furtherParts);
                insert.executeUpdate();
            }
        }
    }

    SnapshotRows(JournalWriter writer, JournalReader reader) {
        this.writer = writer;
        this.reader = reader;
    }

    /// The newest first; both bounds are included.
    CompletionStage<List<Head>> find(
            String persistenceId,
            long fromSequence,
            long toSequence,
            long fromMillis,
            long toMillis) {
        return reader.all(
                "SELECT sequence_number, created, snapshot_ser_id, snapshot_ser_manifest,"
                        + " snapshot_payload, further_parts FROM snapshot"
                        + " WHERE persistence_id = ? AND sequence_number BETWEEN ? AND ?"
                        + " AND created BETWEEN ? AND ? ORDER BY sequence_number DESC",
                query -> {
                    query.setString(1, persistenceId);
                    query.setLong(2, fromSequence);
                    query.setLong(3, toSequence);
                    query.setLong(4, fromMillis);
                    query.setLong(5, toMillis);
                },
                row ->
                        new Head(
                                persistenceId,
                                row.getLong(1),
                                row.getLong(2),
                                row.getInt(3),
                                row.getString(4),
                                row.getBytes(5),
                                row.getInt(6)));
    }

    /// The whole of it; fails where a part is missing.
    CompletionStage<byte[]> content(Head head) {
        var whole = new ByteArrayOutputStream();
        return read(head, whole::writeBytes).thenApply(_ -> whole.toByteArray());
    }

    /// Hands over one part after the other; fails where one is missing.
    CompletionStage<Void> read(Head head, Consumer<byte[]> each) {
        CompletionStage<Void> read =
                CompletableFuture.completedFuture(head.firstPart).thenAccept(each);
        for (int i = 1; i <= head.furtherParts; i++) {
            int part = i;
            // Each is a read of its own, so that other actors get their turn between them.
            read = read.thenCompose(_ -> part(head, part)).thenAccept(each);
        }
        return read;
    }

    private CompletionStage<byte[]> part(Head head, int part) {
        return reader.all(
                        "SELECT content FROM snapshot_part"
                                + " WHERE persistence_id = ? AND sequence_number = ? AND part = ?",
                        query -> {
                            query.setString(1, head.persistenceId);
                            query.setLong(2, head.sequenceNumber);
                            query.setInt(3, part);
                        },
                        row -> row.getBytes(1))
                .thenApply(
                        found -> {
                            if (found.isEmpty()) {
                                throw new Damaged("part " + part + " is missing");
                            }
                            return found.getFirst();
                        });
    }

    /// Writes it, and forgets those that are too old by that.
    CompletionStage<Void> save(
            String persistenceId,
            long sequenceNumber,
            long created,
            int serializerId,
            String manifest,
            byte[] content) {
        Iterator<byte[]> slices =
                IntStream.rangeClosed(0, Math.max(0, (content.length - 1) / PART_BYTES))
                        .mapToObj(part -> slice(content, part))
                        .iterator();
        return save(persistenceId, sequenceNumber, created, serializerId, manifest, slices);
    }

    /// The same of one whose parts are made as they are written, by threads of their own.
    CompletionStage<Void> save(
            String persistenceId,
            long sequenceNumber,
            long created,
            int serializerId,
            String manifest,
            Iterator<byte[]> parts) {
        byte[] first = parts.next();
        return writeFrom(persistenceId, sequenceNumber, 1, parts)
                .thenCompose(
                        furtherParts ->
                                writer.submit(
                                        new Head(
                                                        persistenceId,
                                                        sequenceNumber,
                                                        created,
                                                        serializerId,
                                                        manifest,
                                                        first,
                                                        furtherParts)
                                                ::insert))
                .thenCompose(_ -> prune(persistenceId));
    }

    // One after the other: queued all at once, they could end up in one transaction.
    private CompletionStage<Integer> writeFrom(
            String persistenceId, long sequenceNumber, int part, Iterator<byte[]> parts) {
        if (!parts.hasNext()) {
            return CompletableFuture.completedFuture(part - 1);
        }
        return writePart(persistenceId, sequenceNumber, part, parts.next())
                .thenComposeAsync(
                        _ -> writeFrom(persistenceId, sequenceNumber, part + 1, parts),
                        Thread::startVirtualThread);
    }

    private static byte[] slice(byte[] content, int part) {
        int from = part * PART_BYTES;
        return Arrays.copyOfRange(content, from, Math.min(content.length, from + PART_BYTES));
    }

    private CompletionStage<Void> writePart(
            String persistenceId, long sequenceNumber, int part, byte[] content) {
        return writer.submit(
                connection -> {
                    try (var insert =
                            connection.prepareStatement(
                                    "INSERT OR REPLACE INTO snapshot_part VALUES (?, ?, ?, ?)")) {
                        insert.setString(1, persistenceId);
                        insert.setLong(2, sequenceNumber);
                        insert.setInt(3, part);
                        insert.setBytes(4, content);
                        insert.executeUpdate();
                    }
                });
    }

    private CompletionStage<Void> prune(String persistenceId) {
        return reader.all(
                        "SELECT sequence_number FROM snapshot WHERE persistence_id = ?"
                                + " ORDER BY sequence_number DESC LIMIT 1 OFFSET ?",
                        query -> {
                            query.setString(1, persistenceId);
                            query.setInt(2, KEPT);
                        },
                        row -> row.getLong(1))
                .thenCompose(
                        old ->
                                old.isEmpty()
                                        ? CompletableFuture.completedFuture(null)
                                        : delete(persistenceId, 0, old.getFirst()));
    }

    // The head first: without it the parts mean nothing.
    CompletionStage<Void> delete(String persistenceId, long from, long to) {
        return writer.submit(
                connection -> {
                    for (String table : List.of("snapshot", "snapshot_part")) {
                        try (var delete =
                                connection.prepareStatement(
                                        "DELETE FROM "
                                                + table
                                                + " WHERE persistence_id = ?"
                                                + " AND sequence_number BETWEEN ? AND ?")) {
                            delete.setString(1, persistenceId);
                            delete.setLong(2, from);
                            delete.setLong(3, to);
                            delete.executeUpdate();
                        }
                    }
                });
    }
}
