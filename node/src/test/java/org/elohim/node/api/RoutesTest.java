package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;

import org.elohim.cluster.family.FamilyView;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// The routes without a socket: request in, response out.
class RoutesTest {
    private static final FamilyView ALONE = new FamilyView(FamilyView.Status.ALONE, 1, 0);
    private static final FamilyView DEGRADED = new FamilyView(FamilyView.Status.DEGRADED, 2, 1);

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static ActorTestKit actors;

    private final Health health = new Health();
    private final AtomicReference<FamilyView> family = new AtomicReference<>(ALONE);

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    @Test
    void aStartingNodeIsLiveAndNotReady() throws Exception {
        assertEquals(503, get("/health").status().intValue());
        assertEquals(503, get("/health/ready").status().intValue());
        assertEquals(200, get("/health/live").status().intValue());
        assertTrue(body(get("/health")).contains("\"status\":\"starting\""));
    }

    @Test
    void aReadyNodeIsReadyWhateverItsFamilyDoes() throws Exception {
        health.become(Health.Readiness.READY);
        family.set(DEGRADED);

        assertEquals(200, get("/health").status().intValue());
        assertEquals(200, get("/health/ready").status().intValue());
        assertEquals(503, get("/health/cluster").status().intValue());
        assertEquals(
                "{\"status\":\"degraded\",\"members\":2,\"unreachable\":1}",
                body(get("/health/cluster")));
    }

    @Test
    void aStoppingNodeSaysSo() throws Exception {
        health.become(Health.Readiness.READY);
        health.become(Health.Readiness.STOPPING);

        assertEquals(503, get("/health/ready").status().intValue());
        assertTrue(body(get("/health/ready")).contains("\"status\":\"stopping\""));
    }

    @Test
    void anUnknownPathIsAProblemInWords() throws Exception {
        assertEquals(
                "{\"type\":\"about:blank\",\"title\":\"Not"
                        + " Found\",\"status\":404,\"detail\":\"Nothing is served at"
                        + " /health/nobody.\"}",
                body(get("/health/nobody")));
    }

    @Test
    void aWrongMethodIsAProblemThatNamesTheRightOne() throws Exception {
        HttpResponse refused = answer(HttpRequest.POST("/health"));

        assertEquals(405, refused.status().intValue());
        assertTrue(body(refused).contains("GET"));
    }

    @Test
    void aBrokenPartIsAProblemWithoutItsStackTrace() throws Exception {
        var broken =
                Routes.of(
                        health,
                        () -> {
                            throw new IllegalStateException("secret inner life");
                        });

        HttpResponse failed =
                broken.function(actors.system())
                        .apply(HttpRequest.GET("/health"))
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);

        assertEquals(500, failed.status().intValue());
        assertTrue(!body(failed).contains("secret inner life"));
    }

    private HttpResponse get(String path) throws Exception {
        return answer(HttpRequest.GET(path));
    }

    private HttpResponse answer(HttpRequest request) throws Exception {
        return Routes.of(health, family::get)
                .function(actors.system())
                .apply(request)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private static String body(HttpResponse response) throws Exception {
        return response.entity()
                .toStrict(10_000, actors.system())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .getData()
                .utf8String();
    }
}
