package org.elohim.node.materialiser;

import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.util.Set;
import java.util.concurrent.CompletionStage;

/// What documents say, for those whose token allows it.
///
/// Invariants: whoever asks is answered within a bound.
public interface Contents {
    /// Of a document as JSON, read or written.
    int JSON_BYTES_MAX = JsonText.BYTES_MAX;

    /// What a document says.
    ///
    /// @param known what whoever asks has already
    CompletionStage<Reading> read(DocumentId id, Grant.OfToken grant, Set<Tag> known);

    /// Makes a document say this; answered once that is fsynced.
    ///
    /// @param json a JSON object
    CompletionStage<Writing> write(
            DocumentId id, Grant.OfToken grant, Bytes json, Expected expected);
}
