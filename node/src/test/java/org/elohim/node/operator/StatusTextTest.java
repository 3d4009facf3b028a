package org.elohim.node.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.node.api.Health;
import org.junit.jupiter.api.Test;

import java.util.Locale;

class StatusTextTest {
    @Test
    void aFamilyIsToldInAPersonsWords() throws Exception {
        String told =
                StatusText.of(
                        new JsonMapper()
                                .readTree(
                                        """
                                        {"status": "ready", "sentence": "ready",
                                         "node": {"node": "attic", "version": "1.2.3", "uptime_seconds": 11520.5,
                                          "devices_connected": 2, "data": "/srv/elohim",
                                          "disk": {"free_bytes": 12300000000, "total_bytes": 999000000}},
                                         "cluster": {"node": "attic", "leader": "attic", "term": 7, "members": [
                                          {"node": "attic", "role": "primary", "reach": "reachable"},
                                          {"node": "cellar", "role": "replica", "reach": "lost", "since_seconds": 200},
                                          {"node": "shed", "role": "observer", "reach": "through_others", "since_seconds": 7}]},
                                         "sync": {"documents": 10, "sentence": "1 change is on fewer nodes than are wanted",
                                          "catching_up": {"percent": 50, "sentence": "holds 10 of 20 documents",
                                           "eta_seconds": 12},
                                          "peers": [
                                           {"node": "cellar", "in_sync": false, "why_not_in_sync": "has not been connected for 3 s",
                                            "lacks": {"changes": 1, "seconds": 200.0},
                                            "we_lack": {"changes": 4, "seconds": 9.0}, "last_contact_seconds": 201.0},
                                           {"node": "shed", "in_sync": true, "lacks": {"changes": 0, "seconds": 0},
                                            "last_contact_seconds": 0.4},
                                           {"address": "10.0.0.9:4002", "in_sync": false, "trouble": "it answers 404"}]}}
                                        """));

        assertEquals(
                """
                node      attic
                state     ready
                version   1.2.3, up for 3 h 12 min
                data      /srv/elohim, 12.3 GB of 999 MB free
                devices   2 connected
                documents 10; 1 change is on fewer nodes than are wanted
                joining   50 %: holds 10 of 20 documents, done in about 12 s
                family    4 nodes, led by attic in term 7 (this node)
                  attic
                    this node, primary
                  cellar
                    replica, out of reach for 3 min, not in sync: has not been connected for 3 s; lacks 1 change, the oldest for 3 min; has for us 4 changes, the oldest for 9 s; heard of 3 min ago
                  shed
                    observer, reached through others only for 7 s, in sync; heard of 0 s ago
                  10.0.0.9:4002
                    not met yet, it answers 404
                """,
                told);
    }

    @Test
    void aNodeThatIsAloneHasNoTable() throws Exception {
        assertEquals(
                """
                node      attic
                state     not ready: it is still starting; look again in a moment
                version   1.2.3, up for 0 s
                data      /srv/elohim
                devices   0 connected
                family    this node alone
                """,
                StatusText.of(
                        new JsonMapper()
                                .readTree(
                                        """
                                        {"sentence": "not ready: it is still starting; look again in a moment",
                                         "node": {"node": "attic", "version": "1.2.3", "data": "/srv/elohim"},
                                         "cluster": {"node": "attic", "members": [{"node": "attic"}]}}
                                        """)));
    }

    @Test
    void whateverANodeSaysOfItselfHasASentence() {
        for (Health.Readiness each : Health.Readiness.values()) {
            String status = each.name().toLowerCase(Locale.ROOT);
            assertFalse(
                    StatusText.sentence(status).equals("not ready: " + status),
                    () -> "no words for " + status);
        }
    }
}
