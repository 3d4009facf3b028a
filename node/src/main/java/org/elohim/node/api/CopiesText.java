package org.elohim.node.api;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.node.replication.Replication;
import org.elohim.protocol.blob.replication.Lane;
import org.elohim.protocol.blob.replication.ReplicationQueue;
import org.elohim.protocol.blob.replication.Stage;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/// What is told of the copies of blobs: how many are how far, what waits for longest, and for whom.
public final class CopiesText {
    private CopiesText() {}

    /// As JSON shows it.
    public static CompletionStage<Map<String, Object>> of(Replication replication) {
        return replication
                .view()
                .thenApply(view -> shown(view, replication.holders(), replication.sentBytes()));
    }

    private static Map<String, Object> shown(
            BlobReplicator.View view, int holders, long sentBytes) {
        Map<String, Object> blobs = new TreeMap<>();
        for (Stage stage : Stage.values()) {
            blobs.put(lower(stage), view.blobs().getOrDefault(stage, 0));
        }
        Map<String, Object> oldest = new TreeMap<>();
        view.oldest().forEach((stage, blob) -> oldest.put(lower(stage), blob.toString()));
        ReplicationQueue.View queue = view.queue();
        Map<String, Object> waiting = new TreeMap<>();
        for (Lane lane : Lane.values()) {
            waiting.put(lower(lane), queue.waiting().getOrDefault(lane, 0));
        }
        Map<String, Object> underWay = new TreeMap<>();
        queue.underWay().forEach((node, count) -> underWay.put(node.toString(), count));
        Map<String, Object> pausing = new TreeMap<>();
        queue.pausing()
                .forEach(
                        (node, until) ->
                                pausing.put(
                                        node.toString(), Instant.ofEpochMilli(until).toString()));
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("holders", holders);
        shown.put("blobs", blobs);
        shown.put("oldest", oldest);
        shown.put("waiting", waiting);
        shown.put("under_way", underWay);
        shown.put("pausing_until", pausing);
        shown.put("set_aside", queue.aside());
        shown.put("sent_bytes", sentBytes);
        return shown;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
