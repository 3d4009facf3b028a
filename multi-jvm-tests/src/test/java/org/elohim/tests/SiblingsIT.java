package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.util.regex.Pattern;

/// Two nodes of one family, each in a process of its own, with a device at each.
class SiblingsIT extends NodesOfFamilies {
    private static final String THEIRS = "a family key of theirs";

    @Test
    void whatOneNodeTakesTheOtherHasAndTellsItsDevices() throws Exception {
        DocumentId document = NodeAndDevices.document();
        try (var attic = node("attic", OURS, "");
                var cellar = node("cellar", OURS, door(attic));
                var phone = new MemoryDevice();
                var laptop = new MemoryDevice()) {
            phone.connect(attic.url(), operator("attic"));
            laptop.connect(cellar.url(), operator("cellar"));
            phone.edit(document, 100);
            NodeProcess.await("the laptop", () -> NodeAndDevices.same(phone, laptop, document));
            laptop.edit(document, 100);
            NodeProcess.await("the phone", () -> NodeAndDevices.same(phone, laptop, document));

            changeReach(attic, "attic", document, "commons");
            NodeProcess.await(
                    "the reach", () -> reach(cellar, "cellar", document).equals("commons"));
            changeReach(cellar, "cellar", document, "invited");
            NodeProcess.await("the reach", () -> reach(attic, "attic", document).equals("invited"));
            assertEquals(
                    withoutTimes(status(attic, "attic", document)),
                    withoutTimes(status(cellar, "cellar", document)));

            send(cellar, "cellar", "/documents/" + document, "DELETE", "");
            NodeProcess.await(
                    "the deletion",
                    () -> status(attic, "attic", document).contains("\"deleted\":true"));
        }
    }

    /// Also without being told again where the other is.
    @Test
    void whoWasAwayGetsWhatItMissed() throws Exception {
        DocumentId document = NodeAndDevices.document();
        try (var attic = node("attic", OURS, "");
                var phone = new MemoryDevice()) {
            ContentHash first;
            try (var cellar = node("cellar", OURS, door(attic))) {
                phone.connect(attic.url(), operator("attic"));
                first = phone.edit(document, 100);
                awaitOnNode(cellar, "cellar", document, first);
                cellar.signal("KILL");
                cellar.awaitExit();
            }
            ContentHash second = phone.edit(document, 100);
            ContentHash of = phone.edit(NodeAndDevices.document(), 100);
            NodeProcess.await(
                    "the attic",
                    () -> phone.acknowledged.contains(second) && phone.acknowledged.contains(of));
            try (var cellar = node("cellar", OURS, "")) {
                awaitOnNode(cellar, "cellar", document, second);
            }
        }
    }

    @Test
    void whoHasAnotherKeyIsNotFamilyAndIsToldSo() throws Exception {
        DocumentId document = NodeAndDevices.document();
        try (var attic = node("attic", OURS, "");
                var stranger = node("stranger", THEIRS, door(attic));
                var phone = new MemoryDevice()) {
            phone.connect(attic.url(), operator("attic"));
            phone.edit(document, 100);
            NodeProcess.await("the attic", () -> phone.unacknowledged() == 0);
            NodeProcess.await(
                    "the reason",
                    () -> peers(stranger, "stranger").contains("has another family key"));
            assertTrue(peers(stranger, "stranger").contains("\"connected\":false"));
            assertEquals(404, statusCode(stranger, "stranger", document));
            assertEquals(200, attic.get("/health").statusCode());
        }
    }

    private void awaitOnNode(NodeProcess node, String name, DocumentId document, ContentHash change)
            throws Exception {
        try (var newcomer = new MemoryDevice()) {
            newcomer.connect(node.url(), operator(name));
            NodeProcess.await("a change at " + name, () -> newcomer.has(document, change));
        }
    }

    private void changeReach(NodeProcess node, String name, DocumentId document, String reach) {
        send(node, name, "/documents/" + document + "/reach", "PUT", reach);
    }

    private String reach(NodeProcess node, String name, DocumentId document) {
        return NodeAndDevices.first(
                Pattern.compile("\"reach\":\"([a-z]+)\""), status(node, name, document));
    }

    private String status(NodeProcess node, String name, DocumentId document) {
        return get(node, name, "/documents/" + document + "/status");
    }

    // Each node's own.
    private static String withoutTimes(String status) {
        return status.replaceAll(",\"(created|updated)_at\":\"[^\"]*\"", "");
    }

    private int statusCode(NodeProcess node, String name, DocumentId document) {
        return send(node, name, "/documents/" + document + "/status", "GET", "").statusCode();
    }
}
