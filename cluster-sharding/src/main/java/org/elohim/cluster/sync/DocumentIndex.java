package org.elohim.cluster.sync;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.SyncMessage;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// What must be known of every document at any moment, also of those that sleep.
///
/// Invariants: one writer, which applies all events in the order of the journal; readers see each
/// document as of some event.
public final class DocumentIndex {
    private static final ContentHash NO_HEADS = ChangeGraph.digest(List.of());

    private final ConcurrentNavigableMap<DocumentId, Entry> entries = new ConcurrentSkipListMap<>();
    private final Set<DocumentId> unreadable = ConcurrentHashMap.newKeySet();

    /// One document.
    public record Entry(
            DocumentId document,
            Ruling ruling,
            long life,
            ContentHash headsDigest,
            long updatedMillis) {
        public Reach reach() {
            return ruling.reach();
        }

        public boolean deleted() {
            return life % 2 == 1;
        }

        /// What a peer is shown of it.
        SyncMessage.Digest digest() {
            return new SyncMessage.Digest(
                    document, deleted() ? NO_HEADS : headsDigest, life, ruling);
        }
    }

    /// Takes in what was committed next.
    public void apply(Committed committed) {
        if (committed.event() instanceof Document.Event event) {
            switch (event) {
                case Document.Event.Created(var document, var ruling, var _, long at) ->
                        put(new Entry(document, ruling, 0, NO_HEADS, at));
                case Document.Event.ChangesAccepted accepted ->
                        entries.computeIfPresent(
                                accepted.document(),
                                (_, was) ->
                                        new Entry(
                                                was.document(),
                                                was.ruling(),
                                                was.life(),
                                                accepted.headsDigest(),
                                                accepted.atMillis()));
                case Document.Event.ReachChanged changed ->
                        entries.computeIfPresent(
                                changed.document(),
                                (_, was) ->
                                        new Entry(
                                                was.document(),
                                                changed.ruling().after(was.ruling()),
                                                was.life(),
                                                was.headsDigest(),
                                                changed.atMillis()));
                case Document.Event.Deleted(var document, long life, long at) ->
                        live(document, life, at);
                case Document.Event.Restored(var document, long life, var _, long at) ->
                        live(document, life, at);
                case Document.Event.Noted _ -> {}
            }
        }
    }

    private void live(DocumentId document, long life, long atMillis) {
        entries.computeIfPresent(
                document,
                (_, was) -> new Entry(document, was.ruling(), life, was.headsDigest(), atMillis));
    }

    /// Takes over what was known of a document when it was last written down.
    void put(Entry entry) {
        entries.put(entry.document(), entry);
    }

    /// Not to be offered to anybody any more: who asked for its changes would wait for ever.
    public void unreadable(DocumentId document) {
        unreadable.add(document);
    }

    /// Whether all that lies here can be read.
    boolean isReadable() {
        return unreadable.isEmpty();
    }

    public boolean isReadable(DocumentId document) {
        return !unreadable.contains(document);
    }

    public Optional<Entry> find(DocumentId document) {
        return Optional.ofNullable(entries.get(document));
    }

    /// The documents after this one, ascending.
    public List<Entry> page(@Nullable DocumentId after, int max) {
        return (after == null ? entries : entries.tailMap(after, false))
                .values().stream().limit(max).toList();
    }

    /// How many there are, without the family's ledger, which is no user's.
    public int size() {
        return entries.size() - (entries.containsKey(DocumentId.LEDGER) ? 1 : 0);
    }
}
