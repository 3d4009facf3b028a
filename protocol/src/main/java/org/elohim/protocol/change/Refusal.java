package org.elohim.protocol.change;

import org.elohim.protocol.id.ContentHash;

/// Why a change is not taken, in words for the one who sent it.
public sealed interface Refusal {
    String explanation();

    /// The document's raw history would weigh more than a device may make it.
    record TooManyBytes(long bytesMax) implements Refusal {
        @Override
        public String explanation() {
            return "document history would exceed " + bytesMax + " bytes; " + WAY_ON;
        }
    }

    record TooManyChanges(int changesMax) implements Refusal {
        @Override
        public String explanation() {
            return "document history would exceed " + changesMax + " changes; " + WAY_ON;
        }
    }

    /// The actor's change before this one is not among its ancestors, and never will be.
    record SequenceGap(long seq) implements Refusal {
        @Override
        public String explanation() {
            return "seq "
                    + seq
                    + " does not build on its actor's seq "
                    + (seq - 1)
                    + "; continue under a new actor id";
        }
    }

    /// Finding out whether the seq is right took too long for one batch.
    record TooEntangled() implements Refusal {
        @Override
        public String explanation() {
            return "too many changes in one batch whose actor's last change is far back;"
                    + " send them in smaller batches";
        }
    }

    /// It would leave one more end open, and there are too many already.
    record TooManyEnds(int endsMax) implements Refusal {
        @Override
        public String explanation() {
            return "the document has "
                    + endsMax
                    + " edits that none builds on; load it, and edit on top of them";
        }
    }

    /// A change that this one builds on was refused.
    record BehindRefused(ContentHash refused) implements Refusal {
        @Override
        public String explanation() {
            return "it builds on the refused change " + refused;
        }
    }

    String WAY_ON = "start a successor document with the present content and continue there";
}
