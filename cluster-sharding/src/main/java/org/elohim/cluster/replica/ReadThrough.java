package org.elohim.cluster.replica;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// Asks the siblings' replicas for what is not here: this node has just joined, or was away.
///
/// Invariants: all are asked at once, and the first that has it answers; nobody waits for longer
/// than the bound, and whoever did not answer in it is left alone for a while.
public final class ReadThrough {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
    private static final long LEFT_ALONE_MILLIS = 10_000;

    private final ActorSystem<?> system;
    private final ActorRef<Replicas.Command> replicas;
    private final LongSupplier clockMillis;
    private final Map<NodeId, Long> silent = new ConcurrentHashMap<>();

    /// @param clockMillis never goes back
    public ReadThrough(
            ActorSystem<?> system, ActorRef<Replicas.Command> replicas, LongSupplier clockMillis) {
        this.system = system;
        this.replicas = replicas;
        this.clockMillis = clockMillis;
    }

    /// The description of a document by a sibling that has it.
    public CompletionStage<Optional<DocumentReplica.Answer.Held>> find(DocumentId document) {
        return siblings().thenCompose(siblings -> first(document, siblings));
    }

    /// Whose replicas can be asked now.
    CompletionStage<List<NodeId>> siblings() {
        return AskPattern.ask(
                        replicas, Replicas.Command.Tell::new, ANSWER_WITHIN, system.scheduler())
                .thenApply(Replicas.Siblings::nodes)
                // The actors have not begun yet, or end.
                .exceptionally(_ -> List.of());
    }

    private CompletionStage<Optional<DocumentReplica.Answer.Held>> first(
            DocumentId document, List<NodeId> siblings) {
        var first = new CompletableFuture<Optional<DocumentReplica.Answer.Held>>();
        var all =
                siblings.stream()
                        .filter(this::mayBeAsked)
                        .map(
                                sibling ->
                                        ask(sibling, document)
                                                .thenAccept(
                                                        held -> {
                                                            if (held.isPresent()) {
                                                                first.complete(held);
                                                            }
                                                        })
                                                .toCompletableFuture())
                        .toArray(CompletableFuture<?>[]::new);
        var _ = CompletableFuture.allOf(all).thenRun(() -> first.complete(Optional.empty()));
        return first;
    }

    private boolean mayBeAsked(NodeId sibling) {
        Long since = silent.get(sibling);
        return since == null || clockMillis.getAsLong() - since > LEFT_ALONE_MILLIS;
    }

    private CompletionStage<Optional<DocumentReplica.Answer.Held>> ask(
            NodeId sibling, DocumentId document) {
        return ClusterSharding.get(system)
                .entityRefFor(DocumentReplica.typeKey(sibling), document.toString())
                .<DocumentReplica.Answer>ask(DocumentReplica.Question.Describe::new, ANSWER_WITHIN)
                .handle(
                        (answer, failed) -> {
                            if (failed != null) {
                                silent.put(sibling, clockMillis.getAsLong());
                                return Optional.empty();
                            }
                            silent.remove(sibling);
                            return answer instanceof DocumentReplica.Answer.Held held
                                    ? Optional.of(held)
                                    : Optional.empty();
                        });
    }
}
