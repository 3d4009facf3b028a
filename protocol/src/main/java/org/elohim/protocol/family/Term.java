package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

/// A leader's time in office, and what its duties carry.
///
/// Invariants: the later term is higher; of two leaders that took the same number while they were
/// cut apart, the one with the higher id is. So any two can be compared, and an attempt at a duty
/// with the lower one is ignored wherever the other has been seen.
public record Term(long number, NodeId leader) implements Comparable<Term> {
    /// Nobody counts this far, however often the family is cut apart and merged.
    public static final long NUMBER_MAX = 1L << 62;

    public Term {
        if (number < 1 || number > NUMBER_MAX) {
            throw new IllegalArgumentException("term=" + Long.toUnsignedString(number));
        }
    }

    @Override
    public int compareTo(Term other) {
        int byNumber = Long.compare(number, other.number);
        return byNumber != 0 ? byNumber : leader.compareTo(other.leader);
    }
}
