package org.elohim.node.materialiser;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What came of reading a document.
public sealed interface Reading {
    /// What the document says.
    ///
    /// @param heads the changes that this is the content after
    /// @param leftOut changes that cannot be read and what builds on them; where there are any,
    ///   this is the last good state
    record Shown(Bytes json, Tag tag, List<ContentHash> heads, List<ContentHash> leftOut)
            implements Reading {
        public Shown {
            heads = List.copyOf(heads);
            leftOut = List.copyOf(leftOut);
        }
    }

    /// Whoever asked has it already.
    record Unchanged(Tag tag) implements Reading {}

    record Refused(Refusal refusal) implements Reading {}
}
