package org.elohim.cluster.sync;

import java.util.Optional;

/// Whether this node takes edits, of devices and of people.
///
/// Invariants: while it is closed no edit begins; what had begun before is counted until it is
/// answered, so that somebody can know when the last one is.
public final class Intake {
    private Optional<String> closed;
    private int underWay;

    private Intake(Optional<String> closed) {
        this.closed = closed;
    }

    public static Intake open() {
        return new Intake(Optional.empty());
    }

    /// From the beginning.
    ///
    /// @param why in words, for a person who wants to edit
    public static Intake closed(String why) {
        return new Intake(Optional.of(why));
    }

    /// From now on.
    ///
    /// @param why in words, for a person who wants to edit
    public synchronized void close(String why) {
        closed = Optional.of(why);
    }

    public synchronized void reopen() {
        closed = Optional.empty();
    }

    /// Why no edits are taken, where that is so.
    public synchronized Optional<String> refusal() {
        return closed;
    }

    /// An edit begins, and is said to have ended later; where the answer is why not, none does.
    public synchronized Optional<String> begin() {
        if (closed.isEmpty()) {
            underWay++;
        }
        return closed;
    }

    public synchronized void end() {
        underWay--;
    }

    /// Whether no edit is under way and none can begin.
    public synchronized boolean isStill() {
        return closed.isPresent() && underWay == 0;
    }
}
