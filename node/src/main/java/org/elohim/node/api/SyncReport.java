package org.elohim.node.api;

import org.elohim.cluster.sync.SiblingStatus;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.SyncMessage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// How it stands with the family, as JSON tells it.
///
/// Changes are counted as entries of a journal: changes that came together are one.
///
/// @param documents that lie here, deleted ones included
/// @param role what this node is to its family
/// @param handsOver whether it was a full node, is to be an observer, and goes on as a full node
///   until the others hold what it has taken
/// @param durableNodes how many others must hold what is called durable
/// @param onOneNodeOnly entries of the own journal that fewer hold
/// @param nowMillis of the monotonic clock
record SyncReport(
        NodeId self,
        String role,
        boolean handsOver,
        long documents,
        int durableNodes,
        long onOneNodeOnly,
        List<Acquaintances.Found> found,
        List<SiblingStatus> siblings,
        long nowMillis) {
    private static final String HANDS_OVER =
            "this node was a full node and is to be an observer: it takes no more edits, and"
                + " becomes one once as many other full nodes as are wanted hold all that it has"
                + " taken";

    SyncReport {
        found = List.copyOf(found);
        siblings = List.copyOf(siblings);
    }

    /// Each of the others, by the addresses that are known, and those that have called.
    List<Map<String, Object>> peers() {
        var shown = new ArrayList<Map<String, Object>>();
        Set<NodeId> met = new LinkedHashSet<>();
        for (Acquaintances.Found each : found) {
            Optional<SiblingStatus> status = each.node().flatMap(this::status);
            each.node().ifPresent(met::add);
            Map<String, Object> peer = new LinkedHashMap<>();
            peer.put("address", each.address().toString());
            each.node().ifPresent(node -> peer.put("node", node.toString()));
            peer.put("connected", each.connected());
            if (!each.connected() && !each.trouble().isEmpty()) {
                peer.put("trouble", each.trouble());
            }
            peer.put("in_sync", status.filter(SiblingStatus::inSync).isPresent());
            why(each, status).ifPresent(why -> peer.put("why_not_in_sync", why));
            status.ifPresent(known -> peer.putAll(figures(known)));
            shown.add(peer);
        }
        for (SiblingStatus each : siblings) {
            if (met.add(each.node())) {
                Map<String, Object> peer = new LinkedHashMap<>();
                peer.put("node", each.node().toString());
                peer.put("connected", each.connected());
                peer.put("in_sync", each.inSync());
                each.whyNotInSync(nowMillis).ifPresent(why -> peer.put("why_not_in_sync", why));
                peer.putAll(figures(each));
                shown.add(peer);
            }
        }
        return shown;
    }

    private Optional<SiblingStatus> status(NodeId node) {
        return siblings.stream().filter(each -> each.node().equals(node)).findFirst();
    }

    private Optional<String> why(Acquaintances.Found each, Optional<SiblingStatus> status) {
        if (!each.connected() && !each.trouble().isEmpty()) {
            return Optional.of(each.trouble());
        }
        return status.isPresent()
                ? status.get().whyNotInSync(nowMillis)
                : Optional.of("nobody has been met there yet");
    }

    private Map<String, Object> figures(SiblingStatus status) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("role", status.full() ? "full" : "observer");
        if (!status.full()) {
            shown.put("observes", status.part().stream().map(Object::toString).toList());
        }
        shown.put("lacks", lag(status.behind().entries(), status.behind().millis()));
        status.theirs()
                .ifPresent(
                        theirs -> {
                            shown.put("we_lack", lag(theirs.toSend(), theirs.waitingMillis()));
                            shown.put("documents", theirs.documents());
                        });
        shown.put(
                status.connected() ? "connected_seconds" : "disconnected_seconds",
                since(status.sinceMillis()));
        shown.put("last_contact_seconds", since(status.heardMillis()));
        if (status.acknowledgedMillis() > 0) {
            shown.put("last_acknowledged_seconds", since(status.acknowledgedMillis()));
        }
        shown.put("bytes_in_per_second", status.bytesIn());
        shown.put("bytes_out_per_second", status.bytesOut());
        return shown;
    }

    private static Map<String, Object> lag(long entries, long millis) {
        Map<String, Object> lag = new LinkedHashMap<>();
        lag.put("changes", entries);
        lag.put("seconds", millis / 1_000.0);
        return lag;
    }

    private double since(long millis) {
        return Math.max(0, nowMillis - millis) / 1_000.0;
    }

    /// The whole in one object.
    Map<String, Object> status() {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("node", self.toString());
        shown.put("role", role);
        if (handsOver) {
            shown.put("hands_over", HANDS_OVER);
        }
        shown.put("documents", documents);
        shown.put("in_sync", inSync());
        shown.put("safe", onOneNodeOnly == 0);
        shown.put("durable_nodes", durableNodes);
        shown.put("changes_on_one_node_only", onOneNodeOnly);
        shown.put("sentence", sentence());
        catchingUp().ifPresent(progress -> shown.put("catching_up", progress));
        shown.put("peers", peers());
        return shown;
    }

    private boolean inSync() {
        return siblings.stream().allMatch(SiblingStatus::inSync);
    }

    private String sentence() {
        if (siblings.stream().noneMatch(SiblingStatus::full)) {
            return "no other full node of the family has been met: everything is on this node only";
        }
        if (onOneNodeOnly == 0) {
            return inSync()
                    ? "everything is safe: every change is on as many nodes as are wanted"
                    : "every change that this node took is on as many nodes as are wanted";
        }
        return onOneNodeOnly == 1
                ? "1 change is on fewer nodes than are wanted"
                : onOneNodeOnly + " changes are on fewer nodes than are wanted";
    }

    /// What this node still lacks, where it knows of any.
    private Optional<Map<String, Object>> catchingUp() {
        long of = documents;
        long left = 0;
        OptionalLong eta = OptionalLong.empty();
        for (SiblingStatus each : siblings) {
            Optional<SyncMessage.Standing> theirs = each.theirs().filter(_ -> each.connected());
            if (theirs.isPresent() && each.full()) {
                of = Math.max(of, theirs.get().documents());
                left = Math.max(left, theirs.get().toSend());
                if (each.etaMillis().isPresent()) {
                    eta = OptionalLong.of(Math.max(eta.orElse(0), each.etaMillis().getAsLong()));
                }
            }
        }
        boolean comparing = siblings.stream().anyMatch(SiblingStatus::comparing);
        if (of == documents && left == 0 && !comparing) {
            return Optional.empty();
        }
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("documents_here", documents);
        shown.put("documents_in_all", of);
        shown.put("percent", of == 0 ? 100 : 100 * documents / of);
        shown.put("changes_to_come", left);
        eta.ifPresent(millis -> shown.put("eta_seconds", (millis + 999) / 1_000));
        shown.put(
                "sentence",
                "holds %d of %d documents, %d changes are known to be on their way"
                        .formatted(documents, of, left));
        return Optional.of(shown);
    }
}
