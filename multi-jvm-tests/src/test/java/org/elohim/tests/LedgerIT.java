package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Tokens of a family: made at one node, shown at another, revoked at a third place and time.
class LedgerIT extends NodesOfFamilies {
    private static final SyncMessage REVOKED = new SyncMessage.Failure("the token was revoked");

    private static final Pattern REGISTERED =
            Pattern.compile("\"registered_by\":\"12D3\\w+\",\"registered_in_term\":\\d+");

    private record Made(String text, String id) {}

    @Test
    @DisplayName(
            "R-03: a token holds on every node; revoked anywhere, it ends its connections"
                    + " everywhere")
    void aTokenHoldsOnEveryNodeOfTheFamilyUntilItIsRevoked() throws Exception {
        Made phones;
        try (var cellar = node("cellar", OURS, "")) {
            // Each of the two is alone.
            phones = made(cellar, "cellar", "phone");
        }
        try (var attic = node("attic", OURS, "")) {
            Made laptops = made(attic, "attic", "laptop");
            assertFalse(tokens(attic, "attic").contains(phones.id()));
            Made tablets;
            try (var cellar = node("cellar", OURS, door(attic))) {
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
            try (var cellar = node("cellar", OURS, "");
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
        return get(node, name, "/tokens");
    }

    private String devices(NodeProcess node, String name) {
        return get(node, name, "/devices");
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
}
