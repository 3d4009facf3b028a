package org.elohim.node.api;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import org.elohim.cluster.sync.Grant;
import org.elohim.node.api.ByteRanges.Span;
import org.elohim.node.blob.BlobReads;
import org.elohim.node.blob.BlobReads.Opened;
import org.elohim.node.blob.BlobRights;
import org.elohim.node.blob.Blobs;
import org.elohim.protocol.id.ContentHash;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;

/// `GET /blobs/{hash}`: the whole, parts of it, or that it has not changed, which it never does.
final class BlobAnswers {
    private static final String BUSY_SECONDS = "2";
    private static final ContentType TYPE = ContentTypes.APPLICATION_OCTET_STREAM;
    private static final HttpHeader NO_SNIFFING =
            RawHeader.create("X-Content-Type-Options", "nosniff");
    // Under one name there is only ever one content; but not everybody may have it.
    private static final HttpHeader FOR_EVER =
            RawHeader.create("Cache-Control", "private, max-age=31536000, immutable");
    private static final HttpHeader RANGES = RawHeader.create("Accept-Ranges", "bytes");

    private final Blobs blobs;
    private final BlobRights rights;

    BlobAnswers(Blobs blobs, BlobRights rights) {
        this.blobs = blobs;
        this.rights = rights;
    }

    static String tag(ContentHash hash) {
        return "\"" + hash + "\"";
    }

    CompletionStage<HttpResponse> answer(
            HttpRequest request, Grant.OfToken grant, ContentHash hash) {
        return rights.reading(grant, hash, () -> answer(request, hash), () -> absent(hash));
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request, ContentHash hash) {
        Optional<String> match = RequestHeaders.joined(request, "If-Match");
        if (match.filter(tags -> !RequestHeaders.names(tags, tag(hash), false)).isPresent()) {
            return CompletableFuture.completedFuture(
                    Json.problem(
                            StatusCodes.PRECONDITION_FAILED,
                            "The tag of a blob is its hash, and If-Match names others."));
        }
        boolean isKnown =
                RequestHeaders.joined(request, "If-None-Match")
                        .filter(tags -> RequestHeaders.names(tags, tag(hash), true))
                        .isPresent();
        if (isKnown && blobs.keeper().keeps(hash)) {
            return CompletableFuture.completedFuture(unchanged(hash));
        }
        return blobs.reads()
                .open(hash)
                .thenCompose(
                        opened ->
                                switch (opened) {
                                    case Opened.Open _ when isKnown ->
                                            CompletableFuture.completedFuture(unchanged(hash));
                                    case Opened.Open open -> answer(request, open);
                                    case Opened.Absent _ ->
                                            CompletableFuture.completedFuture(absent(hash));
                                    case Opened.Damaged _ ->
                                            CompletableFuture.completedFuture(damaged(hash));
                                    case Opened.Unreadable(var words) ->
                                            CompletableFuture.completedFuture(unreadable(words));
                                });
    }

    private static HttpResponse unchanged(ContentHash hash) {
        return HttpResponse.create()
                .withStatus(StatusCodes.NOT_MODIFIED)
                .addHeaders(List.of(RawHeader.create("ETag", tag(hash)), FOR_EVER));
    }

    static HttpResponse absent(ContentHash hash) {
        return Json.problem(
                StatusCodes.NOT_FOUND,
                "There is no blob " + hash + " here, or it is not for this token.");
    }

    private static HttpResponse damaged(ContentHash hash) {
        return Json.problem(
                StatusCodes.INTERNAL_SERVER_ERROR,
                "Blob %s is damaged on this node's disk, and no other node gives it. Whoever puts it again heals it."
                        .formatted(hash));
    }

    private static HttpResponse unreadable(String words) {
        return Json.problem(StatusCodes.SERVICE_UNAVAILABLE, "The blob is " + words + ".")
                .addHeader(RawHeader.create("Retry-After", BUSY_SECONDS));
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request, Opened.Open blob) {
        return switch (ranges(request, blob)) {
            case ByteRanges.All _ ->
                    of(
                            StatusCodes.OK,
                            blob,
                            new Span(0, blob.bytes()),
                            List.of(
                                    RawHeader.create(
                                            ContentDigest.NAME, ContentDigest.of(blob.key()))));
            case ByteRanges.Parts(var spans) when spans.size() == 1 ->
                    of(
                            StatusCodes.PARTIAL_CONTENT,
                            blob,
                            spans.getFirst(),
                            List.of(range(spans.getFirst(), blob)));
            case ByteRanges.Parts(var spans) ->
                    CompletableFuture.completedFuture(several(blob, spans));
            case ByteRanges.Nothing _ ->
                    CompletableFuture.completedFuture(
                            Json.problem(
                                            StatusCodes.RANGE_NOT_SATISFIABLE,
                                            "The blob has %d bytes, and none at any of these places."
                                                    .formatted(blob.bytes()))
                                    .addHeader(
                                            RawHeader.create(
                                                    ContentRange.NAME, "bytes */" + blob.bytes())));
        };
    }

    private static ByteRanges ranges(HttpRequest request, Opened.Open blob) {
        Optional<String> range = RequestHeaders.joined(request, "Range");
        boolean isOfAnother =
                RequestHeaders.joined(request, "If-Range")
                        .filter(tag -> !tag.strip().equals(tag(blob.key())))
                        .isPresent();
        return range.isEmpty() || isOfAnother
                ? new ByteRanges.All()
                : ByteRanges.of(range.get(), blob.bytes());
    }

    private static HttpHeader range(Span span, Opened.Open blob) {
        return RawHeader.create(ContentRange.NAME, text(span, blob));
    }

    private static String text(Span span, Opened.Open blob) {
        return "bytes %d-%d/%d".formatted(span.from(), span.to() - 1, blob.bytes());
    }

    private static HttpResponse headed(StatusCode status, Opened.Open blob) {
        return HttpResponse.create()
                .withStatus(status)
                .addHeaders(
                        List.of(
                                RawHeader.create("ETag", tag(blob.key())),
                                RANGES,
                                FOR_EVER,
                                NO_SNIFFING,
                                RawHeader.create("Repr-Digest", ContentDigest.of(blob.key()))));
    }

    private CompletionStage<HttpResponse> of(
            StatusCode status, Opened.Open blob, Span span, List<HttpHeader> more) {
        HttpResponse response = headed(status, blob).addHeaders(more);
        if (BlobReads.areOnePiece(span.from(), span.to())) {
            return blobs.reads()
                    .read(blob, span.from(), span.to())
                    .thenApply(bytes -> response.withEntity(HttpEntities.create(TYPE, bytes)));
        }
        return CompletableFuture.completedFuture(
                response.withEntity(
                        HttpEntities.create(
                                TYPE,
                                span.bytes(),
                                blobs.reads()
                                        .bytes(blob, span.from(), span.to())
                                        .mapMaterializedValue(every -> (Object) every))));
    }

    private HttpResponse several(Opened.Open blob, List<Span> spans) {
        String boundary = boundary();
        List<Source<ByteString, ?>> parts = new ArrayList<>();
        long bytes = 0;
        for (Span span : spans) {
            ByteString head =
                    ascii(
                            "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: %s\r\n\r\n"
                                    .formatted(boundary, text(span, blob)));
            bytes += head.size() + span.bytes();
            parts.add(Source.single(head));
            parts.add(Source.lazySource(() -> blobs.reads().bytes(blob, span.from(), span.to())));
        }
        ByteString end = ascii("\r\n--" + boundary + "--\r\n");
        parts.add(Source.single(end));
        Source<ByteString, ?> content = Source.empty();
        for (Source<ByteString, ?> part : parts) {
            content = content.concatLazy(part);
        }
        return headed(StatusCodes.PARTIAL_CONTENT, blob)
                .withEntity(
                        HttpEntities.create(
                                ContentTypes.parse("multipart/byteranges; boundary=" + boundary),
                                bytes + end.size(),
                                content.mapMaterializedValue(every -> (Object) every)));
    }

    // Whoever makes a content does not know it beforehand.
    private static String boundary() {
        var random = ThreadLocalRandom.current();
        return "%016x%016x".formatted(random.nextLong(), random.nextLong());
    }

    private static ByteString ascii(String text) {
        return ByteString.fromArrayUnsafe(text.getBytes(StandardCharsets.US_ASCII));
    }
}
