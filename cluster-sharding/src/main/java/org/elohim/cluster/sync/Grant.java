package org.elohim.cluster.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// What a connected peer may see and change, and what it owes that to.
public sealed interface Grant {
    boolean allows(Access access, DocumentId document, Reach reach);

    /// Who may have a document that this peer brings.
    Ruling newcomer(NodeId peer);

    /// What its changes may cost.
    Entry entry();

    /// The same for everybody who is allowed the same.
    ContentHash digest();

    /// Whoever shows a token that was issued here.
    record OfToken(ContentHash token, List<Scope> scopes) implements Grant {
        public OfToken {
            scopes = List.copyOf(scopes);
        }

        @Override
        public boolean allows(Access access, DocumentId document, Reach reach) {
            return scopes.stream().anyMatch(scope -> scope.allows(access, document, reach));
        }

        /// Of the reaches that it may write to the narrowest.
        @Override
        public Ruling newcomer(NodeId peer) {
            Reach narrowest =
                    scopes.stream()
                            .filter(
                                    scope ->
                                            scope instanceof Scope.OfReach(var access, var _)
                                                    && access == Access.WRITE)
                            .map(scope -> ((Scope.OfReach) scope).reach())
                            .min(Reach::compareTo)
                            .orElse(Reach.DEFAULT);
            return Ruling.first(narrowest, peer);
        }

        @Override
        public Entry entry() {
            return Entry.DEVICE;
        }

        @Override
        public ContentHash digest() {
            return hash(
                    scopes.stream()
                            .map(Scope::toString)
                            .distinct()
                            .sorted()
                            .collect(Collectors.joining("\n")));
        }
    }

    /// Another node of the family, which has everything. What it has let in has to be the same
    /// everywhere, and it tells who may have it.
    record OfFamily() implements Grant {
        @Override
        public boolean allows(Access access, DocumentId document, Reach reach) {
            return true;
        }

        @Override
        public Ruling newcomer(NodeId peer) {
            return Ruling.NONE;
        }

        @Override
        public Entry entry() {
            return Entry.RELAY;
        }

        @Override
        public ContentHash digest() {
            return hash("family");
        }
    }

    private static ContentHash hash(String text) {
        return ContentHash.of(Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8)));
    }
}
