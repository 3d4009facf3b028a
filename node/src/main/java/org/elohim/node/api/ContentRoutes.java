package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.put;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMessage;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.http.scaladsl.model.EntityStreamSizeException;
import akka.stream.Materializer;
import akka.util.ByteString;

import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.node.materialiser.Contents;
import org.elohim.node.materialiser.Expected;
import org.elohim.node.materialiser.Reading;
import org.elohim.node.materialiser.Refusal;
import org.elohim.node.materialiser.Tag;
import org.elohim.node.materialiser.Writing;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `GET` and `PUT /documents/{id}`: what a document says, as JSON, for whoever's token allows it.
///
/// Invariants: a body is held in memory only as far as it may be long, and only a few at a time.
public final class ContentRoutes {
    private static final String BUSY_SECONDS = "2";
    private static final String WEAK = "W/";
    private static final Duration BODY_WITHIN = Duration.ofSeconds(30);
    private static final int BODIES_MAX = 16;
    // More would not fit into a header; the number tells of the rest.
    private static final int LEFT_OUT_NAMED_MAX = 16;

    private final Contents contents;
    private final Intake intake;
    private final Materializer streams;
    private final Semaphore bodies = new Semaphore(BODIES_MAX);

    public ContentRoutes(Contents contents, Intake intake, Materializer streams) {
        this.contents = contents;
        this.intake = intake;
        this.streams = streams;
    }

    Route routes(Bearers bearers, Changes changes) {
        return path(
                PathMatchers.segment("documents").slash(PathMatchers.segment()),
                text ->
                        concat(
                                get(() -> bearers.granted(grant -> read(text, grant))),
                                put(
                                        () ->
                                                bearers.granted(
                                                        grant ->
                                                                Editing.route(
                                                                        intake,
                                                                        () ->
                                                                                changes.here(
                                                                                        () ->
                                                                                                write(
                                                                                                        text,
                                                                                                        grant)))))));
    }

    private Route read(String text, Grant.OfToken grant) {
        return of(
                text,
                id ->
                        extractRequest(
                                request ->
                                        onSuccess(
                                                contents.read(id, grant, seen(request)),
                                                reading -> complete(response(reading)))));
    }

    private Route write(String text, Grant.OfToken grant) {
        return of(
                text,
                id ->
                        extractRequest(
                                request -> {
                                    Optional<Expected> expected;
                                    try {
                                        expected = expected(request);
                                    } catch (IllegalArgumentException noTags) {
                                        return refusedUnread(
                                                request,
                                                Json.problem(
                                                        StatusCodes.BAD_REQUEST,
                                                        String.valueOf(noTags.getMessage())));
                                    }
                                    if (expected.isEmpty()) {
                                        return refusedUnread(request, needsCondition());
                                    }
                                    if (!bodies.tryAcquire()) {
                                        return refusedUnread(
                                                request,
                                                response(
                                                        new Refusal(
                                                                Refusal.Kind.BUSY,
                                                                "The node takes %d documents from others already; send it again."
                                                                        .formatted(BODIES_MAX))));
                                    }
                                    return onSuccess(
                                            write(id, grant, request, expected.get())
                                                    .whenComplete((_, _) -> bodies.release()),
                                            response -> complete(response));
                                }));
    }

    private Route refusedUnread(HttpRequest request, HttpResponse response) {
        HttpMessage.DiscardedEntity _ = request.discardEntityBytes(streams);
        return complete(response);
    }

    private CompletionStage<HttpResponse> write(
            DocumentId id, Grant.OfToken grant, HttpRequest request, Expected expected) {
        return request.entity()
                .withSizeLimit(Contents.JSON_BYTES_MAX)
                .getDataBytes()
                .mapError(Throwable.class, ContentRoutes::line)
                .completionTimeout(BODY_WITHIN)
                .runFold(ByteString.emptyByteString(), ByteString::concat, streams)
                .thenCompose(
                        body -> contents.write(id, grant, Bytes.copyOf(body.toArray()), expected))
                .thenApply(ContentRoutes::response)
                .exceptionally(ContentRoutes::unread);
    }

    /// But for a body that is too long, whatever goes wrong with it is the line to the caller.
    private static Throwable line(Throwable failed) {
        return failed instanceof EntityStreamSizeException ? failed : new CutOff(failed);
    }

    private static final class CutOff extends RuntimeException {
        private static final long serialVersionUID = 1;

        private CutOff(Throwable failed) {
            super(failed);
        }
    }

    private static HttpResponse unread(Throwable failed) {
        Throwable why =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        return switch (why) {
            case EntityStreamSizeException _ ->
                    response(
                            new Refusal(
                                    Refusal.Kind.TOO_LARGE,
                                    "A document is written as JSON of at most %d MiB; larger things belong into several."
                                            .formatted(Contents.JSON_BYTES_MAX >> 20)));
            case TimeoutException _ ->
                    Json.problem(
                            StatusCodes.REQUEST_TIMEOUT,
                            "The body did not come within %d seconds; nothing was written."
                                    .formatted(BODY_WITHIN.toSeconds()));
            // He will most likely not hear of it.
            case CutOff _ ->
                    Json.problem(
                            StatusCodes.BAD_REQUEST,
                            "The body was cut off in the middle; nothing was written.");
            default -> throw new CompletionException(why);
        };
    }

    private static Route of(String text, Function<DocumentId, Route> inner) {
        try {
            return inner.apply(DocumentId.parse(text));
        } catch (IllegalArgumentException notAnId) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(notAnId.getMessage())));
        }
    }

    private static Optional<Expected> expected(HttpRequest request) {
        Optional<String> match = RequestHeaders.joined(request, "If-Match");
        if (match.isPresent()) {
            return Optional.of(
                    match.get().strip().equals("*")
                            ? new Expected.Anything()
                            : new Expected.OneOf(strong(match.get())));
        }
        return RequestHeaders.joined(request, "If-None-Match")
                .filter(value -> value.strip().equals("*"))
                .map(_ -> new Expected.Nothing());
    }

    /// Of what is only alike nobody may say that it is the same: weak tags match nothing.
    private static Set<Tag> strong(String header) {
        List<String> listed = RequestHeaders.listed(header);
        if (listed.isEmpty()
                || !listed.stream().allMatch(tag -> isTag(tag) || tag.startsWith(WEAK))) {
            throw new IllegalArgumentException(
                    "If-Match is \"*\" or the ETag of the last GET with its quotation marks, and"
                            + " this is neither: "
                            + header);
        }
        return tags(listed.stream());
    }

    /// What is shown is the same where it is alike: proxies that compress make tags weak.
    private static Set<Tag> seen(HttpRequest request) {
        return tags(
                RequestHeaders.joined(request, "If-None-Match")
                        .map(RequestHeaders::listed)
                        .orElse(List.of())
                        .stream()
                        .map(tag -> tag.startsWith(WEAK) ? tag.substring(WEAK.length()) : tag));
    }

    private static boolean isTag(String tag) {
        return tag.length() > 2 && tag.startsWith("\"") && tag.endsWith("\"");
    }

    private static Set<Tag> tags(Stream<String> listed) {
        return listed.filter(ContentRoutes::isTag)
                .map(tag -> new Tag(tag.substring(1, tag.length() - 1)))
                .collect(Collectors.toSet());
    }

    private static HttpResponse needsCondition() {
        return Json.problem(
                StatusCodes.PRECONDITION_REQUIRED,
                "Say what you have seen, so that nothing is written over that you have not: the"
                        + " ETag of the last GET as If-Match, or \"If-None-Match: *\" where the"
                        + " document is new.");
    }

    private static HttpResponse response(Reading reading) {
        return switch (reading) {
            case Reading.Shown shown ->
                    tagged(HttpResponse.create(), shown.tag())
                            .addHeaders(leftOut(shown.leftOut()))
                            .withEntity(
                                    HttpEntities.create(
                                            ContentTypes.APPLICATION_JSON, shown.json().toArray()));
            case Reading.Unchanged(var tag) ->
                    tagged(HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED), tag);
            case Reading.Refused(var refusal) -> response(refusal);
        };
    }

    private static HttpResponse response(Writing writing) {
        return switch (writing) {
            case Writing.Stored stored -> {
                Map<String, Object> told = new LinkedHashMap<>();
                told.put("changes", stored.changes());
                told.put("heads", stored.heads().stream().map(ContentHash::toString).toList());
                yield tagged(
                        Json.response(stored.made() ? StatusCodes.CREATED : StatusCodes.OK, told),
                        stored.tag());
            }
            case Writing.Refused(var refusal) -> response(refusal);
        };
    }

    private static HttpResponse tagged(HttpResponse response, Tag tag) {
        return response.addHeader(RawHeader.create("ETag", "\"" + tag.text() + "\""));
    }

    private static List<HttpHeader> leftOut(List<ContentHash> changes) {
        return changes.isEmpty()
                ? List.of()
                : List.of(
                        RawHeader.create("Elohim-Left-Out", Integer.toString(changes.size())),
                        RawHeader.create(
                                "Elohim-Left-Out-Changes",
                                changes.stream()
                                        .limit(LEFT_OUT_NAMED_MAX)
                                        .map(ContentHash::toString)
                                        .collect(Collectors.joining(", "))),
                        RawHeader.create(
                                "Elohim-Note",
                                "This is the last good state: changes that cannot be read are left"
                                        + " out, with what builds on them."));
    }

    private static HttpResponse response(Refusal refusal) {
        HttpResponse response = Json.problem(status(refusal.kind()), refusal.words());
        return switch (refusal.kind()) {
            case BUSY, NOT_WRITTEN ->
                    response.addHeader(RawHeader.create("Retry-After", BUSY_SECONDS));
            case ABSENT,
                    DELETED,
                    FORBIDDEN,
                    SEALED,
                    TOO_LARGE,
                    MALFORMED,
                    CHANGED,
                    NOT_TAKEN,
                    UNREADABLE,
                    UNFIT ->
                    response;
        };
    }

    private static StatusCode status(Refusal.Kind kind) {
        return switch (kind) {
            case ABSENT -> StatusCodes.NOT_FOUND;
            case DELETED -> StatusCodes.GONE;
            case FORBIDDEN -> StatusCodes.FORBIDDEN;
            case SEALED -> StatusCodes.CONFLICT;
            case TOO_LARGE -> StatusCodes.CONTENT_TOO_LARGE;
            case MALFORMED -> StatusCodes.BAD_REQUEST;
            case CHANGED -> StatusCodes.PRECONDITION_FAILED;
            case NOT_TAKEN -> StatusCodes.UNPROCESSABLE_CONTENT;
            case BUSY, NOT_WRITTEN -> StatusCodes.SERVICE_UNAVAILABLE;
            case UNREADABLE -> StatusCodes.INTERNAL_SERVER_ERROR;
            case UNFIT -> StatusCodes.NOT_IMPLEMENTED;
        };
    }
}
