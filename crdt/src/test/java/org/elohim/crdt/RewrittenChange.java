package org.elohim.crdt;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.FieldReader;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.util.zip.Deflater;

/// Makes of a change of ours one as other programs write it: with a time, or deflated.
public final class RewrittenChange {
    private static final int CHECKSUM_AT = 4;
    private static final int CHECKSUM_BYTES = 4;
    private static final int TYPE_AT = 8;
    private static final int DEFLATED = 2;

    private RewrittenChange() {}

    /// The same change, made at this time: another change therefore.
    public static ChangeChunk at(long seconds, ChangeChunk change) {
        Bytes body = body(change);
        var front = new FieldReader(body);
        front.hashes("deps", ChunkReader.DEPS_MAX);
        front.prefixed("actor", ChunkReader.ACTOR_BYTES_MAX);
        front.unsigned("seq");
        front.unsigned("start op");
        int time = front.position();
        front.signed("time");
        var rewritten = new ByteArrayOutputStream();
        rewritten.writeBytes(body.slice(0, time).toArray());
        signed(rewritten, seconds);
        rewritten.writeBytes(body.slice(front.position(), body.size()).toArray());
        return withBody(change, Bytes.copyOf(rewritten.toByteArray()));
    }

    /// The change with another body under a checksum that fits.
    static ChangeChunk withBody(ChangeChunk change, Bytes body) {
        var chunk = new ByteArrayOutputStream();
        chunk.writeBytes(change.bytes().slice(0, TYPE_AT + 1).toArray());
        unsigned(chunk, body.size());
        chunk.writeBytes(body.toArray());
        return checked(chunk.toByteArray());
    }

    /// A change that claims to do one thing 2^60 times.
    public static ChangeChunk endless(ChangeChunk like) {
        var body = new ByteArrayOutputStream();
        // Depends on nothing; of an actor, its first; no time, no message, no other actors.
        body.writeBytes(new byte[] {0, 1, 7, 1, 1, 0, 0, 0});
        // One column, that of what is done: so often, the same.
        body.writeBytes(new byte[] {1, 0x42, 10});
        for (int i = 0; i < 8; i++) {
            body.write(0x80);
        }
        body.write(0x10);
        body.write(1);
        return withBody(like, Bytes.copyOf(body.toByteArray()));
    }

    /// These bytes, whatever they are, under a checksum that fits.
    public static ChangeChunk checked(byte[] chunk) {
        byte[] checked = chunk.clone();
        Bytes hash = ContentHash.of(Bytes.copyOf(chunk, TYPE_AT, chunk.length)).bytes();
        System.arraycopy(hash.toArray(), 0, checked, CHECKSUM_AT, CHECKSUM_BYTES);
        return parsed(Bytes.copyOf(checked));
    }

    /// The same change in the other form that it may come in.
    static Bytes deflated(ChangeChunk change) {
        byte[] body = body(change).toArray();
        byte[] packed = new byte[2 * body.length + 64];
        int length;
        try (var deflater = new Deflater(Deflater.BEST_COMPRESSION, true)) {
            deflater.setInput(body);
            deflater.finish();
            length = deflater.deflate(packed);
        }
        var chunk = new ByteArrayOutputStream();
        chunk.writeBytes(change.bytes().slice(0, TYPE_AT).toArray());
        chunk.write(DEFLATED);
        unsigned(chunk, length);
        chunk.write(packed, 0, length);
        return Bytes.copyOf(chunk.toByteArray());
    }

    static Bytes body(ChangeChunk change) {
        var front = new FieldReader(change.bytes());
        front.skip("magic, checksum and type", TYPE_AT + 1);
        front.unsigned("length");
        return change.bytes().slice(front.position(), change.bytes().size());
    }

    public static ChangeChunk parsed(Bytes chunk) {
        return switch (ChangeChunk.parse(chunk)) {
            case Decoded.Parsed<ChangeChunk>(var change) -> change;
            case Decoded.Malformed<ChangeChunk>(var reason) ->
                    throw new IllegalArgumentException(reason);
        };
    }

    private static void unsigned(ByteArrayOutputStream out, int number) {
        int left = number;
        while (left > 0x7f) {
            out.write(left | 0x80);
            left >>>= 7;
        }
        out.write(left);
    }

    private static void signed(ByteArrayOutputStream out, long number) {
        long left = number;
        while (left < -0x40 || left > 0x3f) {
            out.write((int) left | 0x80);
            left >>= 7;
        }
        out.write((int) left & 0x7f);
    }
}
