package org.elohim.crdt;

import org.elohim.protocol.change.ChangeChunk;

import java.util.List;
import java.util.Optional;

/// Keeps a document from growing beyond what every device can open: its compacted size counts, and
/// how many operations its history has.
///
/// Invariants: the engine is asked only when the answer may have changed, since it must compact the
/// whole document for it.
public final class SizeGuard {
    private static final String WAY_ON = "; go on in a new document that refers to this one";

    private final long bytesMax;
    private final long operationsMax;

    // Of the changes when the document was last compacted, and what came of it. The compacted form
    // grows by no more than the changes that are added.
    private long changesBytes;
    private long compactedBytes;

    /// @param bytesMax of the document, compacted
    /// @param operationsMax of its history
    public SizeGuard(long bytesMax, long operationsMax) {
        this.bytesMax = bytesMax;
        this.operationsMax = operationsMax;
    }

    /// Why an edit that was just carried out must not be kept.
    public Optional<String> refusal(CrdtEngine engine, long changesBefore, List<ChangeChunk> edit) {
        long changesNow =
                changesBefore + edit.stream().mapToLong(change -> change.bytes().size()).sum();
        return tooLong(edit).or(() -> tooLarge(engine, changesNow));
    }

    // Numbers are given on from change to change, so the last tells of all that it has heard of.
    private Optional<String> tooLong(List<ChangeChunk> edit) {
        long operations =
                edit.stream()
                        .mapToLong(change -> change.startOp() - 1 + Operations.count(change))
                        .max()
                        .orElse(0);
        return operations <= operationsMax
                ? Optional.empty()
                : Optional.of(
                        ("the document's history would have %,d steps (characters typed or deleted,"
                                                + " values set), and %,d are allowed")
                                        .formatted(operations, operationsMax)
                                + WAY_ON);
    }

    private Optional<String> tooLarge(CrdtEngine engine, long changesNow) {
        if (compactedBytes + changesNow - changesBytes <= bytesMax) {
            return Optional.empty();
        }
        long compactedNow = engine.save().size();
        if (compactedNow > bytesMax) {
            return Optional.of(
                    "the document would be %,d bytes large, and %,d are allowed"
                                    .formatted(compactedNow, bytesMax)
                            + WAY_ON);
        }
        changesBytes = changesNow;
        compactedBytes = compactedNow;
        return Optional.empty();
    }
}
