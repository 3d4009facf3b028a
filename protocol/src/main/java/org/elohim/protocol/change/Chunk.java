package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;

/// One piece of an Automerge file or delta.
public sealed interface Chunk permits ChangeChunk, DocumentChunk {
    Bytes bytes();
}
