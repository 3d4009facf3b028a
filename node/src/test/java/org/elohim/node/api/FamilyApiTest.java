package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;

import org.elohim.cluster.family.Removal;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.List;

/// What is asked of a family over HTTP.
class FamilyApiTest extends ServedRoutes {
    @Test
    void theFamilyIsLeftByAnOrderAndWhyItTakesTimeIsToldInWords() throws Exception {
        assertEquals(401, answer(HttpRequest.POST("/cluster/leave")).status().intValue());
        HttpResponse ordered = as(OPERATOR, HttpRequest.POST("/cluster/leave"));
        assertEquals(202, ordered.status().intValue());
        String told = body(as(OPERATOR, HttpRequest.GET("/cluster/leave")));
        assertEquals("waiting", JSON.readTree(told).path("state").asText());
        assertTrue(told.contains("once 2 other full nodes hold everything; 1 of them does now"));

        HttpResponse late = as(OPERATOR, HttpRequest.DELETE("/cluster/leave"));
        assertEquals(409, late.status().intValue());
        assertTrue(body(late).contains("It has left."));
    }

    @Test
    void aNodeThatLeavesTakesNoEditsAndIsLookedAtAllTheSame() throws Exception {
        intake.close("this node leaves its family");
        for (HttpRequest edit :
                List.of(
                        issue("{\"label\":\"x\",\"scopes\":[\"admin\"]}"),
                        HttpRequest.DELETE("/tokens/3f2a90c41b7e"),
                        HttpRequest.PUT("/documents/" + DOCUMENT + "/reach").withEntity("commons"),
                        HttpRequest.DELETE("/documents/" + DOCUMENT),
                        HttpRequest.GET("/device"))) {
            HttpResponse refused = as(OPERATOR, edit);
            assertEquals(503, refused.status().intValue(), edit.toString());
            assertTrue(refused.getHeader("Retry-After").isPresent());
            assertTrue(body(refused).contains("This node leaves its family."));
        }
        assertEquals(200, as(OPERATOR, HttpRequest.GET("/tokens")).status().intValue());
        assertTrue(intake.isStill());

        intake.reopen();
        assertFalse(issued("admin").isEmpty());
        intake.close("again");
        assertTrue(intake.isStill(), "whatever was answered is counted no longer");
    }

    @Test
    void aDeadBladeIsRemovedAndALivingOneIsNot() throws Exception {
        NodeId gone = NodeKey.generate().id();
        String order = "{\"node\":\"" + gone + "\"}";
        assertEquals(401, answer(HttpRequest.POST("/cluster/remove")).status().intValue());
        assertEquals(400, removed("{\"node\":\"nobody\"}").status().intValue());
        assertEquals(400, removed("nobody").status().intValue());
        assertEquals(List.of(), removed);

        assertEquals(200, removed(order).status().intValue());
        removal.set(Removal.ALIVE);
        HttpResponse alive = removed(order);
        assertEquals(409, alive.status().intValue());
        assertTrue(body(alive).contains("Switch it off first"));
        removal.set(Removal.NOT_WRITTEN);
        HttpResponse notWritten = removed(order);
        assertEquals(503, notWritten.status().intValue());
        assertTrue(notWritten.getHeader("Retry-After").isPresent());
        assertTrue(body(notWritten).contains("remove the node once more"));
        removal.set(Removal.ITSELF);
        assertEquals(409, removed(order.replace("}", ",\"even_alive\":true}")).status().intValue());
        assertEquals(List.of("" + gone, "" + gone, "" + gone, gone + " even alive"), removed);
    }

    private HttpResponse removed(String order) throws Exception {
        return as(
                OPERATOR,
                HttpRequest.POST("/cluster/remove")
                        .withEntity(ContentTypes.APPLICATION_JSON, order));
    }

    @Test
    void devicesAreShownToWhoeverMayAdministerWithWhoHasRegisteredThem() throws Exception {
        assertEquals(401, get("/devices").status().intValue());

        String shown = body(as(OPERATOR, HttpRequest.GET("/devices")));

        assertEquals(
                ("{\"devices\":[{\"id\":\"%s\",\"label\":\"phone\",\"first_seen_by\":\"%s\","
                                + "\"registered\":true,\"registered_by\":\"%s\","
                                + "\"registered_in_term\":7,"
                                + "\"registered_at\":\"1970-01-01T00:00:00Z\","
                                + "\"last_seen_here\":\"1970-01-01T00:00:00Z\"}],"
                                + "\"nodes_that_count\":2,\"changes_passed_over\":0}")
                        .formatted(DEVICE, NODE, NODE),
                shown);
    }

    @Test
    void whoSearchesForTheFamilyHearsOfTheAddressesOfACode() throws Exception {
        var attic = new Address("192.168.1.9", 4002);
        String code = new JoinCode(FamilyKey.of("a family key of ours"), List.of(attic)).text();
        assertEquals(200, as(OPERATOR, join(code)).status().intValue());
        assertEquals(List.of(attic), places);
        HttpResponse again = as(OPERATOR, join(code));
        assertTrue(body(again).contains("before"), "belongs to it already");
        assertEquals(List.of(attic, attic), places);
        assertFalse(Files.exists(directory.resolve("siblings")), "it is whose file that is");
    }

    private static HttpRequest join(String code) {
        return HttpRequest.POST("/cluster/join")
                .withEntity(ContentTypes.APPLICATION_JSON, "{\"code\":\"" + code + "\"}");
    }

    @Test
    void aFamilyIsBegunOnceAndItsCodeIsForTheOperatorAlone() throws Exception {
        assertEquals(401, answer(HttpRequest.POST("/family/create")).status().intValue());
        assertEquals(409, as(OPERATOR, HttpRequest.GET("/family/code")).status().intValue());
        HttpResponse made = as(OPERATOR, HttpRequest.POST("/family/create"));
        assertEquals(200, made.status().intValue());
        assertEquals(1, restarts.size());
        String code = JSON.readTree(body(made)).path("code").asText();
        assertEquals(List.of(new Address("192.168.1.7", 4002)), JoinCode.parse(code).addresses());
        assertEquals(409, as(OPERATOR, HttpRequest.POST("/family/create")).status().intValue());
        assertTrue(body(as(OPERATOR, HttpRequest.GET("/family/code"))).contains(code));
        String reader = issued("read:reach:commons");
        assertEquals(403, as(reader, HttpRequest.GET("/family/code")).status().intValue());
        assertTrue(body(as(OPERATOR, join(code))).contains("\"joined\":\"before\""));
        assertEquals(1, restarts.size());
    }

    @Test
    void aCodeMakesARunningNodeFamily() throws Exception {
        assertEquals(400, as(OPERATOR, join("ELOHIM-1")).status().intValue());
        var code = new JoinCode(FamilyKey.of("a family key of ours"), List.of());
        assertTrue(body(as(OPERATOR, join(code.text()))).contains("\"joined\":\"now\""));
        assertEquals(1, restarts.size());
        var other = new JoinCode(FamilyKey.of("a family key of theirs"), List.of());
        HttpResponse refused = as(OPERATOR, join(other.text()));
        assertEquals(409, refused.status().intValue());
        assertTrue(body(refused).contains("another family"));
    }
}
