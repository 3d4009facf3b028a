package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.sync.SiblingStatus;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

class SyncReportTest {
    private static final NodeId SELF = node("aa");
    private static final NodeId CELLAR = node("bb");
    private static final Address DOOR = new Address("cellar", 4002);

    @Test
    void aNodeAloneSaysThatEverythingIsOnItOnly() {
        Map<String, Object> status = report(10, 25, List.of(), List.of()).status();
        assertEquals(false, status.get("safe"));
        assertEquals(25L, status.get("changes_on_one_node_only"));
        assertTrue(String.valueOf(status.get("sentence")).contains("on this node only"));
        assertFalse(status.containsKey("catching_up"));
    }

    @Test
    void aNewcomerTellsHowMuchIsToComeAndWhen() {
        var standing = new SyncMessage.Standing(1_000, 700, 5_000, true);
        SiblingStatus cellar = sibling(List.of(), 0, Optional.of(standing));
        Map<String, Object> status = report(250, 0, found(), List.of(cellar)).status();

        assertEquals(false, status.get("in_sync"));
        var progress = (Map<?, ?>) Objects.requireNonNull(status.get("catching_up"));
        assertEquals(25L, progress.get("percent"));
        assertEquals(1_000L, progress.get("documents_in_all"));
        assertEquals(700L, progress.get("changes_to_come"));
        assertEquals(3L, progress.get("eta_seconds"));
        Map<String, Object> peer = report(250, 0, found(), List.of(cellar)).peers().getFirst();
        assertEquals("sends what this node lacks: 700 entries", peer.get("why_not_in_sync"));
        assertEquals(Map.of("changes", 700L, "seconds", 5.0), peer.get("we_lack"));
        assertEquals(0.5, peer.get("last_contact_seconds"));
    }

    @Test
    void inSyncEverythingIsSafe() {
        var standing = new SyncMessage.Standing(250, 0, 0, true);
        SiblingStatus cellar = sibling(List.of(), 0, Optional.of(standing));
        SyncReport report = report(250, 0, found(), List.of(cellar));

        assertTrue(
                String.valueOf(report.status().get("sentence")).startsWith("everything is safe"));
        assertEquals(1, report.peers().size());
        assertEquals(true, report.peers().getFirst().get("in_sync"));
        assertFalse(report.status().containsKey("catching_up"));
    }

    @Test
    void anObserverMakesNothingSafe() {
        SiblingStatus observer =
                sibling(
                        List.of(Part.parse("reach:commons")),
                        0,
                        Optional.of(new SyncMessage.Standing(3, 0, 0, true)));
        SyncReport report = report(250, 9, List.of(), List.of(observer));

        assertTrue(String.valueOf(report.status().get("sentence")).contains("no other full node"));
        assertEquals("observer", report.peers().getFirst().get("role"));
        assertEquals(List.of("reach:commons"), report.peers().getFirst().get("observes"));
    }

    private static List<Acquaintances.Found> found() {
        return List.of(new Acquaintances.Found(DOOR, Optional.of(CELLAR), true, ""));
    }

    private static SyncReport report(
            long documents,
            long onOneNodeOnly,
            List<Acquaintances.Found> found,
            List<SiblingStatus> siblings) {
        return new SyncReport(
                SELF, "full", false, documents, 1, onOneNodeOnly, found, siblings, 1_500);
    }

    private static SiblingStatus sibling(
            List<Part> part, long lacks, Optional<SyncMessage.Standing> theirs) {
        return new SiblingStatus(
                CELLAR,
                part,
                true,
                500,
                1_000,
                0,
                "",
                new SiblingStatus.Behind(lacks, 0),
                false,
                theirs,
                OptionalLong.of(2_500),
                0,
                0);
    }

    private static NodeId node(String byteHex) {
        return new NodeId(Bytes.parseHex(byteHex.repeat(32)));
    }
}
