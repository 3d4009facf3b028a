package org.elohim.cluster.replica;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;

import org.elohim.cluster.sync.Elsewhere;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// Asks the siblings' replicas for what is not here: this node has just joined, or was away.
///
/// Invariants: all are asked at once, and the first that has it answers; nobody waits for longer
/// than the bound, and whoever did not answer in it is left alone for a while. A document is
/// brought over once, however many ask for it, and only for somebody who may read it.
public final class ReadThrough implements Elsewhere {
    private static final Logger LOG = LoggerFactory.getLogger(ReadThrough.class);
    static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
    private static final long LEFT_ALONE_MILLIS = 10_000;
    // A device that is told nothing by then hears of the document when it has come by itself.
    static final Duration OBTAINED_WITHIN = Duration.ofSeconds(5);
    // Each asks for one document at a time; beyond it they are answered with what is here.
    private static final int ASKING_MAX = 64;

    private final ActorSystem<?> system;
    private final ActorRef<Replicas.Command> replicas;
    private final DocumentReplica.Source here;
    private final List<Part> part;
    private final SyncCounters counters;
    private final LongSupplier clockMillis;
    private final Map<NodeId, Long> silent = new ConcurrentHashMap<>();
    private final Map<DocumentId, CompletionStage<Done>> coming = new ConcurrentHashMap<>();
    private final Semaphore asking = new Semaphore(ASKING_MAX);

    /// @param here what this node holds, and where it takes documents in
    /// @param part all that this node takes of the family's documents, where it is an observer
    /// @param clockMillis never goes back
    public ReadThrough(
            ActorSystem<?> system,
            ActorRef<Replicas.Command> replicas,
            DocumentReplica.Source here,
            List<Part> part,
            SyncCounters counters,
            LongSupplier clockMillis) {
        this.system = system;
        this.replicas = replicas;
        this.here = here;
        this.part = List.copyOf(part);
        this.counters = counters;
        this.clockMillis = clockMillis;
    }

    /// What came of a search.
    ///
    /// @param held as a sibling that has it describes it
    /// @param unheard the siblings that could not be asked, or did not answer
    public record Found(Optional<DocumentReplica.Answer.Held> held, List<NodeId> unheard) {
        public static final Found NOWHERE = new Found(Optional.empty(), List.of());

        public Found {
            unheard = List.copyOf(unheard);
        }
    }

    /// The description of a document by a sibling that has it, where it belongs to what this node
    /// takes.
    public CompletionStage<Found> find(DocumentId document) {
        return siblings().thenCompose(siblings -> first(document, siblings));
    }

    @Override
    public CompletionStage<Done> obtain(DocumentId document, Predicate<Reach> mayRead) {
        if (!asking.tryAcquire()) {
            return NOWHERE.obtain(document, mayRead);
        }
        var obtained =
                find(document)
                        .thenCompose(
                                found ->
                                        found.held()
                                                .filter(held -> !held.deleted())
                                                .filter(
                                                        held ->
                                                                mayRead.test(
                                                                        Reach.parse(held.reach())))
                                                .map(held -> bring(document, held))
                                                .orElseGet(
                                                        () ->
                                                                CompletableFuture.completedFuture(
                                                                        Done.done())))
                        .exceptionally(
                                failed -> {
                                    LOG.info(
                                            "document {} is not brought over from a sibling: {}",
                                            document,
                                            String.valueOf(failed.getMessage()));
                                    return Done.done();
                                });
        return obtained.toCompletableFuture()
                .copy()
                .completeOnTimeout(Done.done(), OBTAINED_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, _) -> asking.release());
    }

    private CompletionStage<Done> bring(DocumentId document, DocumentReplica.Answer.Held held) {
        // Before anybody waits for it: what a sibling says of itself may be wrong.
        NodeId sibling = NodeId.parse(held.node());
        var transfer =
                new Transfer(
                        system,
                        here,
                        counters,
                        clockMillis,
                        () -> silent.put(sibling, clockMillis.getAsLong()),
                        document,
                        held);
        var mine = new CompletableFuture<Done>();
        CompletionStage<Done> others = coming.putIfAbsent(document, mine);
        if (others != null) {
            return others;
        }
        transfer.begin()
                .whenComplete(
                        (_, failed) -> {
                            coming.remove(document);
                            if (failed == null) {
                                mine.complete(Done.done());
                            } else {
                                mine.completeExceptionally(failed);
                            }
                        });
        return mine;
    }

    /// Whose replicas can be asked now, and whose cannot.
    CompletionStage<Replicas.Siblings> siblings() {
        return AskPattern.ask(
                        replicas, Replicas.Command.Tell::new, ANSWER_WITHIN, system.scheduler())
                // The actors have not begun yet, or end.
                .exceptionally(_ -> new Replicas.Siblings(List.of(), List.of()));
    }

    private CompletionStage<Found> first(DocumentId document, Replicas.Siblings siblings) {
        var first = new CompletableFuture<Found>();
        var unheard = new ConcurrentLinkedQueue<NodeId>(siblings.unreachable());
        var answers = new ArrayList<CompletableFuture<?>>();
        for (NodeId sibling : siblings.nodes()) {
            if (!mayBeAsked(sibling)) {
                unheard.add(sibling);
                continue;
            }
            answers.add(
                    ask(sibling, document)
                            .handle(
                                    (answer, failed) -> {
                                        if (failed != null) {
                                            silent.put(sibling, clockMillis.getAsLong());
                                            unheard.add(sibling);
                                        } else {
                                            silent.remove(sibling);
                                            held(document, answer)
                                                    .ifPresent(
                                                            held ->
                                                                    first.complete(
                                                                            new Found(
                                                                                    Optional.of(
                                                                                            held),
                                                                                    List.of())));
                                        }
                                        return Done.done();
                                    })
                            .toCompletableFuture());
        }
        var _ =
                CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                        .thenRun(
                                () ->
                                        first.complete(
                                                new Found(Optional.empty(), List.copyOf(unheard))));
        return first;
    }

    // What does not belong to an observer's part is not on its way to it either.
    private Optional<DocumentReplica.Answer.Held> held(
            DocumentId document, DocumentReplica.Answer answer) {
        return answer instanceof DocumentReplica.Answer.Held held
                        && (part.isEmpty()
                                || part.stream()
                                        .anyMatch(
                                                each ->
                                                        each.holds(
                                                                document,
                                                                Reach.parse(held.reach()))))
                ? Optional.of(held)
                : Optional.empty();
    }

    private boolean mayBeAsked(NodeId sibling) {
        Long since = silent.get(sibling);
        return since == null || clockMillis.getAsLong() - since > LEFT_ALONE_MILLIS;
    }

    private CompletionStage<DocumentReplica.Answer> ask(NodeId sibling, DocumentId document) {
        return ClusterSharding.get(system)
                .entityRefFor(DocumentReplica.typeKey(sibling), document.toString())
                .ask(DocumentReplica.Question.Describe::new, ANSWER_WITHIN);
    }
}
