package org.elohim.client;

import org.elohim.crdt.CrdtEngine;

import java.util.Optional;

/// Keeps a document from growing beyond what every device can open: its compacted size counts.
///
/// Invariants: the engine is asked only when the answer may have changed, since it must compact the
/// whole document for it.
final class SizeGuard {
    private final long bytesMax;

    // Of the changes when the document was last compacted, and what came of it. The compacted form
    // grows by no more than the changes that are added.
    private long changesBytes;
    private long compactedBytes;

    SizeGuard(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /// Why an edit that was just carried out must not be kept.
    Optional<String> refusal(CrdtEngine engine, long changesBefore, long editBytes) {
        long changesNow = changesBefore + editBytes;
        if (compactedBytes + changesNow - changesBytes <= bytesMax) {
            return Optional.empty();
        }
        long compactedNow = engine.save().size();
        if (compactedNow > bytesMax) {
            return Optional.of(
                    "the document would be %,d bytes large, and %,d are allowed; go on in a new document that refers to this one"
                            .formatted(compactedNow, bytesMax));
        }
        changesBytes = changesNow;
        compactedBytes = compactedNow;
        return Optional.empty();
    }
}
