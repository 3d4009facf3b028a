package org.elohim.client.link;

import org.elohim.client.store.LocalStore;
import org.elohim.client.store.StoredEntry;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What sessions bring into the device's store and want to know from it. No engine is asked: what
/// arrives is foreign, and here only its header is read.
///
/// Invariants: a graph here has what the store has, never more; what is answered as durable is on
/// the disk.
final class Intake {
    // Of documents that something happens to; the others are read again when needed. A change takes
    // about 120 bytes of a graph.
    private static final int GRAPHS_MAX = 128;
    private static final int CHANGES_MAX = 200_000;
    // Each deletion and each restore counts one, so nobody comes near this; who says so leaves no
    // room for those that are meant.
    private static final long LIFE_TOLD_MAX = 1L << 40;
    private static final String DELETED = "the document was deleted on this device";

    private final LocalStore store;
    // In the order of the last use.
    private final Map<DocumentId, Known> documents = new LinkedHashMap<>(16, 0.75f, true);

    /// A document, and how far in the journal it was read.
    private static final class Known {
        private final ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);
        private long through;
        private long life;
    }

    Intake(LocalStore store) {
        this.store = store;
    }

    /// Puts all of this, Takes and marks, into the store at once.
    List<Input> take(NodeId peer, List<Output> wanted) {
        try {
            return store.write(
                    () -> {
                        var answers = new ArrayList<Input>();
                        for (Output each : wanted) {
                            answers.add(
                                    switch (each) {
                                        case Output.Take take -> taken(peer, take);
                                        case Output.TakeMark mark -> marked(peer, mark);
                                        default -> throw new IllegalArgumentException("" + each);
                                    });
                        }
                        return answers;
                    });
        } catch (RuntimeException notKept) {
            // The graphs may have what the disk has not.
            documents.clear();
            throw notKept;
        }
    }

    private Input taken(NodeId peer, Output.Take take) throws SQLException {
        var arrived = new ArrayList<Change>();
        for (Bytes bytes : take.changes()) {
            switch (Change.parse(bytes)) {
                case Decoded.Parsed<? extends Change>(var change) -> arrived.add(change);
                case Decoded.Malformed<? extends Change>(var reason) -> {
                    return new Input.Poisoned(take.ticket(), reason);
                }
            }
        }
        if (!arrived.stream().allMatch(change -> belongs(change, take.document()))) {
            return new Input.Poisoned(take.ticket(), "sealed for another document, or forged");
        }
        Known known = current(take.document());
        if (isDeleted(known)) {
            return Settlement.refusing(
                    take.ticket(), take.awaited(), arrived, Limit.DOCUMENT_DELETED, DELETED);
        }
        Decision decision = known.graph.decide(arrived, Entry.RELAY);
        known.graph.keepWaiting(decision);
        if (!decision.accepted().isEmpty()) {
            store.append(
                    take.lane() == Lane.LOCAL ? Lane.NEW : take.lane(),
                    take.document(),
                    new HashSet<>(arrived).containsAll(decision.accepted()) ? peer : null,
                    decision.accepted());
            read(take.document(), known);
        }
        return new Settlement(known.graph, decision, Entry.RELAY)
                .answer(take.ticket(), take.lane(), take.awaited(), arrived);
    }

    private static boolean belongs(Change change, DocumentId document) {
        return !(change instanceof SealedChange sealed)
                || (sealed.document().equals(document) && sealed.isSignedByItsAuthor());
    }

    private Input marked(NodeId peer, Output.TakeMark mark) throws SQLException {
        Known known = current(mark.document());
        if (mark.kind() == StreamEntry.Kind.WITHDRAWN) {
            store.mark(Lane.NEW, mark.kind(), mark.document(), peer, 0);
        } else {
            live(peer, mark.document(), known, mark.life());
        }
        return Settlement.noted(mark.ticket(), known.graph.heads());
    }

    // Of two lives the higher wins. A restore goes back to whoever sent it, since he has refused
    // what was changed here meanwhile, and now asks for it.
    private void live(NodeId peer, DocumentId document, Known known, long life)
            throws SQLException {
        if (life > LIFE_TOLD_MAX) {
            store.nodes().disbelieved(peer, document, tooManyLives(life));
        } else if (life > known.life) {
            boolean deleted = life % 2 == 1;
            store.mark(
                    Lane.NEW,
                    deleted ? StreamEntry.Kind.DELETED : StreamEntry.Kind.RESTORED,
                    document,
                    deleted ? peer : null,
                    life);
            read(document, known);
        }
    }

    private static String tooManyLives(long life) {
        return "the node says that it was deleted and restored %d times, which nobody has done; this device leaves it as it is"
                .formatted(life);
    }

    private static boolean isDeleted(Known known) {
        return known.life % 2 == 1;
    }

    Input page(Output.ReadPage read) {
        // Before the page: what comes in between is Fresh.
        long end = store.end();
        List<StreamEntry> entries =
                store.page(read.lane(), read.after(), read.entriesMax(), read.bytesMax());
        boolean atEnd = entries.isEmpty();
        long through = atEnd ? Math.max(end, read.after()) : entries.getLast().ordering();
        return new Input.Page(read.ticket(), entries, through, atEnd);
    }

    Input changes(Output.ReadChanges read) {
        Known known = current(read.document());
        var found = new ArrayList<Bytes>();
        if (!isDeleted(known)) {
            Map<Long, List<Bytes>> rows = new HashMap<>();
            for (Selection.Location location :
                    known.graph.wanted(
                            read.heads(),
                            read.hashes(),
                            read.bytesMax(),
                            SyncMessage.CHANGES_MAX)) {
                found.add(
                        rows.computeIfAbsent(location.journalSequence(), store::changesAt)
                                .get(location.batchIndex()));
            }
        }
        return new Input.ChangesRead(read.ticket(), found);
    }

    /// All changes of an entry, those included that its ends imply.
    List<ContentHash> hashes(StreamEntry entry) {
        return store.changesAt(entry.ordering()).stream()
                .map(bytes -> Change.stored(bytes).hash())
                .toList();
    }

    Input digests(Output.ReadDigests read) {
        List<DocumentId> page =
                store.documents().stream()
                        .filter(id -> read.after() == null || id.compareTo(read.after()) > 0)
                        .limit(read.max() + 1L)
                        .toList();
        boolean end = page.size() <= read.max();
        return new Input.DigestsRead(
                read.ticket(), page.stream().limit(read.max()).map(this::digest).toList(), end);
    }

    private SyncMessage.Digest digest(DocumentId document) {
        Known known = current(document);
        return new SyncMessage.Digest(
                document,
                isDeleted(known) ? ChangeGraph.digest(List.of()) : known.graph.headsDigest(),
                known.life);
    }

    Input compared(NodeId peer, Output.CompareDigests compare) {
        return store.write(
                () -> {
                    var differing = new ArrayList<Input.Differing>();
                    for (SyncMessage.Digest theirs : compare.digests()) {
                        Known known = current(theirs.document());
                        live(peer, theirs.document(), known, theirs.life());
                        if (!isDeleted(known)
                                && theirs.life() == known.life
                                && !known.graph.headsDigest().equals(theirs.heads())) {
                            differing.add(
                                    new Input.Differing(theirs.document(), known.graph.heads()));
                        }
                    }
                    // A device takes whatever its nodes have.
                    if (!compare.toTell().isEmpty()) {
                        throw new IllegalArgumentException("" + compare.toTell());
                    }
                    return new Input.Compared(compare.ticket(), differing);
                });
    }

    private Known current(DocumentId document) {
        Known known = documents.computeIfAbsent(document, _ -> new Known());
        read(document, known);
        forgetSome();
        return known;
    }

    private void forgetSome() {
        long changes = documents.values().stream().mapToLong(each -> each.graph.size()).sum();
        var oldest = documents.values().iterator();
        while (documents.size() > GRAPHS_MAX || (changes > CHANGES_MAX && documents.size() > 1)) {
            changes -= oldest.next().graph.size();
            oldest.remove();
        }
    }

    private void read(DocumentId document, Known known) {
        for (StoredEntry entry : store.of(document, known.through)) {
            known.graph.apply(entry.ordering(), parsed(entry));
            known.life = Math.max(known.life, entry.life());
            if (isDeleted(known)) {
                known.graph.forgetWaiting();
            }
            known.through = entry.ordering();
        }
    }

    private static List<Change> parsed(StoredEntry entry) {
        return entry.changes().stream().<Change>map(Change::stored).toList();
    }
}
