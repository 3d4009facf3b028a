package org.elohim.node.materialiser;

import org.elohim.crdt.EngineLost;
import org.elohim.protocol.id.DocumentId;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.LongSupplier;

/// The deaths of the child at work on a document that had been opened well: those that no search
/// for a bad change explains.
///
/// Invariants: a document that brings the child to its end is left alone before it can keep it from
/// all others.
final class Deaths {
    static final int DEATHS_MAX = 2;

    static final Duration LEFT_ALONE_FOR = Duration.ofMinutes(10);

    private static final int DOCUMENTS_MAX = 1_000;

    private final LongSupplier nowMillis;
    private final LinkedHashMap<DocumentId, Died> died = new LinkedHashMap<>();

    private record Died(int times, long lastMillis) {}

    /// @param nowMillis never goes back
    Deaths(LongSupplier nowMillis) {
        this.nowMillis = nowMillis;
    }

    /// Whether it was the document, and not the machine or somebody else.
    static boolean isOf(EngineLost lost) {
        return switch (lost.why()) {
            case CRASHED, LATE, TOO_LARGE -> true;
            case UNFIT, GONE -> false;
        };
    }

    /// For whoever wanted something of the document when that happened.
    static Refusal refusal(DocumentId document, EngineLost lost) {
        return new Refusal(
                Refusal.Kind.BUSY,
                "The process that reads documents has ended at work on document %s, since it %s. Nothing was written; ask again."
                        .formatted(
                                document,
                                switch (lost.why()) {
                                    case LATE -> "took too long";
                                    case TOO_LARGE -> "took too much memory";
                                    case CRASHED, UNFIT, GONE -> "failed on it";
                                }));
    }

    synchronized void died(DocumentId document) {
        long now = nowMillis.getAsLong();
        int before = times(document, now);
        died.remove(document);
        died.put(document, new Died(before + 1, now));
        if (died.size() > DOCUMENTS_MAX) {
            died.pollFirstEntry();
        }
    }

    /// Why nobody works on it now, where that is so.
    synchronized Optional<Refusal> refusal(DocumentId document) {
        return times(document, nowMillis.getAsLong()) < DEATHS_MAX
                ? Optional.empty()
                : Optional.of(
                        new Refusal(
                                Refusal.Kind.BUSY,
                                "The process that reads documents has ended %d times at work on document %s, so the node leaves it alone for %d minutes. It is kept and synced as before; a device may be able to read it."
                                        .formatted(
                                                DEATHS_MAX, document, LEFT_ALONE_FOR.toMinutes())));
    }

    private int times(DocumentId document, long now) {
        Died before = died.get(document);
        return before == null || now - before.lastMillis() >= LEFT_ALONE_FOR.toMillis()
                ? 0
                : before.times();
    }
}
