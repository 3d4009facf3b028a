package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.ResponseEntity;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class HeadRequestsTest {
    @SuppressWarnings("NullAway.Init") // set before the first test
    private static ActorTestKit actors;

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    private static HttpResponse head(StatusCode status, ResponseEntity entity) throws Exception {
        Materializer streams = SystemMaterializer.get(actors.system()).materializer();
        return HeadRequests.around(
                        request -> {
                            assertEquals("GET", request.method().name());
                            return CompletableFuture.completedFuture(
                                    HttpResponse.create().withStatus(status).withEntity(entity));
                        },
                        streams)
                .apply(HttpRequest.HEAD("/x"))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private static String length(HttpResponse response) {
        return response.getHeader("Content-Length").map(HttpHeader::value).orElse("none");
    }

    @Test
    void anAnswerHasItsLengthAndTypeAndNoBody() throws Exception {
        HttpResponse answer =
                head(
                        StatusCodes.NOT_FOUND,
                        HttpEntities.create(ContentTypes.APPLICATION_JSON, "{\"a\":1}"));

        assertEquals("7", length(answer));
        assertEquals(404, answer.status().intValue());
        assertEquals(ContentTypes.APPLICATION_JSON, answer.entity().getContentType());
        assertTrue(answer.entity().isKnownEmpty());
    }

    @Test
    void whatWouldProduceTheBodyIsToldThatNobodyWantsIt() throws Exception {
        var cancelled = new CompletableFuture<String>();
        Source<ByteString, Object> body =
                Source.<ByteString>maybe()
                        .watchTermination(
                                (_, done) -> {
                                    var _ =
                                            done.whenComplete(
                                                    (_, _) -> cancelled.complete("ended"));
                                    return (Object) done;
                                });

        HttpResponse answer =
                head(
                        StatusCodes.OK,
                        HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, 1L << 40, body));

        assertEquals(Long.toString(1L << 40), length(answer));
        assertTrue(answer.entity().isKnownEmpty());
        assertEquals("ended", cancelled.get(10, TimeUnit.SECONDS));
    }

    @Test
    void whereThereIsNoBodyThereIsNoLength() throws Exception {
        assertEquals("none", length(head(StatusCodes.NOT_MODIFIED, HttpEntities.EMPTY)));
    }

    @Test
    void anEmptyBodyHasALengthToo() throws Exception {
        assertEquals("0", length(head(StatusCodes.OK, HttpEntities.EMPTY)));
    }
}
