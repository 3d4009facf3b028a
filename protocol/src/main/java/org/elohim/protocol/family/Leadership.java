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
    private final NodeId self;
    private Optional<Term> highest;
    private Optional<NodeId> leader = Optional.empty();
    private Optional<Term> taking = Optional.empty();
    private Optional<Term> own = Optional.empty();

    /// @param highest that was ever seen here, from the disk
    public Leadership(NodeId self, Optional<Term> highest) {
        this.self = self;
        this.highest = highest;
    }

    /// The members say who is to lead. Answers the term to be made durable, where this node is to
    /// lead and does not yet.
    public Optional<Term> toLead(Optional<NodeId> next) {
        leader = next;
        if (!next.equals(Optional.of(self))) {
            own = Optional.empty();
            taking = Optional.empty();
            return Optional.empty();
        }
        return own.isPresent() || taking.isPresent() ? Optional.empty() : take();
    }

    /// The term is on the disk; a repeated or an outdated one changes nothing. Answers the term to
    /// be made durable instead, where a higher one was seen meanwhile.
    public Optional<Term> durable(Term term) {
        if (!taking.equals(Optional.of(term))) {
            return Optional.empty();
        }
        taking = Optional.empty();
        if (!highest.equals(Optional.of(term))) {
            return take();
        }
        own = Optional.of(term);
        return Optional.empty();
    }

    /// A term was seen, of whomever, and is durable here. Answers the term to be made durable,
    /// where this node is to lead all the same: one of its own has to be higher.
    public Optional<Term> seen(Term term) {
        if (highest.isPresent() && highest.get().compareTo(term) >= 0) {
            return Optional.empty();
        }
        highest = Optional.of(term);
        if (own.isEmpty()) {
            return Optional.empty();
        }
        own = Optional.empty();
        return take();
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
