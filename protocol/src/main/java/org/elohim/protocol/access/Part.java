package org.elohim.protocol.access;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;

/// One thing that an observer of a family holds a copy of: `document:ID`, or `reach:local` for all
/// documents of this reach and of every wider one.
///
/// Invariants: a text is read as exactly one part and printed the same; it allows reading, and
/// nothing else.
public record Part(Scope scope) {
    /// What stands before it where the same is the scope of a token.
    private static final String READING = "read:";

    public Part {
        if (!scope.toString().startsWith(READING)) {
            throw new IllegalArgumentException("not a part of the documents: " + scope);
        }
    }

    /// Reads the text form.
    ///
    /// @throws IllegalArgumentException where the text is no part, saying what is allowed
    public static Part parse(String text) {
        if (!text.startsWith("document:") && !text.startsWith("reach:")) {
            throw new IllegalArgumentException(
                    "not a part of the documents; allowed: document:ID, reach:REACH");
        }
        return new Part(Scope.parse(READING + text));
    }

    /// Whether this document belongs to it, as it is now.
    public boolean holds(DocumentId document, Reach reach) {
        return scope.allows(Access.READ, document, reach);
    }

    @Override
    public String toString() {
        return scope.toString().substring(READING.length());
    }
}
