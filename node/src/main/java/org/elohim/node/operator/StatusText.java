package org.elohim.node.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The answers of a node, for a person.
final class StatusText {
    private static final long MINUTE_SECONDS = 60;
    private static final long HOUR_SECONDS = 60 * MINUTE_SECONDS;
    private static final long DAY_SECONDS = 24 * HOUR_SECONDS;

    private final StringBuilder text = new StringBuilder();

    private StatusText() {}

    /// @param found as [StatusCommand] has put it together
    static String of(JsonNode found) {
        var told = new StatusText();
        told.node(found);
        if (found.has("sync")) {
            told.sync(found.path("sync"));
        }
        if (found.has("cluster")) {
            told.family(found.path("cluster"), found.path("sync"));
        }
        return told.text.toString();
    }

    /// Whether the node serves, and if not, why and what to do.
    static String sentence(String status) {
        return switch (status) {
            case "ready" -> "ready";
            case "starting" -> "not ready: it is still starting; look again in a moment";
            case "stopping" -> "not ready: it stops, or begins anew; look again in a moment";
            case "not_writing" ->
                    "not ready: its disk takes nothing, so it can be read and takes no changes."
                            + " Free space where its data lies; it goes on by itself";
            default -> "not ready: " + status;
        };
    }

    private void line(String name, String value) {
        text.append("%-9s %s%n".formatted(name, value));
    }

    private void node(JsonNode found) {
        JsonNode node = found.path("node");
        if (node.isMissingNode()) {
            line("state", "not ready: " + found.path("sentence").asText());
            return;
        }
        line("node", node.path("node").asText());
        line("state", found.path("sentence").asText());
        line(
                "version",
                node.path("version").asText()
                        + ", up for "
                        + span(node.path("uptime_seconds").asDouble()));
        JsonNode disk = node.path("disk");
        line(
                "data",
                node.path("data").asText()
                        + (disk.isMissingNode()
                                ? ""
                                : ", %s of %s free"
                                        .formatted(
                                                bytes(disk.path("free_bytes").asLong()),
                                                bytes(disk.path("total_bytes").asLong()))));
        line("devices", node.path("devices_connected").asLong() + " connected");
    }

    private void sync(JsonNode sync) {
        line("documents", sync.path("documents").asLong() + "; " + sync.path("sentence").asText());
        Optional.of(sync.path("catching_up"))
                .filter(JsonNode::isObject)
                .ifPresent(
                        progress ->
                                line(
                                        "joining",
                                        "%d %%: %s%s"
                                                .formatted(
                                                        progress.path("percent").asLong(),
                                                        progress.path("sentence").asText(),
                                                        progress.has("eta_seconds")
                                                                ? ", done in about "
                                                                        + span(
                                                                                progress.path(
                                                                                                "eta_seconds")
                                                                                        .asDouble())
                                                                : "")));
        if (sync.has("hands_over")) {
            line("role", sync.path("hands_over").asText());
        }
    }

    private void family(JsonNode cluster, JsonNode sync) {
        String self = cluster.path("node").asText();
        Map<String, JsonNode> members = new LinkedHashMap<>();
        cluster.path("members").forEach(each -> members.put(each.path("node").asText(), each));
        Map<String, JsonNode> peers = new LinkedHashMap<>();
        sync.path("peers").forEach(each -> peers.put(name(each), each));
        peers.keySet()
                .forEach(peer -> members.computeIfAbsent(peer, _ -> MissingNode.getInstance()));
        if (members.size() <= 1) {
            line("family", "this node alone");
            return;
        }
        line("family", "%d nodes, %s".formatted(members.size(), led(cluster)));
        members.forEach(
                (node, member) -> {
                    text.append("  ").append(node).append('\n');
                    text.append("    ")
                            .append(
                                    node.equals(self)
                                            ? "this node, " + member.path("role").asText()
                                            : other(
                                                    member,
                                                    peers.getOrDefault(
                                                            node, MissingNode.getInstance())))
                            .append('\n');
                });
    }

    // Who was never met has only an address.
    private static String name(JsonNode peer) {
        return peer.path("node").asText(peer.path("address").asText());
    }

    private static String led(JsonNode cluster) {
        return cluster.has("leader")
                ? "led by %s in term %s%s"
                        .formatted(
                                cluster.path("leader").asText(),
                                cluster.path("term").asText("0"),
                                cluster.path("leader").equals(cluster.path("node"))
                                        ? " (this node)"
                                        : "")
                : "led by nobody at the moment";
    }

    private static String other(JsonNode member, JsonNode peer) {
        var told = new StringBuilder();
        told.append(member.path("role").asText(peer.path("role").asText("not met yet")));
        if (member.has("reach") && !member.path("reach").asText().equals("reachable")) {
            told.append(
                    ", %s for %s"
                            .formatted(
                                    reach(member.path("reach").asText()),
                                    span(member.path("since_seconds").asDouble())));
        }
        if (peer.path("in_sync").asBoolean()) {
            told.append(", in sync");
        } else if (peer.has("why_not_in_sync")) {
            told.append(", not in sync: ").append(peer.path("why_not_in_sync").asText());
        } else if (peer.has("trouble")) {
            told.append(", ").append(peer.path("trouble").asText());
        }
        told.append(lag("lacks", peer.path("lacks")));
        told.append(lag("has for us", peer.path("we_lack")));
        if (peer.has("last_contact_seconds")) {
            told.append(
                    "; heard of %s ago"
                            .formatted(span(peer.path("last_contact_seconds").asDouble())));
        }
        return told.toString();
    }

    private static String reach(String reach) {
        return reach.equals("through_others") ? "reached through others only" : "out of reach";
    }

    private static String lag(String word, JsonNode lag) {
        long changes = lag.path("changes").asLong();
        return changes == 0
                ? ""
                : "; %s %d %s, the oldest for %s"
                        .formatted(
                                word,
                                changes,
                                changes == 1 ? "change" : "changes",
                                span(lag.path("seconds").asDouble()));
    }

    private static String span(double seconds) {
        long whole = (long) seconds;
        if (whole < MINUTE_SECONDS) {
            return whole + " s";
        }
        if (whole < HOUR_SECONDS) {
            return whole / MINUTE_SECONDS + " min";
        }
        return whole < 2 * DAY_SECONDS
                ? whole / HOUR_SECONDS + " h " + whole % HOUR_SECONDS / MINUTE_SECONDS + " min"
                : whole / DAY_SECONDS + " days";
    }

    private static String bytes(long bytes) {
        double gigabytes = bytes / 1e9;
        return gigabytes >= 1
                ? String.format(Locale.ROOT, "%.1f GB", gigabytes)
                : String.format(Locale.ROOT, "%.0f MB", bytes / 1e6);
    }
}
