package org.elohim.cluster.journal;

import akka.NotUsed;
import akka.actor.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import akka.japi.Pair;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.jdbc.config.JournalConfig;
import akka.persistence.jdbc.journal.dao.JournalDao;
import akka.serialization.Serialization;
import akka.serialization.Serializers;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;

import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;
import scala.runtime.BoxedUnit;
import scala.util.Failure;
import scala.util.Success;
import scala.util.Try;

import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What akka-persistence-jdbc writes and reads through, in place of its own tables' code.
///
/// Its own would write as fast, but tells nobody the order of commits, fails a whole transaction
/// for one bad row, and makes every recovery wait behind the writer.
public final class AkkaJournal implements JournalDao {
    private final LocalJournal journal;
    private final Serialization serialization;

    /// Called by the plugin, by these very types.
    @SuppressWarnings("unused")
    public AkkaJournal(
            JdbcBackend.DatabaseDef database,
            JdbcProfile profile,
            JournalConfig config,
            Serialization serialization,
            ExecutionContext executor,
            Materializer materializer) {
        this.serialization = serialization;
        this.journal = LocalJournal.get(Adapter.toTyped(materializer.system()));
    }

    @Override
    public Future<Seq<Try<BoxedUnit>>> asyncWriteMessages(Seq<AtomicWrite> messages) {
        var rows = new ArrayList<JournalRow>();
        var results = new ArrayList<Try<BoxedUnit>>();
        for (AtomicWrite message : CollectionConverters.asJava(messages)) {
            try {
                rows.addAll(rows(message));
                results.add(new Success<>(BoxedUnit.UNIT));
            } catch (RuntimeException unwritable) {
                results.add(new Failure<>(unwritable));
            }
        }
        Seq<Try<BoxedUnit>> answer = CollectionConverters.asScala(results).toSeq();
        return FutureConverters.asScala(journal.writer().write(rows).thenApply(_ -> answer));
    }

    private List<JournalRow> rows(AtomicWrite message) {
        var rows = new ArrayList<JournalRow>();
        for (PersistentRepr event : CollectionConverters.asJava(message.payload())) {
            Object payload = event.payload();
            var serializer = serialization.findSerializerFor(payload);
            rows.add(
                    new JournalRow(
                            event.persistenceId(),
                            event.sequenceNr(),
                            event.writerUuid(),
                            event.timestamp(),
                            event.manifest(),
                            serializer.toBinary(payload),
                            serializer.identifier(),
                            Serializers.manifestFor(serializer, payload),
                            payload));
        }
        return rows;
    }

    @Override
    public Future<BoxedUnit> delete(String persistenceId, long toSequenceNumber) {
        return FutureConverters.asScala(
                journal.writer()
                        .submit(connection -> forget(connection, persistenceId, toSequenceNumber))
                        .thenApply(_ -> BoxedUnit.UNIT));
    }

    // The last row stays, so that its number is never given again. Documents never ask for this:
    // what their events say was acknowledged.
    static void forget(Connection connection, String persistenceId, long to) throws SQLException {
        for (String sql :
                List.of(
                        "UPDATE event_journal SET deleted = 1"
                                + " WHERE persistence_id = ? AND sequence_number <= ?",
                        "DELETE FROM event_journal WHERE persistence_id = ?1"
                                + " AND sequence_number <= ?2 AND sequence_number <"
                                + " (SELECT MAX(sequence_number) FROM event_journal"
                                + " WHERE persistence_id = ?1)")) {
            try (var statement = connection.prepareStatement(sql)) {
                statement.setString(1, persistenceId);
                statement.setLong(2, to);
                statement.executeUpdate();
            }
        }
    }

    @Override
    public Future<Object> highestSequenceNr(String persistenceId, long from) {
        return FutureConverters.asScala(
                journal.reader()
                        .highestSequenceNumber(persistenceId)
                        .thenApply(Object.class::cast));
    }

    @Override
    public akka.stream.scaladsl.Source<Try<Tuple2<PersistentRepr, Object>>, NotUsed> messages(
            String persistenceId, long from, long to, long max) {
        return replay(persistenceId, from, to, JournalSettings.REPLAY_BATCH_EVENTS)
                .take(max)
                .asScala();
    }

    @Override
    public akka.stream.scaladsl.Source<Try<Tuple2<PersistentRepr, Object>>, NotUsed>
            messagesWithBatch(
                    String persistenceId,
                    long from,
                    long to,
                    int batchSize,
                    Option<Tuple2<FiniteDuration, akka.actor.Scheduler>> refresh) {
        return replay(persistenceId, from, to, batchSize).asScala();
    }

    private Source<Try<Tuple2<PersistentRepr, Object>>, NotUsed> replay(
            String persistenceId, long from, long to, int batchSize) {
        return Source.unfoldAsync(from, next -> batch(persistenceId, next, to, batchSize))
                .mapConcat(batch -> batch)
                .map(AkkaJournal::replayed);
    }

    private CompletionStage<Optional<Pair<Long, List<JournalReader.Stored>>>> batch(
            String persistenceId, long from, long to, int max) {
        if (from > to || from == Long.MAX_VALUE) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return journal.reader()
                .rows(persistenceId, from, to, max)
                .thenApply(page -> Optional.of(Pair.create(next(page), page.entries())));
    }

    // Most actors have one page only: the last is not asked beyond.
    private static long next(JournalReader.Page<JournalReader.Stored> page) {
        return page.end() ? Long.MAX_VALUE : page.entries().getLast().sequenceNumber() + 1;
    }

    private static Try<Tuple2<PersistentRepr, Object>> replayed(JournalReader.Stored stored) {
        PersistentRepr event =
                PersistentRepr.apply(
                                stored.event(),
                                stored.sequenceNumber(),
                                stored.persistenceId(),
                                stored.adapterManifest(),
                                false,
                                ActorRef.noSender(),
                                stored.writer())
                        .withTimestamp(stored.timestamp());
        return new Success<>(new Tuple2<>(event, stored.ordering()));
    }
}
