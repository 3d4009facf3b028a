package org.elohim.node.api;

import static org.elohim.node.api.StoredAnswers.another;
import static org.elohim.node.api.StoredAnswers.busy;
import static org.elohim.node.api.StoredAnswers.elsewhere;
import static org.elohim.node.api.StoredAnswers.full;
import static org.elohim.node.api.StoredAnswers.tooMany;

import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.scaladsl.model.EntityStreamSizeException;
import akka.stream.Materializer;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import org.elohim.cluster.sync.Grant;
import org.elohim.node.blob.BlobPuts;
import org.elohim.node.blob.BlobUploads;
import org.elohim.node.blob.Blobs;
import org.elohim.node.blob.Stored;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// `PUT /blobs`: takes contents in, in the way that fits their length.
///
/// Invariants: nothing is answered as kept that is not on the disk under its own hash; what has
/// come of a large blob that breaks off stays where its hash was told.
final class BlobIntake {
    private static final Duration SMALL_WITHIN = Duration.ofSeconds(60);
    // For whoever still sends what was refused, so that he hears why.
    private static final Duration LINGER_MAX = Duration.ofSeconds(5);

    private final Blobs blobs;
    private final Materializer streams;

    BlobIntake(Blobs blobs, Materializer streams) {
        this.blobs = blobs;
        this.streams = streams;
    }

    /// What is wrong with a request, as an answer.
    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient HttpResponse response;

        private Refusal(HttpResponse response) {
            this.response = response;
        }
    }

    /// @param named the hash that its content is to have
    /// @param digest what the request says of its own body
    /// @param reach how far it may travel
    private record Promise(Optional<ContentHash> named, Optional<ContentHash> digest, Reach reach) {
        /// Of a request that brings all of it.
        Optional<ContentHash> ofWhole() {
            if (named.isPresent() && digest.isPresent() && !named.equals(digest)) {
                throw new Refusal(
                        another(
                                "Content-Digest is that of blob %s; nothing was kept."
                                        .formatted(digest.get()),
                                digest.get()));
            }
            return named.or(() -> digest);
        }
    }

    boolean isSmall(HttpRequest request) {
        OptionalLong length = request.entity().getContentLengthOption();
        return length.isPresent()
                && blobs.store().isSmall(length.getAsLong())
                && RequestHeaders.joined(request, ContentRange.NAME).isEmpty();
    }

    CompletionStage<HttpResponse> take(
            HttpRequest request, Grant.OfToken grant, Optional<ContentHash> named) {
        ContentHash owner = grant.token();
        try {
            Optional<String> range = RequestHeaders.joined(request, ContentRange.NAME);
            var promise =
                    new Promise(
                            named,
                            RequestHeaders.joined(request, ContentDigest.NAME)
                                    .flatMap(ContentDigest::parse),
                            reach(request, grant));
            if (range.isPresent()) {
                return part(request, owner, promise, ContentRange.parse(range.get()))
                        .exceptionally(BlobIntake::failed);
            }
            return whole(request, owner, promise).exceptionally(BlobIntake::failed);
        } catch (IllegalArgumentException garbage) {
            return refused(
                    request,
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(garbage.getMessage())));
        } catch (Refusal refusal) {
            return refused(request, refusal.response);
        }
    }

    private static Reach reach(HttpRequest request, Grant.OfToken grant) {
        return switch (WantedReach.of(request.getUri(), grant)) {
            case WantedReach.Of(var reach) -> reach;
            case WantedReach.Forbidden(var words) ->
                    throw new Refusal(Json.problem(StatusCodes.FORBIDDEN, words));
        };
    }

    private CompletionStage<HttpResponse> whole(
            HttpRequest request, ContentHash owner, Promise promise) {
        Optional<ContentHash> promised = promise.ofWhole();
        if (request.entity() instanceof HttpEntity.Strict strict
                && blobs.store().isSmall(strict.getData().size())) {
            return blobs.puts()
                    .put(strict.getData(), promised, promise.reach())
                    .thenApply(StoredAnswers::answer);
        }
        OptionalLong length = request.entity().getContentLengthOption();
        if (length.isPresent() && blobs.store().isSmall(length.getAsLong())) {
            return within(
                    request,
                    BlobPuts.smallBytes(length.getAsLong()),
                    () ->
                            gathered(request, length.getAsLong())
                                    .thenCompose(
                                            content ->
                                                    blobs.puts()
                                                            .put(
                                                                    content,
                                                                    promised,
                                                                    promise.reach()))
                                    .thenApply(StoredAnswers::answer));
        }
        return streamed(
                request,
                length.orElse(0),
                () ->
                        promise.named().isPresent()
                                ? resumable(request, owner, promise, promise.named().get())
                                : blobs.puts()
                                        .put(
                                                body(request),
                                                length.orElse(0),
                                                promised,
                                                promise.reach(),
                                                streams)
                                        .thenApply(StoredAnswers::answer));
    }

    /// For what is written while it comes.
    private CompletionStage<HttpResponse> streamed(
            HttpRequest request, long bytes, Supplier<CompletionStage<HttpResponse>> work) {
        return blobs.noRoomFor(bytes)
                .thenCompose(
                        full ->
                                full.isPresent()
                                        ? refused(request, full(full.get()))
                                        : within(request, blobs.puts().streamBytes(bytes), work));
    }

    private CompletionStage<HttpResponse> within(
            HttpRequest request, long bytes, Supplier<CompletionStage<HttpResponse>> work) {
        return blobs.puts()
                .within(
                        bytes,
                        work,
                        () ->
                                refused(
                                        request,
                                        busy(
                                                "The node takes as many contents at once as fit"
                                                        + " into its memory; send it again.")));
    }

    // Into one piece, since it may come in very many.
    private CompletionStage<ByteString> gathered(HttpRequest request, long bytes) {
        byte[] all = new byte[(int) bytes];
        ByteBuffer room = ByteBuffer.wrap(all);
        return line(request.entity().withSizeLimit(bytes))
                .completionTimeout(SMALL_WITHIN)
                .runForeach(part -> part.copyToBuffer(room), streams)
                .thenApply(_ -> ByteString.fromArrayUnsafe(all, 0, room.position()));
    }

    private static Source<ByteString, ?> body(HttpRequest request) {
        return line(request.entity().withoutSizeLimit());
    }

    /// But for a body that is too long, whatever goes wrong with it is the line to the caller.
    private static Source<ByteString, Object> line(HttpEntity entity) {
        return entity.getDataBytes()
                .mapError(
                        Throwable.class,
                        failed ->
                                failed instanceof EntityStreamSizeException
                                        ? failed
                                        : new CutOff(failed));
    }

    private static final class CutOff extends RuntimeException {
        private static final long serialVersionUID = 1;

        private CutOff(Throwable failed) {
            super(failed);
        }
    }

    private CompletionStage<HttpResponse> resumable(
            HttpRequest request, ContentHash owner, Promise promise, ContentHash named) {
        return blobs.puts()
                .begin(owner, named, 0, request.entity().getContentLengthOption().orElse(0))
                .thenCompose(
                        begun ->
                                switch (begun) {
                                    case BlobUploads.Begun.Taken(var turn) ->
                                            blobs.puts()
                                                    .write(body(request), turn, streams)
                                                    .thenCompose(
                                                            _ ->
                                                                    blobs.puts()
                                                                            .finish(
                                                                                    turn,
                                                                                    promise
                                                                                            .reach()))
                                                    .thenApply(StoredAnswers::answer);
                                    case BlobUploads.Begun.Elsewhere(long offset) ->
                                            refused(request, elsewhere(offset));
                                    case BlobUploads.Begun.TooMany _ -> refused(request, tooMany());
                                });
    }

    private CompletionStage<HttpResponse> part(
            HttpRequest request, ContentHash owner, Promise promise, ContentRange range) {
        ContentHash named =
                promise.named()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "Parts are sent to /blobs/HASH, which says what"
                                                        + " they are parts of."));
        OptionalLong length = request.entity().getContentLengthOption();
        if (length.isPresent() && length.getAsLong() != range.bytes()) {
            throw new IllegalArgumentException(
                    "Content-Range says %d bytes and Content-Length %d."
                            .formatted(range.bytes(), length.getAsLong()));
        }
        return streamed(
                request,
                range.total() - range.from(),
                () ->
                        blobs.puts()
                                .begin(owner, named, range.from(), range.total())
                                .thenCompose(
                                        begun ->
                                                switch (begun) {
                                                    case BlobUploads.Begun.Taken(var turn) ->
                                                            part(request, promise, range, turn);
                                                    case BlobUploads.Begun.Elsewhere(long offset) ->
                                                            refused(request, elsewhere(offset));
                                                    case BlobUploads.Begun.TooMany _ ->
                                                            refused(request, tooMany());
                                                }));
    }

    private CompletionStage<HttpResponse> part(
            HttpRequest request, Promise promise, ContentRange range, BlobUploads.Turn turn) {
        MessageDigest digest = ContentHash.sha256();
        Source<ByteString, ?> sent = line(request.entity().withSizeLimit(range.bytes()));
        Source<ByteString, ?> looked =
                promise.digest().isEmpty()
                        ? sent
                        : sent.map(
                                bytes -> {
                                    bytes.getByteBuffers().forEach(digest::update);
                                    return bytes;
                                });
        return blobs.puts()
                .write(looked, turn, streams)
                .thenCompose(
                        _ -> {
                            if (promise.digest().isPresent()) {
                                refuseOther(promise.digest().get(), digest, turn);
                            }
                            if (turn.offset() < range.to()) {
                                throw new IllegalArgumentException(
                                        "Content-Range says %d bytes, and fewer have come; the blob is at %d."
                                                .formatted(range.bytes(), turn.offset()));
                            }
                            return range.isLast()
                                    ? blobs.puts()
                                            .finish(turn, promise.reach())
                                            .thenApply(StoredAnswers::answer)
                                    : CompletableFuture.completedFuture(more(range));
                        });
    }

    private static void refuseOther(ContentHash told, MessageDigest digest, BlobUploads.Turn turn) {
        var hash = new ContentHash(Bytes.copyOf(digest.digest()));
        if (!hash.equals(told)) {
            turn.drop();
            throw new Refusal(
                    another(
                            "This part is not what its Content-Digest says; all that had come of"
                                    + " the blob was dropped, begin it anew.",
                            hash));
        }
    }

    private static HttpResponse more(ContentRange range) {
        return Json.response(
                StatusCodes.ACCEPTED, Map.of("offset", range.to(), "total", range.total()));
    }

    /// What he still sends is read for a moment, unless he has asked before sending it.
    private CompletionStage<HttpResponse> refused(HttpRequest request, HttpResponse response) {
        if (RequestHeaders.joined(request, "Expect").isEmpty()) {
            var _ =
                    request.entity()
                            .withoutSizeLimit()
                            .getDataBytes()
                            .takeWithin(LINGER_MAX)
                            .runWith(Sink.ignore(), streams)
                            .exceptionally(_ -> akka.Done.done());
        }
        return CompletableFuture.completedFuture(response);
    }

    private static HttpResponse failed(Throwable failed) {
        Throwable why =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        return switch (why) {
            case Refusal refusal -> refusal.response;
            case IllegalArgumentException garbage ->
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(garbage.getMessage()));
            case EntityStreamSizeException _ ->
                    Json.problem(
                            StatusCodes.BAD_REQUEST, "The body is longer than was told before.");
            case TimeoutException _ ->
                    Json.problem(
                            StatusCodes.REQUEST_TIMEOUT,
                            "The body did not come within %d seconds; nothing was kept."
                                    .formatted(SMALL_WITHIN.toSeconds()));
            case BlobUploads.Superseded _ ->
                    Json.problem(
                            StatusCodes.CONFLICT,
                            "Another request goes on with this upload; ask where it stands.");
            case BlobUploads.Spoiled _ -> elsewhere(0);
            // He will most likely not hear of it.
            case CutOff _ ->
                    Json.problem(StatusCodes.BAD_REQUEST, "The body was cut off in the middle.");
            case IOException broken -> StoredAnswers.answer(Stored.of(broken));
            default -> throw new CompletionException(why);
        };
    }
}
