package org.elohim.protocol.family;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What a member of a cluster has heard of the others, as [FamilyWorld] models it.
record Gossip(Set<Member> members, Set<Member> removed, Map<Member, Sight> sights) {
    Gossip() {
        this(new HashSet<>(), new HashSet<>(), new HashMap<>());
    }

    /// One process of a node in one cluster.
    record Member(int number, int life) {
        boolean isBefore(Member other) {
            return number == other.number && life < other.life;
        }
    }

    /// Whom a member does not hear.
    record Sight(long version, Set<Member> unheard) {}

    void hear(Gossip other) {
        removed.addAll(other.removed);
        members.addAll(other.members);
        // A node that comes back takes the place of what it was before.
        for (Member member : members) {
            if (members.stream().anyMatch(member::isBefore)) {
                removed.add(member);
            }
        }
        members.removeAll(removed);
        other.sights.forEach(
                (member, sight) ->
                        sights.merge(member, sight, (a, b) -> a.version() >= b.version() ? a : b));
    }
}
