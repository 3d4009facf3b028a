package org.elohim.node.api;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.Query;
import akka.http.javadsl.model.StatusCodes;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.node.blob.Stored;
import org.elohim.protocol.blob.replication.Stage;
import org.elohim.protocol.id.ContentHash;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/// `?await=durable&timeout=SECONDS`: a put is answered once its blob is durable, or when there is
/// no more time, with the tier that was reached and why not more.
final class AwaitedTier {
    private static final long USUAL_SECONDS = 30;
    private static final long SECONDS_MAX = 300;

    private final BiFunction<ContentHash, Duration, CompletionStage<BlobReplicator.Reached>>
            durable;

    AwaitedTier(
            BiFunction<ContentHash, Duration, CompletionStage<BlobReplicator.Reached>> durable) {
        this.durable = durable;
    }

    /// How long the request wants to wait, if it does.
    ///
    /// @throws IllegalArgumentException where it says so in other words
    static Optional<Duration> patience(HttpRequest request) {
        if (request.getUri().rawQueryString().isEmpty()) {
            return Optional.empty();
        }
        Query query = request.getUri().query();
        Optional<String> tier = query.get("await").filter(wanted -> !wanted.equals("accepted"));
        if (tier.isEmpty()) {
            return Optional.empty();
        }
        if (!tier.get().equals("durable")) {
            throw new IllegalArgumentException(
                    "await is accepted or durable, and not \"%s\"; verified is not built yet."
                            .formatted(tier.get()));
        }
        String text = query.get("timeout").orElse(Long.toString(USUAL_SECONDS));
        if (!text.matches("[0-9]{1,4}") || Long.parseLong(text) > SECONDS_MAX) {
            throw new IllegalArgumentException(
                    "timeout is a number of seconds up to %d, and not \"%s\"."
                            .formatted(SECONDS_MAX, text));
        }
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }

    CompletionStage<HttpResponse> answer(HttpResponse response, Optional<Duration> patience) {
        Optional<Stored.Kept> kept = response.getAttribute(StoredAnswers.KEPT);
        if (kept.isEmpty() || patience.isEmpty()) {
            return CompletableFuture.completedFuture(response);
        }
        return durable.apply(kept.get().key(), patience.get())
                .thenApply(
                        reached ->
                                response.withEntity(
                                        Json.response(
                                                        StatusCodes.CREATED,
                                                        shown(kept.get(), reached))
                                                .entity()));
    }

    private static Map<String, Object> shown(Stored.Kept kept, BlobReplicator.Reached reached) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("hash", kept.key().toString());
        shown.put("size", kept.bytes());
        shown.put("reach", kept.reach().toString());
        shown.put("tier", reached.stage() == Stage.DURABLE ? "durable" : "accepted");
        if (reached.stage() != Stage.DURABLE) {
            shown.put("why", reached.why());
        }
        return shown;
    }
}
