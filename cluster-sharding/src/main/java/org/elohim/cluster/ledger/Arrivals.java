package org.elohim.cluster.ledger;

import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.ledger.LedgerEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Devices that have come to this node, and which of them the family has to be told of.
///
/// Invariants: what is told is for ever, so whoever makes keys without end is told of only so
/// often; of the operator's token nothing is told, it may be a word that somebody could guess.
final class Arrivals {
    static final int DEVICES_MAX = 10_000;
    // A token is meant for one device, or for the few of one person.
    static final int DEVICES_PER_TOKEN_MAX = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);
    private static final int LAST_SEEN_MAX = 10_000;
    // Until the ledger takes them; a device that is dropped here is told of when it comes again.
    private static final int WAITING_MAX = 1_000;
    private static final String OPERATOR = "the operator";

    private final Map<NodeId, Arrival> waiting = new LinkedHashMap<>();
    // In the order of the last time.
    private final Map<NodeId, Instant> lastSeen = new LinkedHashMap<>(16, 0.75f, true);
    private boolean warned;

    private record Arrival(ContentHash token, Instant at) {}

    /// A device has come; says whether that is news for the family.
    ///
    /// @param known to the family already
    boolean met(NodeId device, ContentHash token, Instant at, boolean known) {
        lastSeen.put(device, at);
        if (lastSeen.size() > LAST_SEEN_MAX) {
            lastSeen.remove(lastSeen.keySet().iterator().next());
        }
        return !known
                && waiting.size() < WAITING_MAX
                && waiting.putIfAbsent(device, new Arrival(token, at)) == null;
    }

    Map<NodeId, Instant> lastSeen() {
        return lastSeen;
    }

    /// Those that the family does not know; the others are waited for no more.
    List<LedgerEntry> toTell(Ledger ledger, Tokens.Known tokens) {
        waiting.keySet().removeIf(ledger::knows);
        if (waiting.isEmpty()) {
            return List.of();
        }
        Map<Optional<ContentHash>, Integer> counts = new HashMap<>();
        List<Ledger.Device> devices = ledger.devices();
        devices.forEach(device -> counts.merge(device.token(), 1, Integer::sum));
        int known = devices.size();
        var entries = new ArrayList<LedgerEntry>();
        for (var each : List.copyOf(waiting.entrySet())) {
            Optional<LedgerEntry.DeviceSeen> seen = seen(each.getKey(), each.getValue(), tokens);
            if (seen.isEmpty()) {
                waiting.remove(each.getKey());
            } else if (known + entries.size() >= DEVICES_MAX
                    || counts.merge(seen.get().token(), 1, Integer::sum) > DEVICES_PER_TOKEN_MAX) {
                waiting.remove(each.getKey());
                warn(seen.get());
            } else {
                entries.add(seen.get());
            }
        }
        return entries;
    }

    private void warn(LedgerEntry.DeviceSeen seen) {
        if (!warned) {
            warned = true;
            LOG.warn(
                    "device {} ({}) is not registered: one token registers {} devices, a family {}."
                            + " It syncs all the same.",
                    seen.device(),
                    seen.label(),
                    DEVICES_PER_TOKEN_MAX,
                    DEVICES_MAX);
        }
    }

    // Of a token that was revoked meanwhile there is nothing to be told.
    private static Optional<LedgerEntry.DeviceSeen> seen(
            NodeId device, Arrival arrival, Tokens.Known tokens) {
        ContentHash hash = arrival.token();
        if (tokens.revoked().containsKey(hash)) {
            return Optional.empty();
        }
        var token = Optional.ofNullable(tokens.inForce().get(hash));
        return Optional.of(
                new LedgerEntry.DeviceSeen(
                        device,
                        token.map(_ -> hash),
                        token.map(known -> known.label()).orElse(OPERATOR),
                        arrival.at().toEpochMilli()));
    }
}
