package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.replica.DocumentReplica;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class RoutesTest extends ServedRoutes {
    @Test
    void aStartingNodeIsLiveAndNotReady() throws Exception {
        assertEquals(503, get("/health").status().intValue());
        assertEquals(503, get("/health/ready").status().intValue());
        assertEquals(200, get("/health/live").status().intValue());
        assertTrue(body(get("/health")).contains("\"status\":\"starting\""));
    }

    @Test
    void theDevicesPathWantsATokenAndAWebSocket() throws Exception {
        assertEquals(401, get("/device").status().intValue());

        HttpResponse plain = get("/device?token=" + OPERATOR.replace(" ", "%20"));
        assertEquals(426, plain.status().intValue());
        assertTrue(body(plain).contains("WebSocket only"));
    }

    @Test
    void thePathsOfAppsWantATokenAndAWebSocketAndTellHowTheyAreUsed() throws Exception {
        Map<String, String> paths = Map.of("/automerge", "automerge-repo", "/ws", "doc_ids");
        for (var path : paths.entrySet()) {
            assertEquals(401, get(path.getKey()).status().intValue());
            // One place each: looking takes none.
            for (int i = 0; i < 3; i++) {
                HttpResponse plain = get(path.getKey() + "?token=" + OPERATOR.replace(" ", "%20"));
                assertEquals(426, plain.status().intValue());
                assertTrue(body(plain).contains(path.getValue()));
            }
        }
    }

    @Test
    void countersAreForTheOperator() throws Exception {
        assertEquals(401, get("/sync/counters").status().intValue());
        String counters = body(get("/sync/counters?token=" + OPERATOR.replace(" ", "%20")));
        assertTrue(counters.contains("\"frames_malformed\":0"), counters);
    }

    @Test
    void howFullTheStoreIsIsForWhoeverHasAToken() throws Exception {
        assertEquals(401, get("/storage/stats").status().intValue());
        JsonNode stats = JSON.readTree(body(as(OPERATOR, HttpRequest.GET("/storage/stats"))));
        assertEquals(0, stats.path("blobs").asInt(-1));
        // A node without blobs takes no room for them.
        assertEquals(0, stats.path("taken_bytes").asLong(-1));
        assertEquals(BLOBS_CAPACITY_BYTES, stats.path("capacity_bytes").asLong());
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
    void onlyAnOperatorOrdersARestart() throws Exception {
        assertEquals(401, answer(HttpRequest.POST("/restart")).status().intValue());
        assertEquals(List.of(), restarts);

        assertEquals(202, as(OPERATOR, HttpRequest.POST("/restart")).status().intValue());
        assertEquals(List.of("its operator has ordered it"), restarts);
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
        assertEquals("GET", refused.getHeader("Allow").orElseThrow().value());
    }

    @Test
    void aBrokenPartIsAProblemWithoutItsStackTrace() throws Exception {
        var broken =
                routes(
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

    @Test
    void withoutATokenOrWithAWrongOneTokensAreNobodysBusiness() throws Exception {
        HttpResponse none = get("/tokens");
        assertEquals(401, none.status().intValue());
        assertTrue(none.getHeader("WWW-Authenticate").isPresent());
        assertTrue(body(none).contains("admin.token"));
        assertEquals(401, get("/tokens?token=guess").status().intValue());
        assertEquals(401, as("guess", HttpRequest.GET("/tokens")).status().intValue());
    }

    @Test
    void theOperatorMakesListsAndRevokesTokens() throws Exception {
        HttpResponse made =
                as(OPERATOR, issue("{\"label\":\"phone\",\"scopes\":[\"write:reach:private\"]}"));
        assertEquals(201, made.status().intValue());
        JsonNode token = JSON.readTree(body(made));
        String id = token.path("id").asText();

        String listed = body(as(OPERATOR, HttpRequest.GET("/tokens")));
        assertTrue(listed.contains(id) && listed.contains("phone"), listed);
        assertFalse(listed.contains(token.path("token").asText()), listed);
        assertEquals(200, as(OPERATOR, HttpRequest.DELETE("/tokens/" + id)).status().intValue());
        assertEquals(404, as(OPERATOR, HttpRequest.DELETE("/tokens/" + id)).status().intValue());
    }

    @Test
    void anIssuedTokenMayAdministerOnlyWithThatScope() throws Exception {
        String phone = issued("read:reach:local");
        String admin = issued("admin");

        assertEquals(403, as(phone, HttpRequest.GET("/tokens")).status().intValue());
        assertEquals(200, as(admin, HttpRequest.GET("/tokens")).status().intValue());
        assertEquals(200, get("/tokens?token=" + admin).status().intValue());
    }

    @Test
    void aWrongOrderForATokenIsToldInWords() throws Exception {
        for (String wrong :
                new String[] {
                    "",
                    "not json",
                    "[]",
                    "{\"label\":\"x\"}",
                    "{\"label\":\"x\",\"scopes\":\"admin\"}",
                    "{\"label\":\"x\",\"scopes\":[\"everything\"]}",
                    "{\"label\":\"\",\"scopes\":[\"admin\"]}"
                }) {
            HttpResponse refused = as(OPERATOR, issue(wrong));
            assertEquals(400, refused.status().intValue(), wrong);
            assertTrue(body(refused).contains("\"detail\""), wrong);
        }
    }

    @Test
    void anOrderWithoutEndIsCutOff() throws Exception {
        HttpResponse refused = as(OPERATOR, issue("{\"label\":\"" + "x".repeat(100_000)));

        assertEquals(413, refused.status().intValue());
    }

    @Test
    void whatADocumentDoesNotDoIsToldApartFromOneThatIsNotThere() throws Exception {
        String document = "/documents/" + DocumentId.ofRandom(new byte[16]);

        assertEquals(404, as(OPERATOR, HttpRequest.GET(document + "/status")).status().intValue());
        assertEquals(200, as(OPERATOR, HttpRequest.DELETE(document)).status().intValue());
        clock.set(clock.get().plus(Document.RESTORABLE).plusSeconds(1));
        HttpResponse late = as(OPERATOR, HttpRequest.POST(document + "/restore"));
        assertEquals(409, late.status().intValue());
        assertTrue(body(late).contains("30 days"));
    }

    @Test
    void aNodeTellsOfItselfAlsoWhereItIsNotReady() throws Exception {
        HttpResponse answer = as(OPERATOR, HttpRequest.GET("/node"));
        assertEquals(200, answer.status().intValue());
        JsonNode node = JSON.readTree(body(answer));
        assertEquals("starting", node.path("status").asText());
        assertEquals("1.2.3", node.path("version").asText());
        assertEquals(1.5, node.path("uptime_seconds").asDouble());
        assertEquals(2, node.path("devices_connected").asInt());
        assertTrue(node.path("disk").path("total_bytes").asLong() > 0);
        assertEquals(401, get("/node").status().intValue());
    }

    @Test
    void anObserverChangesNothingAndSaysWhoDoes() throws Exception {
        String document = "/documents/" + DocumentId.ofRandom(new byte[16]);
        NodeId attic = NodeKey.generate().id();
        NodeId cellar = NodeKey.generate().id();
        var found =
                new Acquaintances.Found(
                        new Address("192.168.1.5", 4002), Optional.of(attic), true, "");
        changes.set(
                Changes.takenBy(
                        () ->
                                CompletableFuture.completedFuture(
                                        Changes.Place.of(List.of(attic, cellar), List.of(found)))));

        for (HttpRequest request :
                List.of(
                        HttpRequest.DELETE(document),
                        HttpRequest.POST(document + "/restore"),
                        HttpRequest.PUT(document + "/reach")
                                .withEntity(ContentTypes.TEXT_PLAIN_UTF8, "commons"),
                        HttpRequest.DELETE("/tokens/3f2a90c41b7e"),
                        issue("{\"label\":\"phone\",\"scopes\":[\"admin\"]}"))) {
            HttpResponse refused = as(OPERATOR, request);
            assertEquals(409, refused.status().intValue(), request.toString());
            JsonNode problem = JSON.readTree(body(refused));
            String detail = problem.path("detail").asText();
            assertTrue(detail.contains("is an observer"), detail);
            assertTrue(detail.contains(attic + " on 192.168.1.5, " + cellar + "."), detail);
            assertEquals("192.168.1.5", problem.path("full_nodes").path(0).path("host").asText());
        }
        assertEquals(200, as(OPERATOR, HttpRequest.GET("/tokens")).status().intValue());
        assertEquals(404, as(OPERATOR, HttpRequest.GET(document + "/status")).status().intValue());
        assertEquals(401, answer(HttpRequest.DELETE(document)).status().intValue());
    }

    @Test
    void aDocumentThatIsNotHereYetIsToldOfByWhoeverHasIt() throws Exception {
        byte[] ofNoOtherTest = new byte[DocumentId.SIZE_BYTES];
        ofNoOtherTest[0] = 1;
        var document = DocumentId.ofRandom(ofNoOtherTest);
        String path = "/documents/" + document + "/status";
        assertEquals(404, as(OPERATOR, HttpRequest.GET(path)).status().intValue());
        var cellar = NodeKey.generate().id();
        unheard.set(List.of(cellar));
        HttpResponse doubtful = as(OPERATOR, HttpRequest.GET(path));
        assertEquals(404, doubtful.status().intValue());
        String words = body(doubtful);
        assertTrue(words.contains(cellar.toString()), words);

        elsewhere.set(
                id ->
                        Optional.of(
                                new DocumentReplica.Answer.Held(
                                        "attic",
                                        1,
                                        "local",
                                        "ana",
                                        false,
                                        List.of("aa"),
                                        1,
                                        10,
                                        0,
                                        false,
                                        0,
                                        0,
                                        0)));
        HttpResponse found = as(OPERATOR, HttpRequest.GET(path));
        assertEquals(200, found.status().intValue());
        JsonNode shown = JSON.readTree(body(found));
        assertEquals("attic", shown.path("held_by").asText());
        assertFalse(shown.path("here").asBoolean(true));
    }

    @Test
    @DisplayName("R-17: the family's ledger is no document for anybody who asks over HTTP")
    void theLedgerIsNoDocument() throws Exception {
        String path = "/documents/" + DocumentId.LEDGER;
        for (HttpRequest request :
                List.of(
                        HttpRequest.GET(path + "/status"),
                        HttpRequest.POST(path + "/restore"),
                        HttpRequest.PUT(path + "/reach").withEntity("commons"),
                        HttpRequest.DELETE(path))) {
            assertEquals(404, as(OPERATOR, request).status().intValue(), request.toString());
        }
    }
}
