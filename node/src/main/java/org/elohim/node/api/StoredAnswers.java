package org.elohim.node.api;

import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;

import org.elohim.node.blob.Outcome;
import org.elohim.node.blob.Stored;
import org.elohim.protocol.id.ContentHash;

import java.util.List;
import java.util.Map;

/// What is answered to whoever has put or deleted a blob.
final class StoredAnswers {
    private static final String BUSY_SECONDS = "2";

    private StoredAnswers() {}

    static HttpResponse answer(Stored stored) {
        return switch (stored) {
            case Stored.Kept kept -> created(kept);
            case Stored.Other(var hash) ->
                    another(
                            "The content that came is blob %s and not what was promised; nothing was kept."
                                    .formatted(hash),
                            hash);
            case Stored.Full(var words) -> full(words);
            case Stored.Failed(var words) -> busy("Not stored: " + words + ".");
        };
    }

    /// What a response says was kept.
    static final AttributeKey<Stored.Kept> KEPT =
            AttributeKey.create("kept blob", Stored.Kept.class);

    private static HttpResponse created(Stored.Kept kept) {
        ContentHash hash = kept.key();
        // Written by hand: there are ten thousand of them in a second.
        String json =
                "{\"hash\":\""
                        + hash
                        + "\",\"size\":"
                        + kept.bytes()
                        + ",\"reach\":\""
                        + kept.reach()
                        + "\",\"tier\":\"accepted\"}";
        return HttpResponse.create()
                .withStatus(StatusCodes.CREATED)
                .addAttribute(KEPT, kept)
                .addHeaders(
                        List.<HttpHeader>of(
                                RawHeader.create("Location", "/blobs/" + hash),
                                RawHeader.create("ETag", BlobAnswers.tag(hash))))
                .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, json));
    }

    static HttpResponse another(String words, ContentHash hash) {
        return Json.problem(
                StatusCodes.UNPROCESSABLE_CONTENT, words, Map.of("hash", hash.toString()));
    }

    static HttpResponse full(String words) {
        return Json.problem(
                StatusCodes.INSUFFICIENT_STORAGE,
                Character.toUpperCase(words.charAt(0)) + words.substring(1) + ".");
    }

    static HttpResponse busy(String words) {
        return Json.problem(StatusCodes.SERVICE_UNAVAILABLE, words)
                .addHeader(RawHeader.create("Retry-After", BUSY_SECONDS));
    }

    static HttpResponse tooMany() {
        return busy("As many large blobs as the node takes at once are on their way; try again.");
    }

    static HttpResponse elsewhere(long offset) {
        return Json.problem(
                StatusCodes.CONFLICT,
                "Of this blob %d bytes have come; go on from there.".formatted(offset),
                Map.of("offset", offset));
    }

    /// What became of the wish to delete a blob.
    static HttpResponse gone(Outcome outcome, ContentHash hash) {
        return switch (outcome) {
            case Outcome.Done _ -> HttpResponse.create().withStatus(StatusCodes.NO_CONTENT);
            case Outcome.Absent _ -> BlobAnswers.absent(hash);
            case Outcome.Full(var words) -> full(words);
            case Outcome.Failed(var words) -> busy("Not deleted: " + words + ".");
        };
    }
}
