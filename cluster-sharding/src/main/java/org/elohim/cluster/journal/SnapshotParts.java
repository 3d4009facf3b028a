package org.elohim.cluster.journal;

import akka.actor.typed.javadsl.Adapter;
import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;
import akka.persistence.snapshot.japi.SnapshotStore;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializers;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Snapshots in the journal's file, large ones in parts.
///
/// Invariants: no part keeps the writer longer than a handful of events would; a snapshot counts
/// only when all of it is there; one that cannot be read is passed over, since everything can be
/// told from the events as well.
public final class SnapshotParts extends SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotParts.class);

    static final int PART_BYTES = 256 << 10;
    // The one before the newest serves where the newest cannot be read.
    private static final int KEPT = 2;

    private final LocalJournal journal = LocalJournal.get(Adapter.toTyped(context().system()));
    private final Serialization serialization = SerializationExtension.get(context().system());

    private static final class Found {
        final SnapshotMetadata metadata;
        final int serializerId;
        final String manifest;
        final byte[] firstPart;
        final int furtherParts;

        Found(
                SnapshotMetadata metadata,
                int serializerId,
                String manifest,
                byte[] firstPart,
                int furtherParts) {
            this.metadata = metadata;
            this.serializerId = serializerId;
            this.manifest = manifest;
            this.firstPart = firstPart;
            this.furtherParts = furtherParts;
        }
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(
            String persistenceId, SnapshotSelectionCriteria criteria) {
        return FutureConverters.asScala(
                journal.reader()
                        .all(
                                "SELECT sequence_number, created, snapshot_ser_id,"
                                        + " snapshot_ser_manifest, snapshot_payload, further_parts"
                                        + " FROM snapshot WHERE persistence_id = ?"
                                        + " AND sequence_number BETWEEN ? AND ?"
                                        + " AND created BETWEEN ? AND ?"
                                        + " ORDER BY sequence_number DESC",
                                query -> {
                                    query.setString(1, persistenceId);
                                    query.setLong(2, criteria.minSequenceNr());
                                    query.setLong(3, criteria.maxSequenceNr());
                                    query.setLong(4, criteria.minTimestamp());
                                    query.setLong(5, criteria.maxTimestamp());
                                },
                                row ->
                                        new Found(
                                                new SnapshotMetadata(
                                                        persistenceId,
                                                        row.getLong(1),
                                                        row.getLong(2)),
                                                row.getInt(3),
                                                row.getString(4),
                                                row.getBytes(5),
                                                row.getInt(6)))
                        .thenCompose(this::firstReadable));
    }

    private CompletionStage<Optional<SelectedSnapshot>> firstReadable(List<Found> newestFirst) {
        if (newestFirst.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Found found = newestFirst.getFirst();
        return read(found)
                .handle(
                        (snapshot, unreadable) -> {
                            if (unreadable == null) {
                                return CompletableFuture.completedFuture(Optional.of(snapshot));
                            }
                            LOG.warn(
                                    "{} cannot be read and is passed over: {}",
                                    found.metadata,
                                    unreadable.toString());
                            return firstReadable(newestFirst.subList(1, newestFirst.size()));
                        })
                .thenCompose(snapshot -> snapshot);
    }

    private CompletionStage<SelectedSnapshot> read(Found found) {
        var whole = new ByteArrayOutputStream();
        whole.writeBytes(found.firstPart);
        CompletionStage<Void> read = CompletableFuture.completedFuture(null);
        for (int i = 1; i <= found.furtherParts; i++) {
            int part = i;
            // Each is a read of its own, so that other actors get their turn between them.
            read =
                    read.thenCompose(_ -> readPart(found.metadata, part))
                            .thenAccept(whole::writeBytes);
        }
        return read.thenApply(
                _ ->
                        SelectedSnapshot.create(
                                found.metadata,
                                serialization
                                        .deserialize(
                                                whole.toByteArray(),
                                                found.serializerId,
                                                found.manifest)
                                        .get()));
    }

    private CompletionStage<byte[]> readPart(SnapshotMetadata metadata, int part) {
        return journal.reader()
                .all(
                        "SELECT content FROM snapshot_part"
                                + " WHERE persistence_id = ? AND sequence_number = ? AND part = ?",
                        query -> {
                            query.setString(1, metadata.persistenceId());
                            query.setLong(2, metadata.sequenceNr());
                            query.setInt(3, part);
                        },
                        row -> row.getBytes(1))
                .thenApply(
                        found -> {
                            if (found.isEmpty()) {
                                throw new IllegalStateException("part " + part + " is missing");
                            }
                            return found.getFirst();
                        });
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        var serializer = serialization.findSerializerFor(snapshot);
        String manifest = Serializers.manifestFor(serializer, snapshot);
        byte[] content = serializer.toBinary(snapshot);
        int furtherParts = Math.max(0, (content.length - 1) / PART_BYTES);
        CompletionStage<Void> written = CompletableFuture.completedFuture(null);
        for (int i = 1; i <= furtherParts; i++) {
            int part = i;
            // One after the other: queued all at once, they could end up in one transaction.
            written = written.thenCompose(_ -> writePart(metadata, part, part(content, part)));
        }
        return FutureConverters.asScala(
                written.thenCompose(
                                _ ->
                                        writeHead(
                                                metadata,
                                                serializer.identifier(),
                                                manifest,
                                                part(content, 0),
                                                furtherParts))
                        .thenCompose(_ -> prune(metadata.persistenceId())));
    }

    private static byte[] part(byte[] content, int part) {
        int from = part * PART_BYTES;
        return Arrays.copyOfRange(content, from, Math.min(content.length, from + PART_BYTES));
    }

    private CompletionStage<Void> writePart(SnapshotMetadata metadata, int part, byte[] content) {
        return journal.writer()
                .submit(
                        connection -> {
                            try (var insert =
                                    connection.prepareStatement(
                                            "INSERT OR REPLACE INTO snapshot_part"
                                                    + " VALUES (?, ?, ?, ?)")) {
                                insert.setString(1, metadata.persistenceId());
                                insert.setLong(2, metadata.sequenceNr());
                                insert.setInt(3, part);
                                insert.setBytes(4, content);
                                insert.executeUpdate();
                            }
                        });
    }

    private CompletionStage<Void> writeHead(
            SnapshotMetadata metadata,
            int serializerId,
            String manifest,
            byte[] firstPart,
            int furtherParts) {
        return journal.writer()
                .submit(
                        connection -> {
                            try (var insert =
                                    connection.prepareStatement(
                                            "INSERT OR REPLACE INTO snapshot (persistence_id,"
                                                + " sequence_number, created, snapshot_ser_id,"
                                                + " snapshot_ser_manifest, snapshot_payload,"
                                                + " further_parts) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
                                insert.setString(1, metadata.persistenceId());
                                insert.setLong(2, metadata.sequenceNr());
                                insert.setLong(3, metadata.timestamp());
                                insert.setInt(4, serializerId);
                                insert.setString(5, manifest);
                                insert.setBytes(6, firstPart);
                                insert.setInt(7, furtherParts);
                                insert.executeUpdate();
                            }
                        });
    }

    private CompletionStage<Void> prune(String persistenceId) {
        return journal.reader()
                .all(
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

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return FutureConverters.asScala(
                delete(metadata.persistenceId(), metadata.sequenceNr(), metadata.sequenceNr()));
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return FutureConverters.asScala(
                delete(persistenceId, criteria.minSequenceNr(), criteria.maxSequenceNr()));
    }

    // The head first: without it the parts mean nothing.
    private CompletionStage<Void> delete(String persistenceId, long from, long to) {
        return journal.writer()
                .submit(
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
