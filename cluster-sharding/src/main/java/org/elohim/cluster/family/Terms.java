package org.elohim.cluster.family;

import org.elohim.protocol.family.Leadership;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.util.Optional;

/// The terms that this node has heard of or takes, each on the disk before it counts.
///
/// Invariants: what is written never goes down; a term that was heard is told to the leadership,
/// and an own one is acted in, only once it or a higher one is on the disk.
final class Terms {
    private final Leadership leadership;
    private Optional<Term> onDisk;
    private Optional<Term> heard = Optional.empty();
    private Optional<Term> taking = Optional.empty();
    private boolean writing;

    /// @param onDisk the highest that was ever seen here
    Terms(NodeId self, Optional<Term> onDisk) {
        this.leadership = new Leadership(self, onDisk);
        this.onDisk = onDisk;
    }

    void toLead(Optional<NodeId> next, long nowMillis) {
        take(leadership.toLead(next, nowMillis));
    }

    /// Others have joined, with whatever they did before.
    void merged() {
        take(leadership.merged());
    }

    void hear(Term term) {
        if (isAbove(term, leadership.highest()) && isAbove(term, heard)) {
            heard = Optional.of(term);
        }
    }

    private void take(Optional<Term> own) {
        if (own.isPresent()) {
            taking = own;
        }
    }

    /// What is to be written now; whoever takes it says `written` or `failed`.
    Optional<Term> toWrite(long nowMillis) {
        settle(nowMillis);
        if (writing) {
            return Optional.empty();
        }
        Optional<Term> next =
                heard.isPresent() && taking.filter(own -> isAbove(own, heard)).isEmpty()
                        ? heard
                        : taking;
        writing = next.isPresent();
        return next;
    }

    void written(Term term) {
        writing = false;
        onDisk = Optional.of(term);
    }

    void failed() {
        writing = false;
    }

    private void settle(long nowMillis) {
        if (heard.isPresent() && !isAbove(heard.get(), onDisk)) {
            leadership.seen(heard.get(), nowMillis);
            heard = Optional.empty();
        }
        if (taking.isPresent() && !isAbove(taking.get(), onDisk)) {
            leadership.durable(taking.get());
            taking = Optional.empty();
        }
    }

    private static boolean isAbove(Term term, Optional<Term> other) {
        return other.filter(each -> each.compareTo(term) >= 0).isEmpty();
    }

    Optional<Term> acting() {
        return leadership.acting();
    }

    /// The highest that survives a crash.
    Optional<Term> highest() {
        return onDisk;
    }
}
