package org.elohim.crdt.process;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.RewrittenChange;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;

import java.util.List;

/// Makes changes with a valid checksum and a bad body: they pass every check and abort the engine.
public final class PoisonedChange {
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
        return RewrittenChange.checked(bytes);
    }
}
