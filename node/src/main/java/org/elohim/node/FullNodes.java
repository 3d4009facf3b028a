package org.elohim.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;

import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.SiblingStatus;
import org.elohim.node.api.Changes;
import org.elohim.node.family.Siblings;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The full nodes of the family, where an observer sends those who want to change something.
final class FullNodes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private FullNodes() {}

    static CompletionStage<List<Changes.Place>> known(
            ActorSystem<?> system, Copies copies, Optional<ActorRef<Siblings.Command>> siblings) {
        List<NodeId> full =
                copies.all().stream().filter(SiblingStatus::full).map(SiblingStatus::node).toList();
        return siblings.map(
                        known ->
                                AskPattern.<Siblings.Command, Siblings.All>ask(
                                        known,
                                        Siblings.Command.Tell::new,
                                        ANSWER_WITHIN,
                                        system.scheduler()))
                .orElseGet(() -> CompletableFuture.completedFuture(new Siblings.All(List.of())))
                .thenApply(all -> Changes.Place.of(full, all.siblings()));
    }
}
