package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.delete;
import static akka.http.javadsl.server.Directives.entity;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathEnd;
import static akka.http.javadsl.server.Directives.pathPrefix;
import static akka.http.javadsl.server.Directives.post;
import static akka.http.javadsl.server.Directives.put;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.unmarshalling.Unmarshaller;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.DocumentRefusal;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.replica.DocumentReplica;
import org.elohim.cluster.replica.ReadThrough;
import org.elohim.cluster.sync.Intake;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/// `/documents/{id}/status`, `/documents/{id}/reach`, `/documents/{id}/restore` and `DELETE
/// /documents/{id}`: what becomes of a document as a whole, for whoever may administer the node.
public final class DocumentRoutes {
    // One journal write; a disk that takes longer is in trouble, and so is the caller.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private final ActorRef<Documents.Command> documents;
    private final Siblings siblings;
    private final Intake intake;
    private final Scheduler scheduler;

    /// Where a document may be that is not here yet.
    @FunctionalInterface
    public interface Siblings {
        CompletionStage<ReadThrough.Found> find(DocumentId document);
    }

    public DocumentRoutes(
            ActorRef<Documents.Command> documents,
            Siblings siblings,
            Intake intake,
            Scheduler scheduler) {
        this.intake = intake;
        this.documents = documents;
        this.siblings = siblings;
        this.scheduler = scheduler;
    }

    Route routes(Bearers bearers, Changes changes) {
        return pathPrefix(
                PathMatchers.segment("documents").slash(PathMatchers.segment()),
                text -> bearers.admin(() -> Editing.route(intake, () -> document(text, changes))));
    }

    private Route document(String text, Changes changes) {
        DocumentId id;
        try {
            id = DocumentId.parse(text);
        } catch (IllegalArgumentException notAnId) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(notAnId.getMessage())));
        }
        // As where there is none: who may have what is shown by /tokens and /devices.
        if (id.isLedger()) {
            return complete(Json.problem(StatusCodes.NOT_FOUND, "document " + id + " is not here"));
        }
        return concat(
                pathEnd(
                        () ->
                                delete(
                                        () ->
                                                changes.here(
                                                        () ->
                                                                ask(
                                                                        id,
                                                                        Document.Command.Delete
                                                                                ::new)))),
                path("status", () -> get(() -> status(id))),
                path(
                        "restore",
                        () ->
                                post(
                                        () ->
                                                changes.here(
                                                        () ->
                                                                ask(
                                                                        id,
                                                                        Document.Command.Restore
                                                                                ::new)))),
                path(
                        "reach",
                        () ->
                                put(
                                        () ->
                                                entity(
                                                        Unmarshaller.entityToString(),
                                                        body ->
                                                                changes.here(
                                                                        () ->
                                                                                changeReach(
                                                                                        id,
                                                                                        body))))));
    }

    private Route changeReach(DocumentId id, String body) {
        try {
            Reach reach = Reach.parse(body.strip());
            return ask(id, replyTo -> new Document.Command.ChangeReach(reach, replyTo));
        } catch (IllegalArgumentException notAReach) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(notAReach.getMessage())));
        }
    }

    private Route status(DocumentId id) {
        return onSuccess(
                tell(id, Document.Command.Describe::new)
                        .thenCompose(
                                reply ->
                                        isAbsent(reply)
                                                ? elsewhere(id, response(reply))
                                                : CompletableFuture.completedFuture(
                                                        response(reply))),
                response -> complete(response));
    }

    private static boolean isAbsent(StatusReply<Document.Description> reply) {
        return reply.isError()
                && reply.getError() instanceof DocumentRefusal refusal
                && refusal.obstacle() == DocumentRefusal.Obstacle.ABSENT;
    }

    // A node that has just joined has not got its copy of everything yet.
    private CompletionStage<HttpResponse> elsewhere(DocumentId id, HttpResponse absent) {
        return siblings.find(id)
                .thenApply(
                        found ->
                                found.held()
                                        .map(held -> Json.response(StatusCodes.OK, shown(id, held)))
                                        .orElseGet(
                                                () ->
                                                        found.unheard().isEmpty()
                                                                ? absent
                                                                : unheard(id, found.unheard())));
    }

    private static HttpResponse unheard(DocumentId id, List<NodeId> silent) {
        return Json.problem(
                StatusCodes.NOT_FOUND,
                "document %s is not here, and may be at a node of the family that does not answer (%s); ask again once it does"
                        .formatted(
                                id,
                                silent.stream()
                                        .map(NodeId::toString)
                                        .collect(Collectors.joining(", "))));
    }

    private Route ask(
            DocumentId id,
            Function<ActorRef<StatusReply<Document.Description>>, Document.Command> command) {
        return onSuccess(tell(id, command), reply -> complete(response(reply)));
    }

    private CompletionStage<StatusReply<Document.Description>> tell(
            DocumentId id,
            Function<ActorRef<StatusReply<Document.Description>>, Document.Command> command) {
        return AskPattern.ask(
                documents,
                replyTo -> new Documents.Command.Tell(id, command.apply(replyTo)),
                ANSWER_WITHIN,
                scheduler);
    }

    private static HttpResponse response(StatusReply<Document.Description> reply) {
        if (reply.isSuccess()) {
            return Json.response(StatusCodes.OK, shown(reply.getValue()));
        }
        if (reply.getError() instanceof NotWritten full) {
            return Json.notWritten(full);
        }
        var refusal = (DocumentRefusal) reply.getError();
        return Json.problem(status(refusal.obstacle()), String.valueOf(refusal.getMessage()));
    }

    private static StatusCode status(DocumentRefusal.Obstacle obstacle) {
        return switch (obstacle) {
            case ABSENT -> StatusCodes.NOT_FOUND;
            case TOO_LATE, TOO_OFTEN -> StatusCodes.CONFLICT;
            case UNREADABLE -> StatusCodes.INTERNAL_SERVER_ERROR;
        };
    }

    private static Map<String, Object> shown(Document.Description description) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", description.document().toString());
        shown.put("reach", description.reach().toString());
        shown.put("owner", description.owner().toString());
        shown.put("deleted", description.deleted());
        shown.put("heads", description.heads().stream().map(ContentHash::toString).toList());
        shown.put("changes", description.changes());
        shown.put("size_bytes", description.sizeBytes());
        shown.put("limit_used_percent", description.usagePercent());
        shown.put("near_limit", description.nearsLimit());
        shown.put("forks", description.forks());
        shown.put("created_at", Instant.ofEpochMilli(description.createdMillis()).toString());
        shown.put("updated_at", Instant.ofEpochMilli(description.updatedMillis()).toString());
        return shown;
    }

    private static Map<String, Object> shown(DocumentId id, DocumentReplica.Answer.Held held) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", id.toString());
        shown.put("here", false);
        shown.put("held_by", held.node());
        shown.put("reach", held.reach());
        shown.put("owner", held.owner());
        shown.put("deleted", held.deleted());
        shown.put("heads", held.heads());
        shown.put("changes", held.changes());
        shown.put("size_bytes", held.sizeBytes());
        shown.put("limit_used_percent", held.usagePercent());
        shown.put("near_limit", held.nearsLimit());
        shown.put("forks", held.forks());
        shown.put("created_at", Instant.ofEpochMilli(held.createdMillis()).toString());
        shown.put("updated_at", Instant.ofEpochMilli(held.updatedMillis()).toString());
        return shown;
    }
}
