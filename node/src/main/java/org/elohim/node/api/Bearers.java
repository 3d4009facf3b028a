package org.elohim.node.api;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.HttpChallenge;
import akka.http.javadsl.model.headers.WWWAuthenticate;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.token.Token;
import org.elohim.node.token.TokenText;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/// Who asks: the bearer of the operator's token or of one that the node has issued, named by the
/// `Authorization` header or, where a client cannot set headers, by `?token=`.
///
/// Invariants: texts are compared by their hashes, so how long it takes tells nothing about them.
public final class Bearers {
    private static final String SCHEME = "Bearer ";

    private final ContentHash operator;
    private final Function<ContentHash, CompletionStage<Optional<Token>>> issued;

    public Bearers(
            String operatorToken, Function<ContentHash, CompletionStage<Optional<Token>>> issued) {
        this.operator = TokenText.hash(operatorToken);
        this.issued = issued;
    }

    /// The inner route for those who may administer the node.
    Route admin(Supplier<Route> inner) {
        return granted(
                grant ->
                        grant.scopes().stream().anyMatch(Scope.Admin.class::isInstance)
                                ? inner.get()
                                : Directives.complete(
                                        Json.problem(
                                                StatusCodes.FORBIDDEN,
                                                "This token may not administer the node.")));
    }

    /// The inner route for whoever has a token, with what it allows.
    Route granted(Function<Grant.OfToken, Route> inner) {
        return Directives.optionalHeaderValueByName(
                "Authorization",
                header ->
                        Directives.parameterOptional(
                                "token", parameter -> granted(text(header, parameter), inner)));
    }

    private Route granted(Optional<String> text, Function<Grant.OfToken, Route> inner) {
        return Directives.onSuccess(
                known(text),
                found ->
                        switch (found) {
                            case Known.Bearer(var grant) -> inner.apply(grant);
                            case Known.Nobody(var words) ->
                                    Directives.complete(unauthorized(words));
                        });
    }

    /// Who has sent a request.
    public sealed interface Known {
        record Bearer(Grant.OfToken grant) implements Known {}

        /// Nobody that is known here.
        ///
        /// @param words what is missing
        record Nobody(String words) implements Known {}
    }

    /// Whoever has sent this `Authorization` header.
    public CompletionStage<Known> bearer(Optional<String> header) {
        return known(text(header, Optional.empty()));
    }

    private CompletionStage<Known> known(Optional<String> text) {
        return text.isEmpty()
                ? CompletableFuture.completedFuture(
                        new Known.Nobody(
                                "This needs a token: send it as \"Authorization: Bearer TOKEN\"."
                                    + " The operator's lies in admin.token in the data directory."))
                : find(TokenText.hash(text.get()))
                        .thenApply(
                                found ->
                                        found.<Known>map(Known.Bearer::new)
                                                .orElseGet(
                                                        () ->
                                                                new Known.Nobody(
                                                                        "This token is not known"
                                                                                + " here, or was"
                                                                                + " revoked.")));
    }

    private CompletionStage<Optional<Grant.OfToken>> find(ContentHash hash) {
        return hash.equals(operator)
                ? CompletableFuture.completedFuture(
                        Optional.of(new Grant.OfToken(hash, List.of(new Scope.Admin()))))
                : issued.apply(hash)
                        .thenApply(
                                found ->
                                        found.map(
                                                token -> new Grant.OfToken(hash, token.scopes())));
    }

    private static Optional<String> text(Optional<String> header, Optional<String> parameter) {
        return header.filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(value -> value.substring(SCHEME.length()).strip())
                .or(() -> parameter);
    }

    private static HttpResponse unauthorized(String detail) {
        return Json.problem(StatusCodes.UNAUTHORIZED, detail)
                .addHeader(WWWAuthenticate.create(HttpChallenge.create("Bearer", "elohim-node")));
    }
}
