package org.elohim.cluster.journal;

import java.util.Optional;

/// What is stored is not what was written. Unlike a disk that fails or is slow, this does not pass:
/// only a backup helps.
public final class Damaged extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Damaged(String message, Throwable cause) {
        super(message, cause);
    }

    public Damaged(String message) {
        super(message);
    }

    /// Whether a failure comes from that, through whatever it came here.
    public static Optional<Damaged> in(Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof Damaged damaged) {
                return Optional.of(damaged);
            }
        }
        return Optional.empty();
    }
}
