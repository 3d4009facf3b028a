package org.elohim.cluster.journal;

import akka.actor.typed.javadsl.Adapter;
import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;
import akka.persistence.snapshot.japi.SnapshotStore;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/// Snapshots in the journal's file, for Akka.
///
/// Invariants: one that cannot be read is passed over, since everything can be told from the events
/// as well; of each actor one at most is being written.
public final class SnapshotParts extends SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotParts.class);

    // Behind the manifest of the parts of one that is [InParts].
    private static final String EACH = "+";

    private final SnapshotRows rows;
    private final Set<String> beingWritten = ConcurrentHashMap.newKeySet();
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
        return (head.manifest.endsWith(EACH)
                        ? joined(head)
                        : rows.content(head)
                                .thenApply(content -> read(content, head, head.manifest)))
                .thenApply(
                        snapshot ->
                                SelectedSnapshot.create(
                                        new SnapshotMetadata(
                                                head.persistenceId,
                                                head.sequenceNumber,
                                                head.created),
                                        snapshot));
    }

    private Object read(byte[] stored, SnapshotRows.Head head, String manifest) {
        return serialization.deserialize(stored, head.serializerId, manifest).get();
    }

    private CompletionStage<Object> joined(SnapshotRows.Head head) {
        String manifest = head.manifest.substring(0, head.manifest.length() - EACH.length());
        var joined = new AtomicReference<Optional<Object>>(Optional.empty());
        return rows.read(
                        head,
                        stored -> {
                            var part = (InParts.Part) read(stored, head, manifest);
                            joined.set(Optional.of(part.joinedTo(joined.get())));
                        })
                .thenApply(_ -> joined.get().orElseThrow());
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        if (snapshot instanceof InParts inParts) {
            saveBehind(metadata, inParts);
            return FutureConverters.asScala(CompletableFuture.<Void>completedFuture(null));
        }
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

    // Whatever becomes of it, there are the events and the one before: nobody has to be told.
    private void saveBehind(SnapshotMetadata metadata, InParts snapshot) {
        String persistenceId = metadata.persistenceId();
        if (!beingWritten.add(persistenceId)) {
            LOG.info(
                    "a snapshot of {} is still being written: this one is left out", persistenceId);
            return;
        }
        var _ =
                CompletableFuture.completedFuture(snapshot)
                        .thenComposeAsync(_ -> save(metadata, snapshot), Thread::startVirtualThread)
                        .whenComplete(
                                (_, failed) -> {
                                    beingWritten.remove(persistenceId);
                                    if (failed != null) {
                                        LOG.warn(
                                                "a snapshot of {} could not be written: {}",
                                                persistenceId,
                                                failed.toString());
                                    }
                                });
    }

    private CompletionStage<Void> save(SnapshotMetadata metadata, InParts snapshot) {
        InParts.Part first = snapshot.parts().next();
        var serializer = serialization.findSerializerFor(first);
        return rows.save(
                metadata.persistenceId(),
                metadata.sequenceNr(),
                metadata.timestamp(),
                serializer.identifier(),
                Serializers.manifestFor(serializer, first) + EACH,
                bytes(snapshot.parts(), serializer));
    }

    private static Iterator<byte[]> bytes(
            Iterator<? extends InParts.Part> parts, Serializer serializer) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return parts.hasNext();
            }

            @Override
            public byte[] next() {
                return serializer.toBinary(parts.next());
            }
        };
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
