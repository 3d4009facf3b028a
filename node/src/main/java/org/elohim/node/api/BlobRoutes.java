package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.reject;
import static akka.http.javadsl.server.Directives.withRequestTimeout;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Rejection;
import akka.http.javadsl.server.Rejections;
import akka.http.javadsl.server.Route;
import akka.stream.Materializer;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.node.blob.BlobReads.Opened;
import org.elohim.node.blob.BlobRights;
import org.elohim.node.blob.Blobs;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/// `/blobs`: contents by their hash, for whoever's token allows it.
///
/// Few directives stand before a request is carried out: ten thousand small ones come in a second.
public final class BlobRoutes {
    private static final String ROOT = "/blobs";
    private static final String UPLOAD = "/upload";
    // After the last byte of a large one has come, all of it is brought to the disk.
    private static final scala.concurrent.duration.Duration STORED_WITHIN =
            scala.concurrent.duration.Duration.create(10, TimeUnit.MINUTES);

    private final Blobs blobs;
    private final Intake intake;
    private final BlobRights rights;
    private final BlobAnswers answers;
    private final BlobIntake arrivals;
    private final AwaitedTier awaited;

    /// Serves these blobs.
    ///
    /// @param durable waits for the copies of a blob
    public BlobRoutes(
            Blobs blobs,
            Intake intake,
            BiFunction<ContentHash, Duration, CompletionStage<BlobReplicator.Reached>> durable,
            Materializer streams) {
        this.awaited = new AwaitedTier(durable);
        this.blobs = blobs;
        this.intake = intake;
        this.rights = new BlobRights(blobs.keeper());
        this.answers = new BlobAnswers(blobs, rights);
        this.arrivals = new BlobIntake(blobs, streams);
    }

    Route routes(Bearers bearers, Changes changes) {
        return extractRequest(
                request -> {
                    String path = request.getUri().path();
                    if (path.equals(ROOT)) {
                        return method(
                                request,
                                Map.of(
                                        HttpMethods.PUT,
                                        () ->
                                                writing(
                                                        bearers,
                                                        changes,
                                                        grant ->
                                                                stored(
                                                                        request,
                                                                        grant,
                                                                        Optional.empty()))));
                    }
                    if (!path.startsWith(ROOT + "/")) {
                        return reject();
                    }
                    String name = path.substring(ROOT.length() + 1);
                    boolean isUpload = name.endsWith(UPLOAD);
                    String text =
                            isUpload ? name.substring(0, name.length() - UPLOAD.length()) : name;
                    if (text.contains("/")) {
                        return reject();
                    }
                    return isUpload
                            ? upload(request, bearers, changes, text)
                            : blob(request, bearers, changes, text);
                });
    }

    private Route blob(HttpRequest request, Bearers bearers, Changes changes, String text) {
        return method(
                request,
                Map.of(
                        HttpMethods.GET,
                        () ->
                                reading(
                                        bearers,
                                        grant ->
                                                of(
                                                        text,
                                                        hash ->
                                                                told(
                                                                        answers.answer(
                                                                                request, grant,
                                                                                hash)))),
                        HttpMethods.PUT,
                        () ->
                                writing(
                                        bearers,
                                        changes,
                                        grant ->
                                                of(
                                                        text,
                                                        hash ->
                                                                stored(
                                                                        request,
                                                                        grant,
                                                                        Optional.of(hash)))),
                        HttpMethods.DELETE,
                        () ->
                                writing(
                                        bearers,
                                        changes,
                                        grant -> of(text, hash -> delete(grant, hash)))));
    }

    private Route upload(HttpRequest request, Bearers bearers, Changes changes, String text) {
        return method(
                request,
                Map.of(
                        HttpMethods.GET,
                        () ->
                                writing(
                                        bearers,
                                        changes,
                                        grant -> of(text, hash -> standing(request, grant, hash))),
                        HttpMethods.DELETE,
                        () ->
                                writing(
                                        bearers,
                                        changes,
                                        grant -> of(text, hash -> dropped(grant, hash)))));
    }

    private static Route method(HttpRequest request, Map<HttpMethod, Supplier<Route>> methods) {
        Supplier<Route> served = methods.get(request.method());
        if (served != null) {
            return served.get();
        }
        Rejection[] others =
                methods.keySet().stream()
                        .sorted(Comparator.comparing(HttpMethod::name))
                        .map(Rejections::method)
                        .toArray(Rejection[]::new);
        return reject(others[0], others);
    }

    private static Route told(CompletionStage<HttpResponse> answer) {
        return onSuccess(answer, response -> complete(response));
    }

    private Route reading(Bearers bearers, Function<Grant.OfToken, Route> inner) {
        return allowed(bearers, Access.READ, inner);
    }

    private Route writing(Bearers bearers, Changes changes, Function<Grant.OfToken, Route> inner) {
        return allowed(
                bearers,
                Access.WRITE,
                grant -> Editing.route(intake, () -> changes.here(() -> inner.apply(grant))));
    }

    private static Route allowed(
            Bearers bearers, Access access, Function<Grant.OfToken, Route> inner) {
        return bearers.granted(
                grant ->
                        grant.allowsBlobs(access, Reach.COMMONS)
                                ? inner.apply(grant)
                                : complete(
                                        Json.problem(
                                                StatusCodes.FORBIDDEN,
                                                "This token may not %s blobs."
                                                        .formatted(
                                                                access == Access.READ
                                                                        ? "read"
                                                                        : "write"))));
    }

    private static Route of(String text, Function<ContentHash, Route> inner) {
        ContentHash hash;
        try {
            hash = ContentHash.parse(text);
        } catch (IllegalArgumentException notAHash) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(notAHash.getMessage())));
        }
        return inner.apply(hash);
    }

    private Route stored(HttpRequest request, Grant.OfToken grant, Optional<ContentHash> hash) {
        Optional<Duration> patience;
        try {
            patience = AwaitedTier.patience(request);
        } catch (IllegalArgumentException garbage) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(garbage.getMessage())));
        }
        Supplier<Route> storing =
                () ->
                        told(
                                arrivals.take(request, grant, hash)
                                        .thenCompose(
                                                response -> awaited.answer(response, patience)));
        return arrivals.isSmall(request) && patience.isEmpty()
                ? storing.get()
                : withRequestTimeout(STORED_WITHIN, storing);
    }

    private Route delete(Grant.OfToken grant, ContentHash hash) {
        return told(
                rights.writing(grant, hash)
                        .thenCompose(
                                verdict ->
                                        switch (verdict) {
                                            case ALLOWED ->
                                                    blobs.keeper()
                                                            .letGo(hash)
                                                            .thenApply(
                                                                    outcome ->
                                                                            StoredAnswers.gone(
                                                                                    outcome, hash));
                                            case SEEN ->
                                                    CompletableFuture.completedFuture(
                                                            Json.problem(
                                                                    StatusCodes.FORBIDDEN,
                                                                    "This token may read blob %s, and not delete it."
                                                                            .formatted(hash)));
                                            case ABSENT ->
                                                    CompletableFuture.completedFuture(
                                                            BlobAnswers.absent(hash));
                                        }));
    }

    // One of a narrower reach than is wanted, or that is not for this token, is as none.
    private Route standing(HttpRequest request, Grant.OfToken grant, ContentHash hash) {
        Reach wanted;
        try {
            switch (WantedReach.of(request.getUri(), grant)) {
                case WantedReach.Of(var reach) -> wanted = reach;
                case WantedReach.Forbidden(var words) -> {
                    return complete(Json.problem(StatusCodes.FORBIDDEN, words));
                }
            }
        } catch (IllegalArgumentException garbage) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(garbage.getMessage())));
        }
        if (!blobs.keeper().keeps(hash)) {
            return told(unfinished(grant, hash));
        }
        return told(
                rights.seen(grant, hash, wanted)
                        .thenCompose(
                                reach ->
                                        reach.isPresent()
                                                ? whole(grant, hash, reach.get())
                                                : unfinished(grant, hash)));
    }

    private CompletionStage<HttpResponse> whole(
            Grant.OfToken grant, ContentHash hash, Reach reach) {
        return blobs.reads()
                .open(hash)
                .thenCompose(
                        opened ->
                                opened instanceof Opened.Open open
                                        ? CompletableFuture.completedFuture(
                                                standing(open.bytes(), Optional.of(reach)))
                                        : unfinished(grant, hash));
    }

    private CompletionStage<HttpResponse> unfinished(Grant.OfToken grant, ContentHash hash) {
        return blobs.puts()
                .offset(grant.token(), hash)
                .thenApply(offset -> standing(offset, Optional.empty()));
    }

    /// @param reach of the blob, where all of it is here
    private static HttpResponse standing(long offset, Optional<Reach> reach) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("offset", offset);
        shown.put("complete", reach.isPresent());
        reach.ifPresent(known -> shown.put("reach", known.toString()));
        return Json.response(StatusCodes.OK, shown);
    }

    private Route dropped(Grant.OfToken grant, ContentHash hash) {
        return told(
                blobs.puts()
                        .drop(grant.token(), hash)
                        .thenApply(_ -> HttpResponse.create().withStatus(StatusCodes.NO_CONTENT)));
    }
}
