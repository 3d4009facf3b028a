package org.elohim.protocol.sim;

import java.util.function.Supplier;

/// A world in which something does not hold that must.
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    final Kind kind;

    /// What sort of harm it would be to a family.
    enum Kind {
        /// Something goes on for ever, or waits for ever.
        STUCK,
        /// All is quiet, and two replicas that should have the same have not.
        DIVERGENT,
        /// Something that was called safe is gone.
        LOST,
        /// A rule of the protocol was broken on the way.
        BROKEN
    }

    Failure(Kind kind, String what) {
        super(what);
        this.kind = kind;
    }

    /// The words cost more than most checks, so they are made only where they are needed.
    static void unless(boolean holds, Kind kind, Supplier<String> what) {
        if (!holds) {
            throw new Failure(kind, what.get());
        }
    }
}
