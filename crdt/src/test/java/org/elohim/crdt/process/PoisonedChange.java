package org.elohim.crdt.process;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Decoded;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/// Makes changes with a valid checksum and a bad body: they pass every check and abort the engine.
public final class PoisonedChange {
    private static final int CHECKSUM_AT = 4;
    private static final int TYPE_AT = 8;
    private static final int CHECKSUM_BYTES = 4;

    private static final int DEADLY_FROM_END = 60;

    private PoisonedChange() {}

    /// A change of this actor, on which the engine aborts. Found by trying each byte.
    public static ChangeChunk by(Bytes actor) {
        try (AutomergeEngine engine = AutomergeEngine.open(actor)) {
            var text = new Value.Text("hello world", List.of());
            var list = new Value.Items(List.of(new Value.Int(1), new Value.Str("two")));
            var edited = engine.edit(edit -> edit.set(Path.of("t"), text).set(Path.of("l"), list));
            if (edited instanceof Edited.Committed(var changes, _)) {
                return of(changes, DEADLY_FROM_END, 1);
            }
            throw new IllegalStateException("nothing to poison: " + edited);
        }
    }

    /// The same chunk with another byte `fromEnd`, under a checksum that fits.
    public static ChangeChunk of(Bytes chunk, int fromEnd, int value) {
        byte[] bytes = chunk.toArray();
        bytes[bytes.length - fromEnd] = (byte) value;
        byte[] hash = sha256(Arrays.copyOfRange(bytes, TYPE_AT, bytes.length));
        System.arraycopy(hash, 0, bytes, CHECKSUM_AT, CHECKSUM_BYTES);
        return switch (ChangeChunk.parse(Bytes.copyOf(bytes))) {
            case Decoded.Parsed<ChangeChunk>(var change) -> change;
            case Decoded.Malformed<ChangeChunk>(var reason) ->
                    throw new IllegalArgumentException(reason);
        };
    }

    private static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException everyJvmHasIt) {
            throw new IllegalStateException(everyJvmHasIt);
        }
    }
}
