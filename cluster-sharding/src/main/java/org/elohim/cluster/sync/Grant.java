package org.elohim.cluster.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// What a connected peer may see and change, and the token it owes that to.
public record Grant(ContentHash token, List<Scope> scopes) {
    public Grant {
        scopes = List.copyOf(scopes);
    }

    boolean allows(Access access, DocumentId document, Reach reach) {
        return scopes.stream().anyMatch(scope -> scope.allows(access, document, reach));
    }

    /// The reach of a document that this peer brings: the narrowest that it may write to.
    Reach newcomerReach() {
        return scopes.stream()
                .filter(
                        scope ->
                                scope instanceof Scope.OfReach(var access, var _)
                                        && access == Access.WRITE)
                .map(scope -> ((Scope.OfReach) scope).reach())
                .min(Reach::compareTo)
                .orElse(Reach.DEFAULT);
    }

    /// The same for everybody who is allowed the same.
    ContentHash digest() {
        String text =
                scopes.stream()
                        .map(Scope::toString)
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining("\n"));
        return ContentHash.of(Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8)));
    }
}
