package org.elohim.cluster.replica;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.sync.Arrived;
import org.elohim.cluster.sync.Signatures;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// One document on its way here from a sibling's replica, a page after the other.
///
/// Invariants: what comes goes the way of all that siblings send: looked at, journaled, fsynced and
/// indexed before the next page is asked for, who may have it first of all. What has come is a
/// beginning of the history that stands by itself, wherever it ends; the rest comes as if nobody
/// had asked. Belongs to whichever thread has the last answer.
final class Transfer {
    // As much as comes in a few seconds; whoever wants more asks again.
    static final long BYTES_MAX = 32L << 20;
    // One fsync each.
    private static final Duration TAKEN_WITHIN = Duration.ofSeconds(2);
    // What falls out costs duplicates. As many ids as a line takes in one piece.
    private static final int KNOWN_MAX = 1_000;

    private final ActorSystem<?> system;
    private final DocumentReplica.Source here;
    private final SyncCounters counters;
    private final LongSupplier clockMillis;
    private final Runnable onSilence;
    private final DocumentId document;
    private final Ruling ruling;
    private final NodeId sibling;
    private final long untilMillis;
    private final Set<ContentHash> known = new LinkedHashSet<>();
    private final Signatures signatures = new Signatures();
    private long bytes;

    /// @param onSilence where the sibling does not answer
    /// @param held as the sibling describes it
    Transfer(
            ActorSystem<?> system,
            DocumentReplica.Source here,
            SyncCounters counters,
            LongSupplier clockMillis,
            Runnable onSilence,
            DocumentId document,
            DocumentReplica.Answer.Held held) {
        this.system = system;
        this.here = here;
        this.counters = counters;
        this.clockMillis = clockMillis;
        this.onSilence = onSilence;
        this.document = document;
        this.ruling =
                new Ruling(held.turn(), Reach.parse(held.reach()), NodeId.parse(held.owner()));
        this.sibling = NodeId.parse(held.node());
        this.untilMillis = clockMillis.getAsLong() + ReadThrough.OBTAINED_WITHIN.toMillis();
    }

    /// Fails where the sibling falls silent, or the document cannot be taken here.
    CompletionStage<Done> begin() {
        CompletionStage<StatusReply<Document.Description>> ruled =
                tell(to -> new Document.Command.TakeRuling(ruling, sibling, to));
        return ruled.thenCompose(
                reply -> {
                    if (reply.isError()) {
                        return CompletableFuture.failedFuture(reply.getError());
                    }
                    know(reply.getValue().heads());
                    return next();
                });
    }

    private boolean know(List<ContentHash> hashes) {
        boolean more = known.addAll(hashes);
        while (known.size() > KNOWN_MAX) {
            known.remove(known.iterator().next());
        }
        return more;
    }

    private CompletionStage<Done> next() {
        if (bytes >= BYTES_MAX || clockMillis.getAsLong() >= untilMillis) {
            return done();
        }
        List<String> heads = known.stream().map(ContentHash::toString).toList();
        return ClusterSharding.get(system)
                .entityRefFor(DocumentReplica.typeKey(sibling), document.toString())
                .<DocumentReplica.Answer>ask(
                        to -> new DocumentReplica.Question.Read(heads, to),
                        ReadThrough.ANSWER_WITHIN)
                .whenComplete(
                        (_, failed) -> {
                            if (failed != null) {
                                onSilence.run();
                            }
                        })
                // Hashes and signatures are work, and not for the thread that brings the answer.
                .thenComposeAsync(
                        answer ->
                                switch (answer) {
                                    case DocumentReplica.Answer.Page(var _, var changes) ->
                                            changes.isEmpty() ? done() : look(changes);
                                    // It was deleted or lost there meanwhile.
                                    case DocumentReplica.Answer.NotHeld _,
                                            DocumentReplica.Answer.Held _ ->
                                            done();
                                },
                        system.executionContext());
    }

    private static CompletionStage<Done> done() {
        return CompletableFuture.completedFuture(Done.done());
    }

    private CompletionStage<Done> look(List<Bytes> page) {
        return switch (Arrived.of(document, page, signatures)) {
            case Arrived.Poisoned(var reason) -> {
                counters.count(SyncCounters.Counter.CHANGES_POISONED);
                yield CompletableFuture.failedFuture(
                        new IllegalStateException(
                                "node %s hands out what is not a change: %s"
                                        .formatted(sibling, reason)));
            }
            case Arrived.Genuine(var changes) -> {
                counters.count(SyncCounters.Counter.CHANGES_RECEIVED, changes.size());
                // Who asks again right after it has come is answered with nothing.
                if (bytes == 0) {
                    counters.count(SyncCounters.Counter.DOCUMENTS_OBTAINED);
                }
                bytes += page.stream().mapToLong(Bytes::size).sum();
                yield take(changes);
            }
        };
    }

    private CompletionStage<Done> take(List<Change> changes) {
        var batch = new Document.Batch(0, List.of(), changes);
        CompletionStage<StatusReply<List<Input.Taken>>> taken =
                tell(
                        to ->
                                new Document.Command.Accept(
                                        List.of(batch),
                                        Lane.BACKFILL,
                                        Entry.RELAY,
                                        sibling,
                                        ruling,
                                        to));
        return taken.thenCompose(
                reply -> {
                    // The only error there is: the disk takes nothing.
                    if (reply.isError()) {
                        return CompletableFuture.failedFuture(reply.getError());
                    }
                    Input.Taken answer = reply.getValue().getFirst();
                    boolean further = know(answer.settled()) || !answer.durable().isEmpty();
                    // Where nothing of it stays, the same would come for ever.
                    return further ? next() : done();
                });
    }

    private <T> CompletionStage<T> tell(Function<ActorRef<T>, Document.Command> command) {
        return AskPattern.ask(
                here.documents(),
                to -> new Documents.Command.Tell(document, command.apply(to)),
                TAKEN_WITHIN,
                system.scheduler());
    }
}
