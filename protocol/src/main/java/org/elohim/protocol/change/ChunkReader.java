package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk.Header;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/// Walks the Automerge chunks that lie back to back in a file or delta.
///
/// Invariants: any input gives chunks or one `Malformed`, after which there is nothing more, for
/// nobody knows where the next chunk would begin; one step allocates no more than the chunk's own
/// bytes, the body limit for a deflated one, and a constant.
///
/// A chunk is magic, checksum (4 bytes), type, body length (LEB128), body. The hash is the SHA-256
/// of type, length and body, where a deflated change (type 2) counts as the plain one it holds; the
/// checksum is the front of the hash. Only the front of a body is read: columns and operations are
/// for engines, and whatever an engine of tomorrow puts there must pass through us unharmed.
public final class ChunkReader {
    private static final int MAGIC = 0x856f4a83;
    private static final int TYPE_AT = 8;
    private static final int LENGTH_AT = 9;
    private static final int DOCUMENT = 0;
    private static final int CHANGE = 1;
    private static final int DEFLATED_CHANGE = 2;

    /// A change is edited text, not a blob: whole documents are limited to little more.
    public static final int BODY_BYTES_MAX = 8 << 20;

    /// Far more concurrent branches than any document has; bounds the work of one change.
    public static final int DEPS_MAX = 1 << 14;

    /// Automerge draws 16; apps may choose their own.
    public static final int ACTOR_BYTES_MAX = 64;

    /// A delta may inflate to so many times its size: repetitive text deflates to a fiftieth.
    static final int INFLATION_RATIO_MAX = 64;

    /// And to this much more, so that a small delta may hold one long run of the same character.
    static final int INFLATION_BYTES_FREE = 1 << 20;

    private final Bytes delta;
    private final MessageDigest sha256 = ContentHash.sha256();
    private int at;
    private boolean lost;
    // Spent over the whole delta: else a thousand small bombs would each get the free part.
    private long inflationBytesLeft;

    public ChunkReader(Bytes delta) {
        this.delta = delta;
        this.inflationBytesLeft = INFLATION_BYTES_FREE + (long) INFLATION_RATIO_MAX * delta.size();
    }

    /// The changes that an engine of ours has just written, and nothing else.
    ///
    /// @throws IllegalStateException where something else lies there
    public static List<ChangeChunk> written(Bytes delta) {
        var changes = new ArrayList<ChangeChunk>();
        var reader = new ChunkReader(delta);
        while (reader.hasNext()) {
            if (reader.next() instanceof Decoded.Parsed<Chunk>(ChangeChunk change)) {
                changes.add(change);
            } else {
                throw new IllegalStateException("the engine wrote what is no change");
            }
        }
        return changes;
    }

    public boolean hasNext() {
        return !lost && at < delta.size();
    }

    public Decoded<Chunk> next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no chunk at " + at + " of " + delta.size());
        }
        int start = at;
        Decoded<Chunk> chunk = chunk(start);
        if (chunk instanceof Decoded.Malformed<Chunk>(var reason)) {
            lost = true;
            return new Decoded.Malformed<>("chunk at byte " + start + ": " + reason);
        }
        return chunk;
    }

    private Decoded<Chunk> chunk(int start) {
        ByteBuffer rest = delta.asReadOnlyBuffer().position(start).slice();
        if (rest.remaining() <= LENGTH_AT) {
            return new Decoded.Malformed<>("cut off in its header");
        }
        if (rest.getInt(0) != MAGIC) {
            return new Decoded.Malformed<>("does not begin like an Automerge chunk");
        }
        int type = rest.get(TYPE_AT) & 0xff;
        var front = new FieldReader(rest);
        front.skip("header", LENGTH_AT);
        int length =
                front.count(
                        "body length", 1, type == DOCUMENT ? Integer.MAX_VALUE : BODY_BYTES_MAX);
        if (front.failed()) {
            return new Decoded.Malformed<>(front.problem());
        }
        int end = front.position() + length;
        at = start + end;
        ByteBuffer body = rest.slice(front.position(), length);
        Bytes bytes = delta.slice(start, at);
        return switch (type) {
            case DOCUMENT -> document(bytes, body);
            case CHANGE -> change(bytes, body);
            case DEFLATED_CHANGE -> deflated(bytes, body);
            default -> new Decoded.Malformed<>("of unknown type " + type);
        };
    }

    private Decoded<Chunk> document(Bytes bytes, ByteBuffer body) {
        ContentHash hash = hash(DOCUMENT, body);
        if (!checksumFits(bytes, hash)) {
            return new Decoded.Malformed<>("checksum does not fit the content");
        }
        var fields = new FieldReader(body);
        int actors = fields.count("actor count", 1, Integer.MAX_VALUE);
        for (int i = 0; i < actors && !fields.failed(); i++) {
            fields.skip("actor", fields.count("actor length", 1, ACTOR_BYTES_MAX));
        }
        List<ContentHash> heads = fields.hashes("head count", DEPS_MAX);
        return fields.failed()
                ? new Decoded.Malformed<>(fields.problem())
                : new Decoded.Parsed<>(new DocumentChunk(heads, bytes));
    }

    private Decoded<Chunk> deflated(Bytes bytes, ByteBuffer body) {
        int limit = (int) Math.min(BODY_BYTES_MAX, inflationBytesLeft);
        return switch (Inflation.inflate(body, limit)) {
            case Decoded.Malformed<ByteBuffer>(var reason) -> new Decoded.Malformed<>(reason);
            case Decoded.Parsed<ByteBuffer>(var plain) -> {
                inflationBytesLeft -= plain.remaining();
                yield change(bytes, plain);
            }
        };
    }

    private Decoded<Chunk> change(Bytes bytes, ByteBuffer body) {
        ContentHash hash = hash(CHANGE, body);
        if (!checksumFits(bytes, hash)) {
            return new Decoded.Malformed<>("checksum does not fit the content");
        }
        var fields = new FieldReader(body);
        List<ContentHash> deps = fields.hashes("dep count", DEPS_MAX);
        Bytes actor = fields.prefixed("actor", ACTOR_BYTES_MAX);
        long seq = fields.unsigned("seq");
        long startOp = fields.unsigned("start op");
        long timeSeconds = fields.signed("time");
        fields.skip("message", fields.count("message length", 1, BODY_BYTES_MAX));
        if (!fields.failed() && (seq == 0 || startOp == 0)) {
            fields.fail("seq=" + seq + " start op=" + startOp + ", both count from 1");
        }
        return fields.failed()
                ? new Decoded.Malformed<>(fields.problem())
                : new Decoded.Parsed<>(
                        new ChangeChunk(
                                hash, new Header(deps, actor, seq, startOp, timeSeconds), bytes));
    }

    private ContentHash hash(int type, ByteBuffer body) {
        sha256.update((byte) type);
        int length = body.remaining();
        while (length > 0x7f) {
            sha256.update((byte) (length | 0x80));
            length >>>= 7;
        }
        sha256.update((byte) length);
        sha256.update(body.duplicate());
        return new ContentHash(Bytes.copyOf(sha256.digest()));
    }

    private static boolean checksumFits(Bytes chunk, ContentHash hash) {
        return chunk.slice(4, TYPE_AT).equals(hash.bytes().slice(0, 4));
    }
}
