package org.elohim.protocol.sync;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.wire.Frame;

import java.io.IOException;
import java.util.List;

/// Bytes of one frame <-> one message.
///
/// Invariants: foreign bytes never throw; a frame costs at most a small multiple of its size, and
/// the size that is allowed depends on the kind of message.
public final class SyncCodec {
    /// One change of the largest size, in its message.
    public static final int FRAME_BYTES_MAX = (8 << 20) + (1 << 16);

    /// All messages but Changes are lists of small things. Protobuf makes objects of them before we
    /// can count them, so a frame full of empty ones must not be large.
    static final int SMALL_FRAME_BYTES_MAX = 1 << 19;

    private SyncCodec() {}

    public static Bytes encode(SyncMessage message) {
        return Bytes.copyOf(WireWriter.frame(message).toByteArray());
    }

    public static Decoded<SyncMessage> decode(Bytes frame) {
        if (frame.size() > FRAME_BYTES_MAX) {
            return new Decoded.Malformed<>("frame bytes=" + frame.size());
        }
        try {
            return new Decoded.Parsed<>(parse(frame));
        } catch (IOException notProtobuf) {
            return new Decoded.Malformed<>("not a sync frame: " + notProtobuf.getMessage());
        } catch (IllegalArgumentException outOfBounds) {
            // Ids and messages check themselves when they are made.
            return new Decoded.Malformed<>("sync frame: " + outOfBounds.getMessage());
        }
    }

    // The frame is taken apart by hand: protobuf would merge a field that comes twice, so many
    // small messages could hide behind an allowed large one.
    private static SyncMessage parse(Bytes frame) throws IOException {
        var in = CodedInputStream.newInstance(frame.asReadOnlyBuffer());
        int tag = in.readTag();
        int field = WireFormat.getTagFieldNumber(tag);
        if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            throw new IllegalArgumentException("no message");
        }
        if (field != Frame.CHANGES_FIELD_NUMBER && frame.size() > SMALL_FRAME_BYTES_MAX) {
            throw new IllegalArgumentException("message=" + field + " bytes=" + frame.size());
        }
        ByteString body = in.readBytes();
        if (!in.isAtEnd()) {
            throw new IllegalArgumentException("bytes after the message");
        }
        return WireReader.message(field, body);
    }

    static ByteString bytes(Bytes bytes) {
        return ByteString.copyFrom(bytes.asReadOnlyBuffer());
    }

    static Bytes bytes(ByteString bytes) {
        return Bytes.copyOf(bytes.toByteArray());
    }

    static List<ByteString> hashes(List<ContentHash> hashes) {
        return hashes.stream().map(hash -> bytes(hash.bytes())).toList();
    }

    static DocumentId document(ByteString uuid) {
        return new DocumentId(bytes(uuid));
    }

    static ContentHash hash(ByteString bytes) {
        return new ContentHash(bytes(bytes));
    }

    static NodeId node(ByteString key) {
        return new NodeId(bytes(key));
    }
}
