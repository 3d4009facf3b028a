package org.elohim.node.sync;

import org.elohim.protocol.Bytes;

import java.util.Optional;

/// One message as it comes in, up to its end.
///
/// Invariants: of one that is refused nothing is kept, and what still comes of it is read past: to
/// stop reading would end the connection before its peer was told why.
final class Collected {
    private final FrameParts parts;
    private final Runnable onRefusal;
    private boolean refused;

    /// @param onRefusal is run once, where this is no message of an honest peer
    Collected(int bytesMax, Runnable onRefusal) {
        this.parts = new FrameParts(bytesMax, System.nanoTime());
        this.onRefusal = onRefusal;
    }

    Collected take(byte[] part) {
        if (!refused) {
            try {
                parts.with(part, System.nanoTime());
            } catch (IllegalArgumentException tooMuch) {
                refused = true;
                onRefusal.run();
            }
        }
        return this;
    }

    /// Nothing where it was refused.
    Optional<Bytes> whole() {
        return refused ? Optional.empty() : Optional.of(parts.whole());
    }
}
