package org.elohim.protocol.automerge;

import com.fasterxml.jackson.core.JsonGenerator;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.Frame.PeerMetadata;
import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.id.Base58Check;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Writes what `FrameReader` reads.
final class FrameWriter {
    // Beyond, JavaScript would read an integer as another kind of number.
    private static final long INTEGER_MAX = (1L << 32) - 1;

    private final JsonGenerator out;

    FrameWriter(JsonGenerator out) {
        this.out = out;
    }

    void write(Frame frame) throws IOException {
        switch (frame) {
            case Frame.Join(var sender, var metadata, var versions) -> {
                begin(4, "join", sender);
                metadata(metadata);
                texts("supportedProtocolVersions", versions);
            }
            case Frame.Peer(var sender, var target, var metadata, var version) -> {
                begin(5, "peer", sender);
                text("targetId", target);
                metadata(metadata);
                text("selectedProtocolVersion", version);
            }
            case Frame.Failure(var sender, var target, var message) -> {
                begin(4, "error", sender);
                text("targetId", target);
                text("message", message);
            }
            case Frame.Leave(var sender) -> begin(2, "leave", sender);
            case Frame.Request(var sender, var target, var document, var data) -> {
                begin(5, "request", sender);
                document(target, document);
                data(data);
            }
            case Frame.Sync(var sender, var target, var document, var data) -> {
                begin(5, "sync", sender);
                document(target, document);
                data(data);
            }
            case Frame.Unavailable(var sender, var target, var document) -> {
                begin(4, "doc-unavailable", sender);
                document(target, document);
            }
            case Frame.Ephemeral(
                            var sender,
                            var target,
                            var document,
                            long count,
                            var session,
                            var data) -> {
                begin(7, "ephemeral", sender);
                document(target, document);
                number("count", count);
                text("sessionId", session);
                data(data);
            }
            case Frame.SubscriptionChange(var sender, var target, var add, var remove) -> {
                begin(5, "remote-subscription-change", sender);
                text("targetId", target);
                texts("add", add);
                texts("remove", remove);
            }
            case Frame.HeadsChanged changed -> {
                begin(5, "remote-heads-changed", changed.senderId());
                document(changed.targetId(), changed.document());
                newHeads(changed.sorted());
            }
        }
        out.writeEndObject();
    }

    private void begin(int fields, String type, String sender) throws IOException {
        out.writeStartObject(null, fields);
        text("type", type);
        text("senderId", sender);
    }

    private void document(String target, DocumentId document) throws IOException {
        text("targetId", target);
        text("documentId", document.toString());
    }

    private void metadata(PeerMetadata metadata) throws IOException {
        out.writeFieldName("peerMetadata");
        String storage = metadata.storageId();
        out.writeStartObject(null, storage == null ? 1 : 2);
        if (storage != null) {
            text("storageId", storage);
        }
        out.writeBooleanField("isEphemeral", metadata.isEphemeral());
        out.writeEndObject();
    }

    private void newHeads(Map<String, StorageHeads> newHeads) throws IOException {
        out.writeFieldName("newHeads");
        out.writeStartObject(null, newHeads.size());
        for (var storage : newHeads.entrySet()) {
            out.writeFieldName(storage.getKey());
            out.writeStartObject(null, 2);
            texts("heads", storage.getValue().heads().stream().map(FrameWriter::head).toList());
            number("timestamp", storage.getValue().timestampMillis());
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static String head(ContentHash head) {
        return Base58Check.encode(head.bytes());
    }

    private void text(String key, String text) throws IOException {
        out.writeStringField(key, text);
    }

    private void texts(String key, List<String> texts) throws IOException {
        out.writeFieldName(key);
        out.writeStartArray(null, texts.size());
        for (String text : texts) {
            out.writeString(text);
        }
        out.writeEndArray();
    }

    private void data(Bytes data) throws IOException {
        out.writeBinaryField("data", data.toArray());
    }

    private void number(String key, long number) throws IOException {
        if (number > INTEGER_MAX) {
            out.writeNumberField(key, (double) number);
        } else {
            out.writeNumberField(key, number);
        }
    }
}
