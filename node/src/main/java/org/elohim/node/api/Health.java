package org.elohim.node.api;

import java.util.concurrent.atomic.AtomicReference;

/// Whether this node serves.
///
/// Invariants: readiness depends on this node alone, never on another one; a node that stops never
/// becomes ready again.
public final class Health {
    /// Where the node is in its life.
    public enum Readiness {
        STARTING,
        READY,
        STOPPING
    }

    private final AtomicReference<Readiness> readiness = new AtomicReference<>(Readiness.STARTING);

    public void become(Readiness next) {
        readiness.updateAndGet(now -> now == Readiness.STOPPING ? now : next);
    }

    public Readiness readiness() {
        return readiness.get();
    }
}
