package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.Optional;

/// Whether this node leads, and in which term.
///
/// Invariants: it acts only in a term of its own that is durable here and higher than every one
/// that it had seen; it stops acting the moment that somebody else is to lead or a higher term of
/// somebody else is seen.
///
/// Two nodes may act at a time, while neither can know of the other. Their duties are fenced by
/// their terms.
public final class Leadership {
    /// How long a leader whose term was topped takes no other one. Two that each take the other for
    /// lost while they hear each other already would go on to outbid each other; by then they see
    /// each other.
    static final long REST_MILLIS = 1_000;

    private final NodeId self;
    private Optional<Term> highest;
    private Optional<NodeId> leader = Optional.empty();
    private Optional<Term> taking = Optional.empty();
    private Optional<Term> own = Optional.empty();
    private Optional<Long> restsUntilMillis = Optional.empty();

    /// @param highest that was ever seen here, from the disk
    public Leadership(NodeId self, Optional<Term> highest) {
        this.self = self;
        this.highest = highest;
    }

    /// The members say who is to lead. Answers the term to be made durable, where this node is to
    /// lead and does not yet.
    public Optional<Term> toLead(Optional<NodeId> next, long nowMillis) {
        leader = next;
        if (!next.equals(Optional.of(self))) {
            own = Optional.empty();
            taking = Optional.empty();
            return Optional.empty();
        }
        boolean rests = restsUntilMillis.filter(until -> nowMillis < until).isPresent();
        return own.isPresent() || taking.isPresent() || rests ? Optional.empty() : take();
    }

    /// The term is on the disk; a repeated or an outdated one changes nothing.
    public void durable(Term term) {
        if (taking.equals(Optional.of(term))) {
            taking = Optional.empty();
            own = Optional.of(term);
        }
    }

    /// A term was seen, of whomever, and is durable here. A leader of a lower one does not act any
    /// more; where it is to lead all the same, it takes a higher one once it has rested.
    public void seen(Term term, long nowMillis) {
        if (highest.isPresent() && highest.get().compareTo(term) >= 0) {
            return;
        }
        highest = Optional.of(term);
        if (own.isPresent() || taking.isPresent()) {
            own = Optional.empty();
            taking = Optional.empty();
            restsUntilMillis = Optional.of(nowMillis + REST_MILLIS);
        }
    }

    /// Another cluster of the family has come in, with whatever it did meanwhile. Answers the term
    /// to be made durable, where this node leads both: what comes is later than all that either
    /// did.
    public Optional<Term> merged() {
        own = Optional.empty();
        return leader.equals(Optional.of(self)) ? take() : Optional.empty();
    }

    private Optional<Term> take() {
        taking = Optional.of(new Term(highest.map(Term::number).orElse(0L) + 1, self));
        highest = taking;
        return taking;
    }

    /// In which this node acts; empty where it does not.
    public Optional<Term> acting() {
        return own;
    }

    /// Who is to lead, as far as is known here.
    public Optional<NodeId> leader() {
        return leader;
    }

    /// The highest that was ever seen or taken here.
    public Optional<Term> highest() {
        return highest;
    }
}
