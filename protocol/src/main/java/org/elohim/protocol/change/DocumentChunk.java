package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// A whole document in one compressed chunk, of which only the heads can be read without an engine.
///
/// Invariants: the checksum was right. The heads are a claim: whether the document leads to them is
/// known only after an engine has taken its changes apart.
public record DocumentChunk(List<ContentHash> heads, Bytes bytes) implements Chunk {
    public DocumentChunk {
        heads = List.copyOf(heads);
    }
}
