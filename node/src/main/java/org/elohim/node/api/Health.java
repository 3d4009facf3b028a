package org.elohim.node.api;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Whether this node serves, and how its family does: three questions kept apart, because a service
/// manager restarts what is not live, a load balancer avoids what is not ready, and only a person
/// can mend a family.
///
/// Invariants: readiness depends on this node alone and never on another one.
public final class Health {
    /// Why the node serves or does not.
    public sealed interface Readiness {
        record Starting() implements Readiness {}

        record Ready() implements Readiness {}

        /// The journal cannot be written; what is on disk can still be read.
        record JournalFailed(String reason) implements Readiness {}

        record Stopping() implements Readiness {}
    }

    /// The family as this node sees it.
    public record Family(String status, int members, int unreachable) {
        public static Family forming() {
            return new Family("forming", 0, 0);
        }

        /// `others` counts the members besides this node.
        public static Family of(int others, int unreachable) {
            String status = unreachable > 0 ? "degraded" : others == 0 ? "alone" : "whole";
            return new Family(status, others + 1, unreachable);
        }

        boolean isWell() {
            return status.equals("alone") || status.equals("whole");
        }
    }

    private final AtomicReference<Readiness> readiness =
            new AtomicReference<>(new Readiness.Starting());
    private final AtomicReference<Supplier<Family>> family = new AtomicReference<>(Family::forming);

    public void become(Readiness next) {
        readiness.set(next);
    }

    public void observeFamily(Supplier<Family> observed) {
        family.set(observed);
    }

    Readiness readiness() {
        return readiness.get();
    }

    Family family() {
        return family.get().get();
    }
}
