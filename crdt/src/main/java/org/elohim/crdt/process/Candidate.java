package org.elohim.crdt.process;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// A change that is to be applied: its hash, what it builds on, and its chunk.
public record Candidate(ContentHash hash, List<ContentHash> deps, Bytes chunk) {
    public Candidate {
        deps = List.copyOf(deps);
    }
}
