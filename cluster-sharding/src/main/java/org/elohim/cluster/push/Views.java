package org.elohim.cluster.push;

import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.util.concurrent.CompletionStage;

/// What documents say, for clients that cannot read changes themselves.
///
/// Invariants: whoever asks is answered within a bound, and nothing fails for him; what he is shown
/// has all that was fsynced when he asked.
@FunctionalInterface
public interface Views {
    CompletionStage<View> of(DocumentId document, Grant.OfToken grant);

    /// A document as a client is shown it.
    sealed interface View {
        /// What it says.
        ///
        /// @param json an object
        /// @param tag the same for the same content
        /// @param leftOut how many changes cannot be read; this is what the document says without
        ///   them
        record Shown(Bytes json, String tag, int leftOut) implements View {}

        /// Why it cannot be shown now, in words.
        record Hidden(String words) implements View {}
    }
}
