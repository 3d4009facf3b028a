package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.delete;
import static akka.http.javadsl.server.Directives.entity;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onComplete;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathEnd;
import static akka.http.javadsl.server.Directives.pathPrefix;
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
import akka.pattern.StatusReply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.token.Token;
import org.elohim.cluster.token.Tokens;
import org.elohim.node.token.TokenText;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// `/tokens`: list, make and revoke, for whoever may administer the node.
public final class TokenRoutes {
    private static final int BODY_BYTES_MAX = 64 << 10;
    // One journal write; a disk that takes longer is in trouble, and so is the caller.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final JsonMapper JSON = new JsonMapper();

    private final ActorRef<Tokens.Command> tokens;
    private final Intake intake;
    private final Scheduler scheduler;
    private final SecureRandom random = new SecureRandom();

    public TokenRoutes(ActorRef<Tokens.Command> tokens, Intake intake, Scheduler scheduler) {
        this.tokens = tokens;
        this.intake = intake;
        this.scheduler = scheduler;
    }

    /// Whether a token is in force, and what it allows.
    public CompletionStage<Optional<Token>> find(ContentHash hash) {
        return AskPattern.ask(
                tokens,
                replyTo -> new Tokens.Command.Check(hash, replyTo),
                ANSWER_WITHIN,
                scheduler);
    }

    Route routes(Bearers bearers, Changes changes) {
        return pathPrefix(
                "tokens", () -> bearers.admin(() -> Editing.route(intake, () -> tokens(changes))));
    }

    private Route tokens(Changes changes) {
        return concat(
                pathEnd(() -> concat(get(this::list), post(() -> changes.here(this::issue)))),
                path(PathMatchers.segment(), id -> delete(() -> changes.here(() -> revoke(id)))));
    }

    private Route list() {
        CompletionStage<List<Token>> all =
                AskPattern.ask(tokens, Tokens.Command.All::new, ANSWER_WITHIN, scheduler);
        return onSuccess(
                all,
                list ->
                        complete(
                                Json.response(
                                        StatusCodes.OK,
                                        Map.of(
                                                "tokens",
                                                list.stream().map(TokenRoutes::shown).toList()))));
    }

    private Route issue() {
        return withSizeLimit(
                BODY_BYTES_MAX, () -> entity(Unmarshaller.entityToString(), body -> issue(body)));
    }

    private Route issue(String body) {
        String label;
        List<Scope> scopes;
        try {
            JsonNode wanted = JSON.readTree(body);
            label = wanted.path("label").asText("");
            scopes = new ArrayList<>();
            wanted.path("scopes").forEach(scope -> scopes.add(Scope.parse(scope.asText())));
        } catch (JsonProcessingException notJson) {
            return complete(
                    Json.problem(
                            StatusCodes.BAD_REQUEST,
                            "The body is not JSON. Send {\"label\": TEXT, \"scopes\": [TEXT]}."));
        } catch (IllegalArgumentException notAScope) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(notAScope.getMessage())));
        }
        String text = TokenText.create(random);
        CompletionStage<Token> issued =
                AskPattern.askWithStatus(
                        tokens,
                        (ActorRef<StatusReply<Token>> replyTo) ->
                                new Tokens.Command.Issue(
                                        TokenText.hash(text), label, scopes, replyTo),
                        ANSWER_WITHIN,
                        scheduler);
        return onComplete(
                issued,
                done ->
                        complete(
                                done.isSuccess()
                                        ? created(done.get(), text)
                                        : refused(StatusCodes.BAD_REQUEST, done.failed().get())));
    }

    private Route revoke(String id) {
        CompletionStage<Token> revoked =
                AskPattern.askWithStatus(
                        tokens,
                        (ActorRef<StatusReply<Token>> replyTo) ->
                                new Tokens.Command.Revoke(id, replyTo),
                        ANSWER_WITHIN,
                        scheduler);
        return onComplete(
                revoked,
                done ->
                        complete(
                                done.isSuccess()
                                        ? Json.response(StatusCodes.OK, shown(done.get()))
                                        : refused(StatusCodes.NOT_FOUND, done.failed().get())));
    }

    private static HttpResponse created(Token token, String text) {
        Map<String, Object> body = shown(token);
        body.put("token", text);
        return Json.response(StatusCodes.CREATED, body);
    }

    /// What the actor refused is the caller's matter; anything else is ours.
    private static HttpResponse refused(
            akka.http.javadsl.model.StatusCode status, Throwable failed) {
        if (failed instanceof StatusReply.ErrorMessage) {
            return Json.problem(status, String.valueOf(failed.getMessage()));
        }
        return NotWritten.in(failed)
                .map(Json::notWritten)
                .orElseGet(
                        () ->
                                Json.problem(
                                        StatusCodes.SERVICE_UNAVAILABLE,
                                        "The journal did not answer in time; the node's log tells"
                                                + " more."));
    }

    private static Map<String, Object> shown(Token token) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", token.id());
        shown.put("label", token.label());
        shown.put("scopes", token.scopes().stream().map(Scope::toString).toList());
        shown.put("issued_at", token.issuedAt().toString());
        return shown;
    }
}
