package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.entity;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.post;
import static akka.http.javadsl.server.Directives.withSizeLimit;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.unmarshalling.Unmarshaller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.Removal;
import org.elohim.node.family.Siblings;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// `POST /cluster/remove`: a dead blade is none of the family any more. It is given up at once, and
/// all that are there now forget where it was. That it is done is answered only once it is written
/// down for those that are switched off.
public final class RemovalRoutes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    // It is written down first, which is waited for almost as long.
    private static final Duration REMOVED_WITHIN = Duration.ofSeconds(12);
    private static final int BODY_BYTES_MAX = 4 << 10;
    private static final JsonMapper JSON = new JsonMapper();

    private final ActorRef<Family.Command> family;
    private final Optional<ActorRef<Siblings.Command>> siblings;
    private final Scheduler scheduler;

    /// Of a node.
    ///
    /// @param siblings nobody where the node has no family key
    public RemovalRoutes(
            ActorRef<Family.Command> family,
            Optional<ActorRef<Siblings.Command>> siblings,
            Scheduler scheduler) {
        this.family = family;
        this.siblings = siblings;
        this.scheduler = scheduler;
    }

    Route routes(Bearers bearers) {
        return path(
                PathMatchers.segment("cluster").slash("remove"),
                () ->
                        post(
                                () ->
                                        bearers.admin(
                                                () ->
                                                        withSizeLimit(
                                                                BODY_BYTES_MAX,
                                                                () ->
                                                                        entity(
                                                                                Unmarshaller
                                                                                        .entityToString(),
                                                                                this::remove)))));
    }

    private Route remove(String body) {
        NodeId gone;
        boolean evenAlive;
        try {
            JsonNode order = JSON.readTree(body);
            gone = NodeId.parse(order.path("node").asText());
            evenAlive = order.path("even_alive").asBoolean(false);
        } catch (JsonProcessingException | IllegalArgumentException wrong) {
            return complete(
                    Json.problem(
                            StatusCodes.BAD_REQUEST,
                            "This names no node of the family. ./elohim family members and"
                                    + " /cluster/members tell their ids; one of them stands in the"
                                    + " body as {\"node\": ID}."));
        }
        return onSuccess(
                isConnected(gone)
                        .thenCompose(
                                connected ->
                                        connected && !evenAlive
                                                ? CompletableFuture.completedFuture(Removal.ALIVE)
                                                : order(gone, evenAlive)),
                removal -> complete(response(gone, removal)));
    }

    private CompletionStage<Removal> order(NodeId gone, boolean evenAlive) {
        return AskPattern.ask(
                family,
                replyTo -> new Family.Command.Remove(gone, evenAlive, replyTo),
                REMOVED_WITHIN,
                scheduler);
    }

    // A node may be in no cluster of ours and sync all the same.
    private CompletionStage<Boolean> isConnected(NodeId node) {
        return siblings.map(
                        each ->
                                AskPattern.<Siblings.Command, Siblings.All>ask(
                                                each,
                                                Siblings.Command.Tell::new,
                                                ANSWER_WITHIN,
                                                scheduler)
                                        .thenApply(
                                                all ->
                                                        all.siblings().stream()
                                                                .anyMatch(
                                                                        found ->
                                                                                found.connected()
                                                                                        && found.node()
                                                                                                .equals(
                                                                                                        Optional
                                                                                                                .of(
                                                                                                                        node)))))
                .orElseGet(() -> CompletableFuture.completedFuture(false));
    }

    private static HttpResponse response(NodeId gone, Removal removal) {
        return switch (removal) {
            case DONE ->
                    Json.response(StatusCodes.OK, Map.of("node", gone.toString(), "removed", true));
            case NOT_WRITTEN ->
                    Json.notWritten(
                            "Node %s is no member any more, and all nodes that are there now were told. But this node could not write it down, so whoever is switched off now does not hear of it: its disk is full or fails, or the family's ledger cannot be read; its log tells more. Once it can write again, remove the node once more."
                                    .formatted(gone));
            case ALIVE ->
                    Json.problem(
                            StatusCodes.CONFLICT,
                            "Node %s is there and would only come back. Switch it off first; if it was stolen, change the family's key with it: ./elohim family remove --stolen %s."
                                    .formatted(gone, gone));
            case ITSELF ->
                    Json.problem(
                            StatusCodes.CONFLICT,
                            "This is node %s itself. Ask another node of the family to remove it, once it is switched off."
                                    .formatted(gone));
        };
    }
}
