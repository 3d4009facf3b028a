package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.entity;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onComplete;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.post;
import static akka.http.javadsl.server.Directives.withSizeLimit;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.CacheControl;
import akka.http.javadsl.model.headers.CacheDirectives;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.unmarshalling.Unmarshaller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.node.family.FamilyAnswers;
import org.elohim.node.family.FamilyKeys;
import org.elohim.node.family.FamilyKeys.Joined;
import org.elohim.node.family.FamilyKeys.Refused;
import org.elohim.node.family.KeyHerald;
import org.elohim.node.restart.Restart;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// `/family/create`, `/family/code`, `/family/rotate-key` and `/cluster/join`: the family's keys,
/// for whoever may administer the node.
public final class FamilyKeyRoutes {
    private static final int BODY_BYTES_MAX = 16 << 10;
    private static final JsonMapper JSON = new JsonMapper();

    private final FamilyKeys keys;
    private final Supplier<List<Address>> addresses;
    private final Optional<KeyHerald> herald;
    private final Optional<Consumer<List<Address>>> searching;
    private final Restart restart;

    /// Of a node's keys.
    ///
    /// @param addresses at which others find this node
    /// @param herald nobody where the node has no family, as is
    /// @param searching who looks for the others, and hears where they may be
    public FamilyKeyRoutes(
            FamilyKeys keys,
            Supplier<List<Address>> addresses,
            Optional<KeyHerald> herald,
            Optional<Consumer<List<Address>>> searching,
            Restart restart) {
        this.keys = keys;
        this.addresses = addresses;
        this.herald = herald;
        this.searching = searching;
        this.restart = restart;
    }

    private interface Step {
        Map<String, Object> take() throws Refused;
    }

    Route routes(Bearers bearers) {
        return concat(
                path(
                        PathMatchers.segment("family").slash("create"),
                        () -> post(() -> bearers.admin(() -> answered(this::create)))),
                path(
                        PathMatchers.segment("family").slash("code"),
                        () -> get(() -> bearers.admin(() -> answered(() -> code(keys.held()))))),
                path(
                        PathMatchers.segment("cluster").slash("join"),
                        () -> post(() -> bearers.admin(() -> read(this::join)))),
                path(
                        PathMatchers.segment("family").slash("rotate-key"),
                        () -> post(() -> bearers.admin(() -> read(this::rotate)))));
    }

    private Map<String, Object> code(KeyRing ring) {
        return FamilyAnswers.code(ring, addresses.get());
    }

    private Map<String, Object> create() throws Refused {
        KeyRing ring = keys.create();
        restart.restart("the node has begun a family", Optional.empty());
        return code(ring);
    }

    private Route join(JsonNode body) {
        JoinCode code = JoinCode.parse(body.path("code").asText());
        return answered(
                () -> {
                    Joined joined =
                            searching.isPresent()
                                    ? keys.join(code, searching.get())
                                    : keys.join(code);
                    if (joined == Joined.NOW) {
                        restart.restart("the node has joined a family", Optional.empty());
                    }
                    return FamilyAnswers.joined(keys.held(), joined);
                });
    }

    private Route rotate(JsonNode body) {
        long overlapMillis = body.path("overlap_ms").asLong(-1);
        if (overlapMillis < 0 || overlapMillis > KeyRing.OVERLAP_MILLIS_MAX) {
            throw new IllegalArgumentException(
                    "The old key may count beside the new one for at most %d days: overlap_ms is 0 to %d."
                            .formatted(
                                    Duration.ofMillis(KeyRing.OVERLAP_MILLIS_MAX).toDays(),
                                    KeyRing.OVERLAP_MILLIS_MAX));
        }
        Set<NodeId> without = new HashSet<>();
        body.path("without").forEach(node -> without.add(NodeId.parse(node.asText())));
        if (herald.isEmpty()) {
            return complete(
                    Json.problem(
                            StatusCodes.CONFLICT,
                            "This node belongs to no family. Begin one with ./elohim family create,"
                                    + " or join one with ./elohim family join CODE."));
        }
        return answered(
                herald.get().rotate(overlapMillis, without).thenApply(FamilyAnswers::rotated));
    }

    private Route read(Function<JsonNode, Route> inner) {
        return withSizeLimit(
                BODY_BYTES_MAX,
                () ->
                        entity(
                                Unmarshaller.entityToString(),
                                body -> {
                                    try {
                                        return inner.apply(JSON.readTree(body));
                                    } catch (JsonProcessingException notJson) {
                                        return wrong("The body is not JSON.");
                                    } catch (IllegalArgumentException wrong) {
                                        return wrong(String.valueOf(wrong.getMessage()));
                                    }
                                }));
    }

    private static Route wrong(String why) {
        return complete(Json.problem(StatusCodes.BAD_REQUEST, why));
    }

    // A file is written, so not on the actors' threads.
    private static Route answered(Step step) {
        return answered(
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return step.take();
                            } catch (Refused refused) {
                                throw new CompletionException(refused);
                            }
                        },
                        task -> Thread.ofVirtual().start(task)));
    }

    private static Route answered(CompletionStage<Map<String, Object>> answer) {
        return onComplete(
                answer,
                done ->
                        complete(
                                done.isSuccess()
                                        ? secret(Json.response(StatusCodes.OK, done.get()))
                                        : refused(done.failed().get())));
    }

    private static HttpResponse secret(HttpResponse response) {
        return response.addHeader(CacheControl.create(CacheDirectives.NO_STORE));
    }

    private static HttpResponse refused(Throwable failed) {
        Throwable why =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        if (why instanceof Refused refused) {
            return Json.problem(StatusCodes.CONFLICT, refused.getMessage());
        }
        throw new IllegalStateException("an order about the family's keys has failed", why);
    }
}
