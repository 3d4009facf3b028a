package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/// Apps of automerge-repo, unmodified as npm has them, each at another node of one family.
@Tag("tools")
class FamilyAppsIT extends NodesOfFamilies {
    @Test
    void appsAtTwoNodesEditOneDocumentHearEachOtherAndLearnWhatEachHasStored() throws Exception {
        try (var apps = RepoApps.start(scratch);
                var attic = node("attic", OURS, "");
                var cellar = node("cellar", OURS, door(attic))) {
            // What is only said goes to members alone.
            NodeProcess.await(
                    "the family", () -> areBothUp(attic, "attic") && areBothUp(cellar, "cellar"));
            apps.order("begin", "ana", address(attic, "attic"), Map.of("gossip", true));
            Map<String, Object> keeping =
                    Map.of("gossip", true, "directory", scratch.resolve("ben").toString());
            // A storage that is new may be given two ids at once; the second time it has one.
            apps.order("begin", "ben", address(cellar, "cellar"), keeping);
            apps.order("storageId", "ben");
            apps.order("end", "ben");
            apps.order("begin", "ben", address(cellar, "cellar"), keeping);
            String ofBen = apps.order("storageId", "ben").asText();
            apps.order("subscribe", "ana", List.of(ofBen));

            String id = apps.order("create", "ana", Map.of("title", "of ana")).asText();
            NodeProcess.await(
                    "the document at the other node",
                    () -> apps.order("find", "ben", id).asBoolean());
            apps.order("set", "ben", id, "answer", "of ben");
            NodeProcess.await(
                    "both to have the same",
                    () -> heads(apps, "ana", id).equals(heads(apps, "ben", id)));
            NodeProcess.await(
                    "what ben has stored",
                    () -> heads(apps, "ana", id).equals(apps.texts("headsOf", "ana", id, ofBen)));

            List<String> said = List.of("first", "second", "third");
            said.forEach(words -> apps.order("say", "ana", id, words));
            NodeProcess.await(
                    "what was said last",
                    () -> apps.texts("heard", "ben", id).contains(said.getLast()));
            assertEquals(said, apps.texts("heard", "ben", id));
            assertEquals(List.of(), apps.texts("heard", "ana", id));
        }
    }

    private boolean areBothUp(NodeProcess node, String name) {
        return get(node, name, "/cluster/members").split("\"status\":\"up\"", -1).length == 3;
    }

    private String address(NodeProcess node, String name) {
        return node.url().replaceFirst("^http", "ws") + "/automerge?token=" + operator(name);
    }

    private static List<String> heads(RepoApps apps, String name, String id) {
        return RepoApps.texts(apps.order("read", name, id).path("heads"));
    }
}
