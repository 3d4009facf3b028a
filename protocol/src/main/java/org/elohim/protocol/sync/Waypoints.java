package org.elohim.protocol.sync;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Predicate;

/// Which positions of a stream wait to become safer, and what has to be reached for it.
///
/// Invariants: positions ascend; there are never more than a few dozens: where more come, the
/// latest waits for what came after it, so that a position may be called safe late, and never
/// early.
public final class Waypoints<V> {
    static final int WAYPOINTS_MAX = 64;

    private final Deque<Waypoint<V>> open = new ArrayDeque<>();
    // Also of those that are passed.
    private long last;

    /// A position, and what must be reached before it, and all before it, is safe.
    public record Waypoint<V>(long position, V goal) {}

    /// The position waits for this; a position that is not beyond all before changes nothing.
    public void add(long position, V goal) {
        if (position <= last) {
            return;
        }
        last = position;
        if (open.size() == WAYPOINTS_MAX) {
            open.removeLast();
        }
        open.add(new Waypoint<>(position, goal));
    }

    /// Forgets all that are reached, from the first on, and returns the last of them.
    public Optional<Waypoint<V>> pass(Predicate<Waypoint<V>> reached) {
        Optional<Waypoint<V>> passed = Optional.empty();
        while (!open.isEmpty() && reached.test(open.getFirst())) {
            passed = Optional.of(open.removeFirst());
        }
        return passed;
    }

    /// What is waited for first.
    public Optional<Waypoint<V>> next() {
        return Optional.ofNullable(open.peekFirst());
    }

    public boolean isEmpty() {
        return open.isEmpty();
    }

    /// Begins anew, from the first position on.
    public void clear() {
        open.clear();
        last = 0;
    }
}
