package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// One edit of a document, as the graph sees it: a name, what it builds on, and opaque bytes.
///
/// Invariants: the hash follows from the content, so it names the deps too, and no change can
/// depend on itself, however indirectly; `seq` counts the actor's changes from 1.
public sealed interface Change permits ChangeChunk, SealedChange {
    /// Reads one change of either kind, as it lies in the journal or a message.
    static Decoded<? extends Change> parse(Bytes bytes) {
        return SealedChange.isSealed(bytes) ? SealedChange.parse(bytes) : ChangeChunk.parse(bytes);
    }

    /// A change that was parsed before it was stored.
    ///
    /// @throws IllegalStateException where the store has damaged it
    static Change stored(Bytes bytes) {
        return switch (parse(bytes)) {
            case Decoded.Parsed<? extends Change>(var change) -> change;
            case Decoded.Malformed<? extends Change>(var reason) ->
                    throw new IllegalStateException("a damaged change is stored: " + reason);
        };
    }

    ContentHash hash();

    List<ContentHash> deps();

    /// Who made it: an Automerge actor id, or the author's public key.
    Bytes actor();

    long seq();

    Bytes bytes();

    default int sizeBytes() {
        return bytes().size();
    }
}
