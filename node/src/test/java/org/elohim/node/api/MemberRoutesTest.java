package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.cluster.family.Standing;
import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class MemberRoutesTest {
    @Test
    void eachMemberIsShownWithItsRoleAndItsReach() {
        NodeId leader = NodeKey.generate().id();
        NodeId replica = NodeKey.generate().id();
        NodeId observer = NodeKey.generate().id();
        var standing =
                new Standing(
                        new Account(
                                replica,
                                "b",
                                Set.of("a", "b", "c"),
                                Set.of("a", "b"),
                                Optional.of(leader)),
                        "akka://b",
                        Optional.empty(),
                        Optional.of(new Term(3, leader)),
                        List.of(
                                member(leader, "a", Part.FULL, Standing.Reach.THROUGH_OTHERS),
                                member(replica, "b", Part.FULL, Standing.Reach.REACHABLE),
                                member(observer, "c", Part.OBSERVER, Standing.Reach.LOST)));

        Map<String, Object> shown = MemberRoutes.shown(standing, 61_500);

        assertEquals(3L, shown.get("term"));
        assertEquals(leader.toString(), shown.get("leader"));
        assertEquals(false, shown.get("acting"));
        assertEquals(
                List.of(
                        shown(leader, "a", "primary", "through_others"),
                        shown(replica, "b", "replica", "reachable"),
                        shown(observer, "c", "observer", "lost")),
                shown.get("members"));
    }

    private static Standing.Member member(
            NodeId node, String process, Part part, Standing.Reach reach) {
        return new Standing.Member(
                node,
                process,
                "akka://" + process,
                Optional.of(new Address(process, 4002)),
                part,
                "up",
                reach,
                1_000);
    }

    private static Map<String, Object> shown(
            NodeId node, String process, String role, String reach) {
        return Map.of(
                "node",
                node.toString(),
                "role",
                role,
                "status",
                "up",
                "reach",
                reach,
                "since_seconds",
                60L,
                "address",
                process + ":4002",
                "actors",
                "akka://" + process);
    }
}
