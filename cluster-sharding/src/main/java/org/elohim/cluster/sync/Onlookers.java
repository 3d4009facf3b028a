package org.elohim.cluster.sync;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Who wants to hear that something has become of documents, by name and without their positions in
/// the stream: clients that have them open.
///
/// Invariants: whoever watches a document hears of everything that is fsynced after that, and of
/// the end of his token; telling never waits for anybody.
public final class Onlookers {
    private final Map<DocumentId, Set<Onlooker>> ofDocument = new HashMap<>();
    private final Map<ContentHash, Set<Onlooker>> ofToken = new HashMap<>();
    // Since this process began, which every connection has ended with.
    private final Set<ContentHash> revoked = new LinkedHashSet<>();

    /// Hears it on the journal's thread, so it only passes it on. Compared by identity.
    public static final class Onlooker {
        private final Consumer<DocumentId> moved;
        private final Runnable revoked;

        /// @param moved hears of each document that was made, has grown, was deleted or restored,
        ///   or whose reach has changed
        /// @param revoked is run when the token that it shows is worth nothing any more
        public Onlooker(Consumer<DocumentId> moved, Runnable revoked) {
            this.moved = moved;
            this.revoked = revoked;
        }
    }

    /// The journal calls this for each commit.
    public synchronized void committed(List<Committed> batch) {
        Set<DocumentId> moved = new LinkedHashSet<>();
        for (Committed committed : batch) {
            switch (committed.event()) {
                case Document.Event.Noted _ -> {}
                case Document.Event event -> moved.add(event.document());
                case Tokens.Event.Revoked(var token, var _) -> {
                    revoked.add(token);
                    ofToken.getOrDefault(token, Set.of()).forEach(each -> each.revoked.run());
                }
                default -> {}
            }
        }
        for (DocumentId document : moved) {
            ofDocument
                    .getOrDefault(document, Set.of())
                    .forEach(each -> each.moved.accept(document));
        }
    }

    /// From here on it hears of the end of this token.
    ///
    /// @return false, and nothing is changed, where the token is revoked already
    public synchronized boolean enter(Onlooker onlooker, ContentHash token) {
        if (revoked.contains(token)) {
            return false;
        }
        ofToken.computeIfAbsent(token, _ -> new LinkedHashSet<>()).add(onlooker);
        return true;
    }

    public synchronized void watch(Onlooker onlooker, DocumentId document) {
        ofDocument.computeIfAbsent(document, _ -> new LinkedHashSet<>(2)).add(onlooker);
    }

    public synchronized void unwatch(Onlooker onlooker, DocumentId document) {
        remove(ofDocument, document, onlooker);
    }

    /// It hears of nothing any more.
    ///
    /// @param documents all that it watches
    public synchronized void leave(
            Onlooker onlooker, ContentHash token, Collection<DocumentId> documents) {
        remove(ofToken, token, onlooker);
        documents.forEach(document -> remove(ofDocument, document, onlooker));
    }

    private static <K> void remove(Map<K, Set<Onlooker>> from, K key, Onlooker onlooker) {
        from.computeIfPresent(
                key,
                (_, those) -> {
                    those.remove(onlooker);
                    return those.isEmpty() ? null : those;
                });
    }
}
