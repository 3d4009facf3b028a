package org.elohim.crdt.process;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What the child answers.
sealed interface Reply {
    record Done() implements Reply {}

    /// The request could not be carried out, though the child goes on.
    record Failed(String reason) implements Reply {}

    record Applied(CrdtEngine.Applied applied) implements Reply {}

    record Edited(CrdtEngine.Edited edited) implements Reply {}

    record Found(Value value) implements Reply {}

    record Absent() implements Reply {}

    record Conflicts(org.elohim.crdt.Conflicts conflicts) implements Reply {}

    record Heads(List<ContentHash> hashes) implements Reply {
        public Heads {
            hashes = List.copyOf(hashes);
        }
    }

    record Saved(Bytes document) implements Reply {}
}
