package org.elohim.node.materialiser;

/// Why a document is not read or written.
///
/// @param words a sentence for a person: what happened, and what to do
public record Refusal(Kind kind, String words) {
    /// What stands in the way.
    public enum Kind {
        /// It is nowhere, or not for whoever asks.
        ABSENT,
        DELETED,
        FORBIDDEN,
        /// Its changes are encrypted.
        SEALED,
        TOO_LARGE,
        /// What was sent is no JSON object.
        MALFORMED,
        /// The document says something else than whoever writes has seen.
        CHANGED,
        /// A document cannot say this.
        NOT_TAKEN,
        /// Not now.
        BUSY,
        /// The disk takes nothing now.
        NOT_WRITTEN,
        /// What is stored of it is damaged.
        UNREADABLE,
        /// Documents are not read on this machine.
        UNFIT
    }

    /// The same, thrown from deep inside.
    static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Refusal refusal;
        private final boolean spoiling;

        private Thrown(Refusal refusal, boolean spoiling) {
            // It is an answer: where it was made tells nothing.
            super(refusal.words(), null, false, false);
            this.refusal = refusal;
            this.spoiling = spoiling;
        }

        /// Whether the open document is no longer as it should be.
        boolean isSpoiling() {
            return spoiling;
        }

        Refusal refusal() {
            return refusal;
        }
    }

    /// Where the open document must not be used any more.
    Thrown spoiling() {
        return new Thrown(this, true);
    }

    static Thrown thrown(Kind kind, String words) {
        return new Thrown(new Refusal(kind, words), false);
    }
}
