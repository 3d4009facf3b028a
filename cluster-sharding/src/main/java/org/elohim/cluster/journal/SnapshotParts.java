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

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Snapshots in the journal's file, for Akka.
///
/// Invariants: one that cannot be read is passed over, since everything can be told from the events
/// as well.
public final class SnapshotParts extends SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotParts.class);

    private final SnapshotRows rows;
    private final Serialization serialization = SerializationExtension.get(context().system());

    /// Called by Akka, by its name.
    public SnapshotParts() {
        LocalJournal journal = LocalJournal.get(Adapter.toTyped(context().system()));
        rows = new SnapshotRows(journal.writer(), journal.reader());
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(
            String persistenceId, SnapshotSelectionCriteria criteria) {
        return FutureConverters.asScala(
                rows.find(
                                persistenceId,
                                criteria.minSequenceNr(),
                                criteria.maxSequenceNr(),
                                criteria.minTimestamp(),
                                criteria.maxTimestamp())
                        .thenCompose(this::firstReadable));
    }

    private CompletionStage<Optional<SelectedSnapshot>> firstReadable(
            List<SnapshotRows.Head> newestFirst) {
        if (newestFirst.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        SnapshotRows.Head head = newestFirst.getFirst();
        return read(head)
                .handle(
                        (snapshot, unreadable) -> {
                            if (unreadable == null) {
                                return CompletableFuture.completedFuture(Optional.of(snapshot));
                            }
                            LOG.warn(
                                    "snapshot {} of {} cannot be read and is passed over: {}",
                                    head.sequenceNumber,
                                    head.persistenceId,
                                    unreadable.toString());
                            return firstReadable(newestFirst.subList(1, newestFirst.size()));
                        })
                .thenCompose(snapshot -> snapshot);
    }

    private CompletionStage<SelectedSnapshot> read(SnapshotRows.Head head) {
        return rows.content(head)
                .thenApply(
                        content ->
                                SelectedSnapshot.create(
                                        new SnapshotMetadata(
                                                head.persistenceId,
                                                head.sequenceNumber,
                                                head.created),
                                        serialization
                                                .deserialize(
                                                        content, head.serializerId, head.manifest)
                                                .get()));
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        var serializer = serialization.findSerializerFor(snapshot);
        return FutureConverters.asScala(
                rows.save(
                        metadata.persistenceId(),
                        metadata.sequenceNr(),
                        metadata.timestamp(),
                        serializer.identifier(),
                        Serializers.manifestFor(serializer, snapshot),
                        serializer.toBinary(snapshot)));
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return FutureConverters.asScala(
                rows.delete(
                        metadata.persistenceId(), metadata.sequenceNr(), metadata.sequenceNr()));
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return FutureConverters.asScala(
                rows.delete(persistenceId, criteria.minSequenceNr(), criteria.maxSequenceNr()));
    }
}
