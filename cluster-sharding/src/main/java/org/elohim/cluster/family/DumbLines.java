package org.elohim.cluster.family;

import akka.actor.Address;

import org.elohim.protocol.family.Account;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Finds lines that stay dumb though their other end can be reached, and hangs them up.
///
/// Invariants: one that has had time to connect anew is hung up, a younger one is not.
final class DumbLines {
    // It takes several heartbeats until somebody is not seen: a hiccup does not come so far.
    private static final long CALL_MILLIS = 8_000;

    private final Optional<FamilyLines> lines;
    private final Map<String, Long> hungUp = new HashMap<>();

    DumbLines(Optional<FamilyLines> lines) {
        this.lines = lines;
    }

    /// The other has answered at its door. Says whose lines were hung up.
    Optional<Address> answered(ClusterSight sight, Account other, long nowMillis) {
        ClusterSight.Seen seen = sight.members().get(other.node());
        if (seen == null
                || !seen.name().equals(other.process())
                || !sight.blindHere().contains(seen.process())) {
            hungUp.remove(other.process());
            return Optional.empty();
        }
        long before = hungUp.getOrDefault(other.process(), nowMillis - CALL_MILLIS);
        if (nowMillis - before < CALL_MILLIS) {
            return Optional.empty();
        }
        hungUp.put(other.process(), nowMillis);
        Address address = seen.process().address();
        int ended = lines.map(each -> each.hangUp(address.host().get(), port(address))).orElse(0);
        return ended > 0 ? Optional.of(address) : Optional.empty();
    }

    private static int port(Address address) {
        return (Integer) address.port().get();
    }
}
