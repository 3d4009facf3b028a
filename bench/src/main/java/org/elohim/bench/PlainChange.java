package org.elohim.bench;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.Arrays;
import java.util.List;

/// Makes changes of the usual size without an engine.
final class PlainChange {
    private static final int ACTOR_BYTES = 16;
    // With header and one dep 104 bytes: what Automerge writes for overwriting a key.
    private static final int OPERATION_BYTES = 40;
    private static final int FRONT_BYTES = 8;

    private PlainChange() {}

    static Bytes chunk(List<ContentHash> deps, int actor, int seq, int number) {
        byte[] body = body(deps, actor, seq, number);
        byte[] hashed = concat(new byte[] {1}, uleb(body.length), body);
        byte[] hash = ContentHash.sha256().digest(hashed);
        byte[] front = {(byte) 0x85, 0x6f, 0x4a, (byte) 0x83, hash[0], hash[1], hash[2], hash[3]};
        return Bytes.copyOf(concat(front, hashed));
    }

    static ContentHash hash(Bytes chunk) {
        return ContentHash.of(chunk.slice(FRONT_BYTES, chunk.size()));
    }

    private static byte[] body(List<ContentHash> deps, int actor, int seq, int number) {
        byte[] name = new byte[ACTOR_BYTES];
        name[0] = (byte) actor;
        byte[] operations = new byte[OPERATION_BYTES];
        operations[0] = (byte) number;
        byte[] body = {(byte) deps.size()};
        for (ContentHash dep : deps) {
            body = concat(body, dep.bytes().toArray());
        }
        // Start op, time 0, no message.
        return concat(
                body,
                new byte[] {ACTOR_BYTES},
                name,
                uleb(seq),
                uleb(number + 1),
                new byte[2],
                operations);
    }

    private static byte[] uleb(int value) {
        byte[] bytes = new byte[5];
        int size = 0;
        int rest = value;
        while (rest > 0x7f) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return Arrays.copyOf(bytes, size);
    }

    static byte[] concat(byte[]... parts) {
        byte[] joined = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }
}
