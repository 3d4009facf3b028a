package org.elohim.cluster.family;

import org.elohim.protocol.family.Term;

/// What the family's leader does for all of it.
///
/// Invariants: between a beginning and its end this node leads in that term, as far as it can know.
/// While it is cut apart somebody else may as well. So whatever is done carries the term, is named
/// after what it is for and not after who did it, and of two attempts the one with the lower term
/// is ignored wherever both have been seen.
///
/// Both are called on the thread of [Family] and never wait.
public interface Duties {
    void begin(Term term);

    /// Also called before each beginning in another term.
    void end();
}
