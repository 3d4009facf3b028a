package org.elohim.node.materialiser;

import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What came of writing a document.
public sealed interface Writing {
    /// It says so now, safely.
    ///
    /// @param changes how many that took; none where it said so already
    /// @param made whether it was nowhere before
    record Stored(Tag tag, List<ContentHash> heads, int changes, boolean made) implements Writing {
        public Stored {
            heads = List.copyOf(heads);
        }
    }

    record Refused(Refusal refusal) implements Writing {}
}
