package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.zip.Deflater;

/// Builds chunks byte by byte, right ones and wrong ones.
public final class Chunks {
    private Chunks() {}

    static Bytes change(Bytes body) {
        return chunk(1, body, hash(1, body));
    }

    static Bytes deflated(Bytes body) {
        return chunk(2, deflate(body), hash(1, body));
    }

    static Bytes document(Bytes body) {
        return chunk(0, body, hash(0, body));
    }

    static Bytes chunk(int type, Bytes body, ContentHash checksum) {
        return Bytes.parseHex("856f4a83")
                .concat(checksum.bytes().slice(0, 4))
                .concat(Bytes.copyOf(new byte[] {(byte) type}))
                .concat(uleb(body.size()))
                .concat(body);
    }

    static Bytes body(List<ContentHash> deps, Bytes actor, long seq, Bytes operations) {
        Bytes body = uleb(deps.size());
        for (ContentHash dep : deps) {
            body = body.concat(dep.bytes());
        }
        return body.concat(uleb(actor.size()))
                .concat(actor)
                .concat(uleb(seq))
                // Start op 1, time 0, no message; then no other actors and no columns.
                .concat(Bytes.parseHex("0100000000"))
                .concat(operations);
    }

    public static ChangeChunk change(
            List<ContentHash> deps, Bytes actor, long seq, Bytes operations) {
        return Golden.parsed(ChangeChunk.parse(change(body(deps, actor, seq, operations))));
    }

    static ContentHash hash(int type, Bytes body) {
        return sha256(
                Bytes.copyOf(new byte[] {(byte) type}).concat(uleb(body.size())).concat(body));
    }

    static ContentHash sha256(Bytes content) {
        try {
            return new ContentHash(
                    Bytes.copyOf(MessageDigest.getInstance("SHA-256").digest(content.toArray())));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }

    static Bytes uleb(long value) {
        var out = new ByteArrayOutputStream();
        long rest = value;
        while (Long.compareUnsigned(rest, 0x7f) > 0) {
            out.write((int) (rest | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return Bytes.copyOf(out.toByteArray());
    }

    static Bytes deflate(Bytes plain) {
        var deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(plain.toArray());
            deflater.finish();
            var out = new ByteArrayOutputStream();
            byte[] part = new byte[1 << 16];
            while (!deflater.finished()) {
                out.write(part, 0, deflater.deflate(part));
            }
            return Bytes.copyOf(out.toByteArray());
        } finally {
            deflater.end();
        }
    }
}
