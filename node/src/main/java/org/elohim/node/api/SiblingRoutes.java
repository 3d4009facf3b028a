package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.node.family.Siblings;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Strangers;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// `/sync/peers`: the family's other nodes, and what keeps them apart from this one.
public final class SiblingRoutes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final Optional<ActorRef<Siblings.Command>> siblings;
    private final Supplier<List<Strangers.Seen>> strangers;
    private final Scheduler scheduler;

    /// The other nodes of a family.
    ///
    /// @param siblings nobody where the node has no family key
    /// @param strangers who came to the door and is not family
    public SiblingRoutes(
            Optional<ActorRef<Siblings.Command>> siblings,
            Supplier<List<Strangers.Seen>> strangers,
            Scheduler scheduler) {
        this.siblings = siblings;
        this.strangers = strangers;
        this.scheduler = scheduler;
    }

    Route routes(Bearers bearers) {
        return path(
                PathMatchers.segment("sync").slash("peers"),
                () -> get(() -> bearers.admin(this::peers)));
    }

    private Route peers() {
        return onSuccess(
                all(),
                all ->
                        complete(
                                Json.response(
                                        StatusCodes.OK,
                                        Stream.concat(
                                                        all.siblings().stream()
                                                                .map(SiblingRoutes::shown),
                                                        strangers.get().stream()
                                                                .map(SiblingRoutes::shown))
                                                .toList())));
    }

    private CompletionStage<Siblings.All> all() {
        return siblings.map(
                        each ->
                                AskPattern.<Siblings.Command, Siblings.All>ask(
                                        each, Siblings.Command.Tell::new, ANSWER_WITHIN, scheduler))
                .orElseGet(() -> CompletableFuture.completedFuture(new Siblings.All(List.of())));
    }

    private static Map<String, Object> shown(Strangers.Seen stranger) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("address", stranger.address());
        shown.put("connected", false);
        String last = Instant.ofEpochMilli(stranger.lastMillis()).toString();
        shown.put("trouble", stranger.words() + ", last at " + last);
        shown.put("attempts", stranger.times());
        shown.put("last_attempt_at", last);
        return shown;
    }

    private static Map<String, Object> shown(Acquaintances.Found found) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("address", found.address().toString());
        found.node().ifPresent(node -> shown.put("node", node.toString()));
        shown.put("connected", found.connected());
        if (!found.connected() && !found.trouble().isEmpty()) {
            shown.put("trouble", found.trouble());
        }
        return shown;
    }
}
