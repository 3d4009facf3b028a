package org.elohim.node.api;

import org.elohim.cluster.family.FamilyView;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Whether this node serves, and how its family does: questions kept apart, because a service
/// manager restarts what is not live, a load balancer avoids what is not ready, and only a person
/// can mend a family.
///
/// Invariants: readiness depends on this node alone, never on another one; a node that stops never
/// becomes ready again.
public final class Health {
    /// Why the node serves or does not.
    public sealed interface Readiness {
        record Starting() implements Readiness {}

        record Ready() implements Readiness {}

        /// Nothing new can be kept; what is on disk can still be read.
        record JournalFailed(String reason) implements Readiness {}

        record Stopping() implements Readiness {}
    }

    private final AtomicReference<Readiness> readiness =
            new AtomicReference<>(new Readiness.Starting());
    private final Supplier<FamilyView> family;

    public Health(Supplier<FamilyView> family) {
        this.family = family;
    }

    public void become(Readiness next) {
        readiness.updateAndGet(now -> now instanceof Readiness.Stopping ? now : next);
    }

    public Readiness readiness() {
        return readiness.get();
    }

    FamilyView family() {
        return family.get();
    }
}
