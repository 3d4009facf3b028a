package org.elohim.cluster.family;

import akka.cluster.UniqueAddress;

import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Membership;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;

/// Puts into words how the family stands, and remembers since when.
final class Standings {
    private record Since(Standing.Reach reach, long millis) {}

    private final NodeId self;
    private final UniqueAddress process;
    private final Map<String, Since> since = new HashMap<>();
    private final Map<NodeId, Address> doors = new HashMap<>();
    private Standing now;

    Standings(NodeId self, UniqueAddress process) {
        this.self = self;
        this.process = process;
        this.now = alone(Optional.empty(), Optional.empty());
    }

    Standing now() {
        return now;
    }

    /// Where the door of a member is.
    void isAt(NodeId node, Address door) {
        doors.put(node, door);
    }

    /// Says whether anything has changed.
    boolean see(ClusterSight sight, Optional<Term> acting, Optional<Term> highest, long nowMillis) {
        Standing before = now;
        now =
                sight.membership()
                        .map(membership -> of(membership, sight, acting, highest, nowMillis))
                        .orElseGet(() -> alone(acting, highest));
        return !now.equals(before);
    }

    private Standing alone(Optional<Term> acting, Optional<Term> highest) {
        var account =
                new Account(self, ClusterSight.name(process), Set.of(), Set.of(), Optional.empty());
        return new Standing(account, process.address().toString(), acting, highest, List.of());
    }

    private Standing of(
            Membership membership,
            ClusterSight sight,
            Optional<Term> acting,
            Optional<Term> highest,
            long nowMillis) {
        SortedSet<NodeId> reachable = membership.reachable();
        SortedSet<NodeId> throughOthers = membership.reachableThroughOthers();
        List<Standing.Member> members = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<String> reached = new HashSet<>();
        for (var member : new TreeMap<>(sight.members()).entrySet()) {
            NodeId id = member.getKey();
            ClusterSight.Seen seen = member.getValue();
            names.add(seen.name());
            if (reachable.contains(id)) {
                reached.add(seen.name());
            }
            Standing.Reach reach =
                    throughOthers.contains(id)
                            ? Standing.Reach.THROUGH_OTHERS
                            : reachable.contains(id)
                                    ? Standing.Reach.REACHABLE
                                    : Standing.Reach.LOST;
            members.add(
                    new Standing.Member(
                            id,
                            seen.name(),
                            seen.process().address().toString(),
                            Optional.ofNullable(doors.get(id)),
                            seen.part(),
                            seen.status().toString().toLowerCase(Locale.ROOT),
                            reach,
                            since(seen.name(), reach, nowMillis)));
        }
        since.keySet().retainAll(names);
        doors.keySet().retainAll(sight.members().keySet());
        var account =
                new Account(self, ClusterSight.name(process), names, reached, membership.leader());
        return new Standing(account, process.address().toString(), acting, highest, members);
    }

    private long since(String name, Standing.Reach reach, long nowMillis) {
        Since before = since.get(name);
        if (before == null || before.reach() != reach) {
            since.put(name, new Since(reach, nowMillis));
            return nowMillis;
        }
        return before.millis();
    }
}
