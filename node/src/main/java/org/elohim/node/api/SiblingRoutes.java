package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.post;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.sync.Copies;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.PeerSync;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.SiblingStatus;
import org.elohim.node.family.Siblings;
import org.elohim.protocol.family.NodeRole;
import org.elohim.protocol.family.Strangers;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Lane;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// `/sync/peers`, `/sync/status` and `/sync/force`: the family's other nodes, what keeps them apart
/// from this one, and how safe what lies here is.
public final class SiblingRoutes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final Optional<ActorRef<Siblings.Command>> siblings;
    private final Sight sight;
    private final Supplier<List<Strangers.Seen>> strangers;
    private final Scheduler scheduler;

    /// What is looked at.
    ///
    /// @param handsOver whether it was a full node, is to be an observer, and the others do not
    ///   hold yet what it has taken
    /// @param backlog counts what of the journal lies behind some cursors
    /// @param monotonicMillis the clock of the copies' times
    public record Sight(
            NodeId self,
            NodeRole role,
            boolean handsOver,
            DocumentIndex index,
            Copies copies,
            Function<Map<Lane, Long>, CompletionStage<JournalReader.Backlog>> backlog,
            ActorRef<Peers.Command> peers,
            LongSupplier monotonicMillis) {}

    /// @param siblings nobody where the node has no family key
    /// @param strangers who came to the door and is not family
    public SiblingRoutes(
            Optional<ActorRef<Siblings.Command>> siblings,
            Sight sight,
            Supplier<List<Strangers.Seen>> strangers,
            Scheduler scheduler) {
        this.siblings = siblings;
        this.sight = sight;
        this.strangers = strangers;
        this.scheduler = scheduler;
    }

    Route routes(Bearers bearers) {
        return concat(
                path(
                        PathMatchers.segment("sync").slash("peers"),
                        () -> get(() -> bearers.admin(() -> told(this::peers)))),
                path(
                        PathMatchers.segment("sync").slash("status"),
                        () -> get(() -> bearers.admin(() -> told(SyncReport::status)))),
                path(
                        PathMatchers.segment("sync").slash("force"),
                        () -> post(() -> bearers.admin(this::force))));
    }

    private Route told(Function<SyncReport, Object> part) {
        return onSuccess(
                report(), report -> complete(Json.response(StatusCodes.OK, part.apply(report))));
    }

    private List<Object> peers(SyncReport report) {
        List<Object> shown = new ArrayList<>(report.peers());
        strangers.get().forEach(each -> shown.add(shown(each)));
        return shown;
    }

    private CompletionStage<SyncReport> report() {
        long durable = sight.copies().durable();
        Map<Lane, Long> cursors =
                Lane.IN_ORDER.stream().collect(Collectors.toMap(lane -> lane, _ -> durable));
        return all().thenCombine(
                        sight.backlog().apply(cursors),
                        (all, backlog) ->
                                new SyncReport(
                                        sight.self(),
                                        sight.role().toString(),
                                        sight.handsOver(),
                                        sight.index().size(),
                                        sight.copies().wanted(),
                                        backlog.entries(),
                                        all.siblings(),
                                        sight.copies().all(),
                                        sight.monotonicMillis().getAsLong()));
    }

    /// Compares all documents with everybody who is connected, and asks for the others.
    private Route force() {
        List<String> compared = new ArrayList<>();
        for (SiblingStatus each : sight.copies().all()) {
            if (each.connected()) {
                sight.peers()
                        .tell(
                                new Peers.Command.Tell(
                                        each.node(), new PeerSync.Command.CompareAll()));
                compared.add(each.node().toString());
            }
        }
        siblings.ifPresent(each -> each.tell(new Siblings.Command.Hurry()));
        return onSuccess(
                all(),
                all -> {
                    Map<String, Object> started = new LinkedHashMap<>();
                    started.put("compared_with", compared);
                    started.put(
                            "asked_at",
                            all.siblings().stream()
                                    .filter(each -> !each.connected())
                                    .map(each -> each.address().toString())
                                    .toList());
                    return complete(Json.response(StatusCodes.ACCEPTED, started));
                });
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
}
