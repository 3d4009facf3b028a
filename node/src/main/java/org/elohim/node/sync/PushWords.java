package org.elohim.node.sync;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.RawValue;

import org.elohim.cluster.push.Place;
import org.elohim.cluster.push.PushClient;
import org.elohim.cluster.push.Views;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is said at `/ws`, as JSON.
///
/// Invariants: whatever comes in is read within bounds; words that are not known are an error in
/// words, so that nobody waits for what he has misspelt.
final class PushWords {
    /// Ten thousand documents with their positions.
    static final int TEXT_BYTES_MAX = 1 << 20;

    private static final int DEPTH_MAX = 4;
    private static final JsonMapper JSON =
            new JsonMapper(
                    new JsonFactoryBuilder()
                            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                            .streamReadConstraints(
                                    StreamReadConstraints.builder()
                                            .maxNestingDepth(DEPTH_MAX)
                                            .build())
                            .build());

    private PushWords() {}

    /// What the client wants.
    ///
    /// @throws IllegalArgumentException in words for the client
    static List<PushClient.Command> read(String text) {
        JsonNode message;
        try {
            message = JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("no JSON: " + notJson.getOriginalMessage(), notJson);
        }
        return switch (message.path("type").asText()) {
            case "subscribe" -> {
                JsonNode view = message.path("view");
                if (!view.isMissingNode() && !view.isBoolean()) {
                    throw new IllegalArgumentException("\"view\" is true or false");
                }
                JsonNode positions = message.path("positions");
                var subscribed = new ArrayList<PushClient.Command>();
                for (String id : documents(message)) {
                    subscribed.add(
                            new PushClient.Command.Subscribe(
                                    DocumentId.parse(id),
                                    place(positions.path(id)),
                                    view.asBoolean()));
                }
                yield subscribed;
            }
            case "unsubscribe" ->
                    documents(message).stream()
                            .<PushClient.Command>map(
                                    id -> new PushClient.Command.Unsubscribe(DocumentId.parse(id)))
                            .toList();
            default ->
                    throw new IllegalArgumentException(
                            "\"type\" is \"subscribe\" or \"unsubscribe\"");
        };
    }

    private static List<String> documents(JsonNode message) {
        JsonNode ids = message.path("doc_ids");
        if (!ids.isArray() || ids.size() > PushClient.DOCUMENTS_MAX) {
            throw new IllegalArgumentException(
                    "\"doc_ids\" is a list of at most "
                            + PushClient.DOCUMENTS_MAX
                            + " document ids");
        }
        var documents = new ArrayList<String>();
        for (JsonNode id : ids) {
            documents.add(id.asText());
        }
        return documents;
    }

    private static Optional<Place> place(JsonNode position) {
        return position.isMissingNode() || position.isNull()
                ? Optional.empty()
                : Optional.of(Place.parse(position.asText()));
    }

    static Bytes stands(DocumentId document, boolean available) {
        return about(available ? "available" : "unavailable", document, Map.of());
    }

    static Bytes unsubscribed(DocumentId document) {
        return about("unsubscribed", document, Map.of());
    }

    static Bytes changed(
            DocumentId document, Place place, List<Bytes> changes, Optional<Views.View> view) {
        Base64.Encoder base64 = Base64.getEncoder();
        Map<String, Object> news = new LinkedHashMap<>();
        news.put("position", place.toString());
        news.put(
                "changes",
                changes.stream().map(each -> base64.encodeToString(each.toArray())).toList());
        view.ifPresent(
                present -> {
                    switch (present) {
                        case Views.View.Shown(var json, var tag, int leftOut) -> {
                            news.put("view", new RawValue(text(json)));
                            news.put("etag", tag);
                            if (leftOut > 0) {
                                news.put("left_out", leftOut);
                            }
                        }
                        case Views.View.Hidden(var words) -> news.put("no_view", words);
                    }
                });
        return about("change", document, news);
    }

    static Bytes failed(String reason) {
        return bytes(Map.of("type", "error", "message", reason));
    }

    private static Bytes about(String type, DocumentId document, Map<String, Object> more) {
        Map<String, Object> words = new LinkedHashMap<>();
        words.put("type", type);
        words.put("doc_id", document.toString());
        words.putAll(more);
        return bytes(words);
    }

    private static String text(Bytes json) {
        return new String(json.toArray(), StandardCharsets.UTF_8);
    }

    private static Bytes bytes(Map<String, Object> words) {
        try {
            return Bytes.copyOf(JSON.writeValueAsString(words).getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException notOurs) {
            throw new IllegalStateException("cannot be written as JSON: " + words, notOurs);
        }
    }
}
