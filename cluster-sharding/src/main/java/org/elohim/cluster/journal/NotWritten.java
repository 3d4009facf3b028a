package org.elohim.cluster.journal;

import java.util.Optional;

/// The answer to whoever waits for a write that failed. Nothing was decided: the same may be asked
/// again, and is taken once the disk takes writes.
public final class NotWritten extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NotWritten() {
        // It is an answer: where it was made tells nothing.
        super(
                "the node could not write its journal, so nothing of this was taken. Its disk is"
                        + " full or fails: once there is room, the same is taken when it comes"
                        + " again.",
                null,
                false,
                false);
    }

    /// Whether a failure comes from that, through whatever it came here.
    public static Optional<NotWritten> in(Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof NotWritten found) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }
}
