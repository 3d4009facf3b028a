package org.elohim.node.api;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Whether this node serves.
///
/// Invariants: readiness depends on this node alone, never on another one; a node that stops never
/// becomes ready again.
public final class Health {
    /// Where the node is in its life.
    public enum Readiness {
        STARTING,
        READY,
        /// The disk takes nothing at the moment; whoever asks is not told that anything is safe.
        NOT_WRITING,
        STOPPING
    }

    private final AtomicReference<Readiness> readiness = new AtomicReference<>(Readiness.STARTING);

    private final BooleanSupplier takesWrites;

    public Health(BooleanSupplier takesWrites) {
        this.takesWrites = takesWrites;
    }

    public void become(Readiness next) {
        readiness.updateAndGet(now -> now == Readiness.STOPPING ? now : next);
    }

    public Readiness readiness() {
        Readiness now = readiness.get();
        return now == Readiness.READY && !takesWrites.getAsBoolean() ? Readiness.NOT_WRITING : now;
    }
}
