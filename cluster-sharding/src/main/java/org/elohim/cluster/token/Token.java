package org.elohim.cluster.token;

import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;

import java.time.Instant;
import java.util.List;

/// A token as the node keeps it: never its text, only the text's hash.
///
/// Invariants: it allows at least one thing.
///
/// A plain SHA-256 is enough: the text is 32 random bytes, which nobody can try through.
public record Token(ContentHash hash, String label, List<Scope> scopes, Instant issuedAt) {
    // Long enough that two tokens of one family do not share it, short enough to type.
    private static final int ID_BYTES = 6;

    public Token {
        scopes = List.copyOf(scopes);
        if (scopes.isEmpty()) {
            throw new IllegalArgumentException("a token without scopes allows nothing");
        }
    }

    /// What people call it by when they revoke it. Tells nothing about the text.
    public String id() {
        return hash.bytes().slice(0, ID_BYTES).toHex();
    }

    public boolean allows(Access wanted, DocumentId document, Reach reach) {
        return scopes.stream().anyMatch(scope -> scope.allows(wanted, document, reach));
    }

    public boolean isAdmin() {
        return scopes.stream().anyMatch(Scope.Admin.class::isInstance);
    }
}
