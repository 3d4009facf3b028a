package org.elohim.protocol.automerge;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.Frame.PeerMetadata;
import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.id.Base58Check;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads one frame: first all that it has, in whatever order, then what its type asks for.
///
/// What is null or undefined counts as absent: clients write so what they do not have.
final class FrameReader {
    // What who says nothing of versions speaks.
    private static final List<String> VERSIONS_UNSAID = List.of("1");

    private final JsonParser in;
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, List<String>> lists = new HashMap<>();
    private @Nullable Bytes data;
    private @Nullable Long count;
    private PeerMetadata peerMetadata = new PeerMetadata(null, false);
    private Map<String, StorageHeads> newHeads = Map.of();

    FrameReader(JsonParser in) {
        this.in = in;
    }

    Frame read() throws IOException {
        in.nextToken();
        object(this::field);
        if (in.nextToken() != null) {
            throw new IllegalArgumentException("bytes after it");
        }
        String type = text("type");
        String sender = text("senderId");
        return switch (type) {
            case "join" ->
                    new Frame.Join(
                            sender,
                            peerMetadata,
                            lists.getOrDefault("supportedProtocolVersions", VERSIONS_UNSAID));
            case "peer" ->
                    new Frame.Peer(sender, target(), peerMetadata, text("selectedProtocolVersion"));
            case "error" -> new Frame.Failure(sender, target(), text("message"));
            case "leave" -> new Frame.Leave(sender);
            case "request" -> new Frame.Request(sender, target(), document(), data());
            case "sync" -> new Frame.Sync(sender, target(), document(), data());
            case "doc-unavailable" -> new Frame.Unavailable(sender, target(), document());
            case "ephemeral" ->
                    new Frame.Ephemeral(
                            sender, target(), document(), count(), text("sessionId"), data());
            case "remote-subscription-change" ->
                    new Frame.SubscriptionChange(
                            sender,
                            target(),
                            lists.getOrDefault("add", List.of()),
                            lists.getOrDefault("remove", List.of()));
            case "remote-heads-changed" ->
                    new Frame.HeadsChanged(sender, target(), document(), newHeads);
            default -> throw new IllegalArgumentException("unknown type " + type);
        };
    }

    private void field(String key) throws IOException {
        switch (key) {
            case "type",
                    "senderId",
                    "targetId",
                    "documentId",
                    "sessionId",
                    "message",
                    "selectedProtocolVersion" ->
                    texts.put(key, asText());
            case "supportedProtocolVersions" -> lists.put(key, asTexts(Frame.VERSIONS_MAX));
            case "add", "remove" -> lists.put(key, asTexts(Frame.STORAGES_MAX));
            case "data" -> data = asBytes();
            case "count" -> count = asNumber();
            case "peerMetadata" -> peerMetadata = asPeerMetadata();
            case "newHeads" -> newHeads = asNewHeads();
            default -> in.skipChildren();
        }
    }

    private PeerMetadata asPeerMetadata() throws IOException {
        var texts = new HashMap<String, String>();
        var flags = new HashMap<String, Boolean>();
        object(
                key -> {
                    switch (key) {
                        case "storageId" -> texts.put(key, asText());
                        case "isEphemeral" -> flags.put(key, asFlag());
                        default -> in.skipChildren();
                    }
                });
        return new PeerMetadata(
                texts.get("storageId"), flags.getOrDefault("isEphemeral", Boolean.FALSE));
    }

    private Map<String, StorageHeads> asNewHeads() throws IOException {
        var storages = new HashMap<String, StorageHeads>();
        object(
                storage -> {
                    checkRoom(storages.size(), Frame.STORAGES_MAX);
                    storages.put(storage, asStorageHeads());
                });
        return storages;
    }

    private StorageHeads asStorageHeads() throws IOException {
        var heads = new ArrayList<ContentHash>();
        var timestamp = new HashMap<String, Long>();
        object(
                key -> {
                    switch (key) {
                        case "heads" ->
                                asTexts(Frame.HEADS_MAX)
                                        .forEach(text -> heads.add(FrameReader.head(text)));
                        case "timestamp" -> timestamp.put(key, asNumber());
                        default -> in.skipChildren();
                    }
                });
        Long millis = timestamp.get("timestamp");
        return new StorageHeads(heads, required("timestamp", millis));
    }

    private static ContentHash head(String text) {
        return new ContentHash(Base58Check.decode(text, ContentHash.SIZE_BYTES));
    }

    private interface FieldReading {
        void read(String key) throws IOException;
    }

    /// The object that is due, field by field; each stands on its value.
    private void object(FieldReading fields) throws IOException {
        expect(JsonToken.START_OBJECT);
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            if (in.nextToken() != JsonToken.VALUE_NULL) {
                fields.read(key);
            }
        }
        expect(JsonToken.END_OBJECT);
    }

    private String asText() throws IOException {
        expect(JsonToken.VALUE_STRING);
        return in.getText();
    }

    private List<String> asTexts(int max) throws IOException {
        expect(JsonToken.START_ARRAY);
        var texts = new ArrayList<String>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            checkRoom(texts.size(), max);
            texts.add(asText());
        }
        return texts;
    }

    private Bytes asBytes() throws IOException {
        expect(JsonToken.VALUE_EMBEDDED_OBJECT);
        return Bytes.copyOf(in.getBinaryValue());
    }

    // What is beyond 32 bits JavaScript writes as a float.
    private long asNumber() throws IOException {
        double number =
                switch (in.currentToken()) {
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getDoubleValue();
                    default -> throw unexpected();
                };
        if (!(number >= 0 && number <= Frame.NUMBER_MAX) || number != Math.rint(number)) {
            throw new IllegalArgumentException(in.currentName() + "=" + number);
        }
        return (long) number;
    }

    private boolean asFlag() {
        return switch (in.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw unexpected();
        };
    }

    private void expect(JsonToken token) {
        if (in.currentToken() != token) {
            throw unexpected();
        }
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("unexpected " + in.currentToken());
    }

    private static void checkRoom(int count, int max) {
        if (count == max) {
            throw new IllegalArgumentException("more than " + max);
        }
    }

    private String text(String key) {
        return required(key, texts.get(key));
    }

    private String target() {
        return text("targetId");
    }

    private DocumentId document() {
        return DocumentId.parse(text("documentId"));
    }

    private Bytes data() {
        return required("data", data);
    }

    private long count() {
        return required("count", count);
    }

    private static <T> T required(String key, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("no " + key);
        }
        return value;
    }
}
