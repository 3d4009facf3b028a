package org.elohim.node.family;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.entity;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.post;
import static akka.http.javadsl.server.Directives.withSizeLimit;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.unmarshalling.Unmarshaller;

import org.elohim.node.family.FamilyKeys.Refused;
import org.elohim.protocol.family.KeyRing;

import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/// `/family/key` at the family's door: what another node tells of the keys, kept before it is
/// answered.
final class KeyRoutes {
    private KeyRoutes() {}

    static Route of(FamilyKeys keys, InstantSource clock) {
        return path(
                PathMatchers.segment("family").slash("key"),
                () ->
                        post(
                                () ->
                                        withSizeLimit(
                                                KeysText.BYTES_MAX,
                                                () ->
                                                        entity(
                                                                Unmarshaller.entityToString(),
                                                                body -> told(keys, clock, body)))));
    }

    // A file is written, so not on the actors' threads.
    private static Route told(FamilyKeys keys, InstantSource clock, String body) {
        return onSuccess(
                CompletableFuture.supplyAsync(
                        () -> answer(keys, clock, body), task -> Thread.ofVirtual().start(task)),
                response -> complete(response));
    }

    private static HttpResponse answer(FamilyKeys keys, InstantSource clock, String body) {
        try {
            KeysText theirs = KeysText.parse(body);
            KeyRing ring =
                    keys.change(
                            mine -> mine.toldBy(theirs.family(), theirs.keys(), clock.millis()));
            return HttpResponse.create()
                    .withEntity(
                            HttpEntities.create(
                                    ContentTypes.APPLICATION_JSON,
                                    KeysText.answer(ring, clock.millis()).render()));
        } catch (IllegalArgumentException malformed) {
            return HttpResponse.create().withStatus(StatusCodes.BAD_REQUEST);
        } catch (Refused refused) {
            return HttpResponse.create()
                    .withStatus(StatusCodes.CONFLICT)
                    .withEntity(refused.getMessage());
        }
    }
}
