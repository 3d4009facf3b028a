package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Tokens of a family: made at one node, shown at another, revoked at a third place and time.
class LedgerIT {
    private static final Pattern DOOR = Pattern.compile("its door at port (\\d+)");
    private static final SyncMessage REVOKED = new SyncMessage.Failure("the token was revoked");

    private static final Pattern REGISTERED =
            Pattern.compile("\"registered_by\":\"12D3\\w+\",\"registered_in_term\":\\d+");

    @TempDir Path scratch;

    private record Made(String text, String id) {}

    @Test
    @DisplayName(
            "R-03: a token holds on every node; revoked anywhere, it ends its connections"
                    + " everywhere")
    void aTokenHoldsOnEveryNodeOfTheFamilyUntilItIsRevoked() throws Exception {
        Made phones;
        try (var cellar = node("cellar", "")) {
            // Each of the two is alone.
            phones = made(cellar, "cellar", "phone");
        }
        try (var attic = node("attic", "")) {
            Made laptops = made(attic, "attic", "laptop");
            assertFalse(tokens(attic, "attic").contains(phones.id()));
            Made tablets;
            try (var cellar = node("cellar", door(attic))) {
                awaitToken(attic, "attic", phones);
                awaitToken(cellar, "cellar", laptops);
                assertEquals(tokens(attic, "attic"), tokens(cellar, "cellar"));

                try (var phone = new MemoryDevice()) {
                    phone.connect(attic.url(), phones.text());
                    phone.edit(NodeAndDevices.document(), 100);
                    NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
                    NodeProcess.await(
                            "the device at the other node",
                            () -> devices(cellar, "cellar").contains(phone.id.toString()));
                    NodeProcess.await(
                            "its registration by the one leader",
                            () ->
                                    !registeredBy(attic, "attic").isEmpty()
                                            && registeredBy(attic, "attic")
                                                    .equals(registeredBy(cellar, "cellar")));
                    assertEquals("", phone.closed.get());

                    revoke(cellar, "cellar", phones);
                    NodeProcess.await("the end", () -> !phone.closed.get().isEmpty());
                    NodeProcess.await("the reason", () -> phone.heard.contains(REVOKED));
                    assertEquals(401, knock(attic, phones));
                }
                tablets = made(cellar, "cellar", "tablet");
                awaitToken(attic, "attic", tablets);
                cellar.signal("KILL");
                cellar.awaitExit();
            }
            // Cut off: the cellar does not hear of it.
            revoke(attic, "attic", tablets);
            Made watches = made(attic, "attic", "watch");
            try (var cellar = node("cellar", "");
                    var watch = new MemoryDevice()) {
                NodeProcess.await("the revocation", () -> knock(cellar, tablets) == 401);
                awaitToken(cellar, "cellar", watches);
                watch.connect(cellar.url(), watches.text());
                watch.edit(NodeAndDevices.document(), 100);
                NodeProcess.await("the cellar", () -> watch.unacknowledged() == 0);

                assertEquals(401, knock(cellar, phones));
                assertEquals(tokens(attic, "attic"), tokens(cellar, "cellar"));
                assertEquals(404, ledger(cellar, "cellar"));
            }
        }
    }

    private NodeProcess node(String name, String siblings) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("ELOHIM_CLUSTER_KEY", "a family key of ours");
        environment.put("ELOHIM_CLUSTER_LISTEN", "127.0.0.1");
        environment.put("ELOHIM_CLUSTER_PORT", "0");
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", "0");
        if (!siblings.isEmpty()) {
            environment.put("ELOHIM_CLUSTER_ADDRESSES", siblings);
        }
        return NodeProcess.start(
                        scratch,
                        environment,
                        NodeProcess.command(
                                "--data-dir", scratch.resolve(name).toString(), "--http-port", "0"))
                .awaitReady();
    }

    private static String door(NodeProcess node) {
        return "127.0.0.1:" + NodeAndDevices.first(DOOR, node.output());
    }

    private Made made(NodeProcess node, String name, String label) {
        String answer =
                send(
                                node,
                                name,
                                "/tokens",
                                "POST",
                                "{\"label\":\"%s\",\"scopes\":[\"write:reach:private\"]}"
                                        .formatted(label))
                        .body();
        return new Made(
                NodeAndDevices.first(NodeAndDevices.TOKEN, answer),
                NodeAndDevices.first(NodeAndDevices.TOKEN_ID, answer));
    }

    private void revoke(NodeProcess node, String name, Made token) {
        assertEquals(200, send(node, name, "/tokens/" + token.id(), "DELETE", "").statusCode());
    }

    private void awaitToken(NodeProcess node, String name, Made token) {
        NodeProcess.await(
                "token " + token.id() + " at " + name,
                () -> tokens(node, name).contains(token.id()));
    }

    private String tokens(NodeProcess node, String name) {
        return send(node, name, "/tokens", "GET", "").body();
    }

    private String devices(NodeProcess node, String name) {
        return send(node, name, "/devices", "GET", "").body();
    }

    /// Of the only device: in which term, and by whom.
    private String registeredBy(NodeProcess node, String name) {
        Matcher registered = REGISTERED.matcher(devices(node, name));
        return registered.find() ? registered.group() : "";
    }

    private int ledger(NodeProcess node, String name) {
        String path = "/documents/" + DocumentId.LEDGER + "/status";
        return send(node, name, path, "GET", "").statusCode();
    }

    /// What somebody with this token is answered: that it may not administer, where it is in force.
    private static int knock(NodeProcess node, Made token) {
        int answer = node.get("/tokens?token=" + token.text()).statusCode();
        assertTrue(answer == 401 || answer == 403, "answer " + answer);
        return answer;
    }

    private HttpResponse<String> send(
            NodeProcess node, String name, String path, String method, String body) {
        try {
            String operator =
                    Files.readString(scratch.resolve(name).resolve("admin.token")).strip();
            return node.send(
                    HttpRequest.newBuilder(URI.create(node.url() + path))
                            .header("Authorization", "Bearer " + operator)
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build());
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
