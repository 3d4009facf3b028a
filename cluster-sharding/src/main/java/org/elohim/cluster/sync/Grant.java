package org.elohim.cluster.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
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

    /// Whether the peer is a node of the same family: it is told of rulings, and its own are taken.
    default boolean isFamily() {
        return false;
    }

    /// Whether the peer holds everything, and its copies make what lies here safer.
    default boolean isFull() {
        return false;
    }

    /// What two nodes of a family are to each other.
    ///
    /// @param mine the part that this node takes of the family's documents; nothing where it takes
    ///   everything
    static Grant ofFamily(List<Part> mine, List<Part> theirs) {
        if (mine.isEmpty()) {
            return theirs.isEmpty() ? new OfFamily() : new OfObserver(theirs);
        }
        // Two observers have nothing to tell each other: what they hold comes from the full nodes.
        return theirs.isEmpty() ? new OfSource() : new OfObserver(List.of());
    }

    /// Whoever shows a token that was issued here.
    record OfToken(ContentHash token, List<Scope> scopes) implements Grant {
        public OfToken {
            scopes = List.copyOf(scopes);
        }

        @Override
        public boolean allows(Access access, DocumentId document, Reach reach) {
            return scopes.stream().anyMatch(scope -> scope.allows(access, document, reach));
        }

        /// Whether it allows this with a blob of this reach. Asked at each request, of which ten
        /// thousand come in a second.
        public boolean allowsBlobs(Access access, Reach reach) {
            for (Scope scope : scopes) {
                if (scope.allowsBlobs(access, reach)) {
                    return true;
                }
            }
            return false;
        }

        /// The narrowest reach of blobs with which it allows this, and so with all wider ones;
        /// nothing where it allows it with no blob at all.
        public Optional<Reach> narrowestBlobs(Access access) {
            for (Reach reach : Reach.values()) {
                if (allowsBlobs(access, reach)) {
                    return Optional.of(reach);
                }
            }
            return Optional.empty();
        }

        /// The same without leave to change anything.
        public OfToken reading() {
            return new OfToken(token, scopes.stream().map(Scope::reading).toList());
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
            return hash("", scopes);
        }
    }

    /// Another node of the family, which has everything. What it has let in has to be the same
    /// everywhere, and it tells who may have it.
    record OfFamily() implements Grant {
        @Override
        public boolean isFamily() {
            return true;
        }

        @Override
        public boolean isFull() {
            return true;
        }

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

    /// A node of the family that holds a part, and adds nothing.
    record OfObserver(List<Part> part) implements Grant {
        public OfObserver {
            part = List.copyOf(part);
        }

        @Override
        public boolean isFamily() {
            return true;
        }

        @Override
        public boolean allows(Access access, DocumentId document, Reach reach) {
            // Else it would know none of the family's tokens.
            return access == Access.READ
                    && (document.isLedger()
                            || part.stream().anyMatch(each -> each.holds(document, reach)));
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
            return hash("observer\n", part);
        }
    }

    /// A full node of the family, as an observer sees it: all comes from there, and nothing goes.
    record OfSource() implements Grant {
        @Override
        public boolean isFamily() {
            return true;
        }

        @Override
        public boolean allows(Access access, DocumentId document, Reach reach) {
            return access == Access.WRITE;
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
            return hash("source");
        }
    }

    private static ContentHash hash(String kind, List<?> parts) {
        return hash(
                parts.stream()
                        .map(Object::toString)
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining("\n", kind, "")));
    }

    private static ContentHash hash(String text) {
        return ContentHash.of(Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8)));
    }
}
