package org.elohim.protocol.sim;

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
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/// The documents of a replica: a journal on disk, and in memory what follows from it.
///
/// Invariants: memory follows from the journal alone; a document that is deleted gives nothing and
/// takes nothing; of two lives the higher wins.
final class Store {
    private static final ContentHash NO_HEADS = ChangeGraph.digest(List.of());

    private final CostLimits limits;

    // On disk.
    private final List<Journaled> journal = new ArrayList<>();
    private final Set<ContentHash> everJournaled = new HashSet<>();
    private Bytes author;

    // In memory.
    private Map<DocumentId, ChangeGraph> graphs = new TreeMap<>();
    private Map<ContentHash, Change> changes = new HashMap<>();
    private Map<DocumentId, Integer> ownChanges = new HashMap<>();
    private Map<DocumentId, Long> lives = new HashMap<>();
    private Map<DocumentId, Ruling> rulings = new HashMap<>();

    /// A row of the journal, as devices are told of it.
    ///
    /// @param entry for whoever may not have everything: no ruling, but what follows from it
    /// @param life of the document at a ruling
    private record Journaled(
            StreamEntry entry,
            List<Change> changes,
            Ruling ruling,
            long life,
            @Nullable NodeId ruledBy) {
        boolean isRuling() {
            return !ruling.equals(Ruling.NONE);
        }

        StreamEntry entry(boolean sibling) {
            return sibling && isRuling()
                    ? StreamEntry.ofRuling(
                            entry.ordering(), entry.lane(), entry.document(), ruling, life, ruledBy)
                    : entry;
        }
    }

    Store(NodeId author, CostLimits limits) {
        this.limits = limits;
        this.author = author.publicKey();
    }

    /// Puts an older journal in the place of this one, and says what that lacks. A new author
    /// writes from now on, since the old one's numbers may be taken.
    List<StreamEntry> goBack(int end) {
        List<Journaled> gone = journal.subList(end, journal.size());
        List<StreamEntry> lacking = gone.stream().map(each -> each.entry(true)).toList();
        for (Journaled each : gone) {
            each.changes().forEach(change -> everJournaled.remove(change.hash()));
        }
        gone.clear();
        byte[] another = author.toArray();
        another[1]++;
        author = Bytes.copyOf(another);
        reload();
        return lacking;
    }

    /// A new process knows only what lies on the disk.
    void reload() {
        graphs = new TreeMap<>();
        changes = new HashMap<>();
        ownChanges = new HashMap<>();
        lives = new HashMap<>();
        rulings = new HashMap<>();
        journal.forEach(this::takeIn);
    }

    private void takeIn(Journaled journaled) {
        StreamEntry entry = journaled.entry();
        DocumentId document = entry.document();
        graph(document).apply(entry.ordering(), journaled.changes());
        for (Change change : journaled.changes()) {
            changes.put(change.hash(), change);
            if (change.actor().equals(author)) {
                ownChanges.merge(document, 1, Integer::sum);
            }
        }
        lives.merge(document, entry.life(), Math::max);
        if (entry.kind() == StreamEntry.Kind.DELETED) {
            graph(document).forgetWaiting();
        }
        if (journaled.isRuling()) {
            rulings.put(document, journaled.ruling());
        }
    }

    private void append(StreamEntry entry, List<Change> accepted) {
        append(new Journaled(entry, accepted, Ruling.NONE, 0, null));
    }

    private void append(Journaled journaled) {
        journaled
                .changes()
                .forEach(
                        change ->
                                Failure.unless(
                                        everJournaled.add(change.hash()),
                                        Failure.Kind.BROKEN,
                                        () -> "journaled twice: " + change));
        journal.add(journaled);
        takeIn(journaled);
    }

    private void append(
            Lane lane, DocumentId document, @Nullable NodeId origin, List<Change> accepted) {
        List<Bytes> bytes = accepted.stream().map(Change::bytes).toList();
        long size = bytes.stream().mapToLong(Bytes::size).sum();
        append(
                StreamEntry.ofChanges(
                        end() + 1,
                        lane,
                        document,
                        accepted.stream().map(Change::hash).toList(),
                        origin,
                        size <= StreamEntry.INLINE_BYTES_MAX ? bytes : List.of()),
                accepted);
    }

    /// What this replica's person writes; nothing into what is deleted.
    @Nullable ContentHash edit(DocumentId document, Bytes content) {
        if (isDeleted(document)) {
            return null;
        }
        Change change =
                SealedChange.sign(
                        document,
                        author,
                        ownChanges.getOrDefault(document, 0) + 1,
                        graph(document).heads(),
                        content,
                        _ -> Bytes.copyOf(new byte[64]));
        append(Lane.LOCAL, document, null, List.of(change));
        return change.hash();
    }

    /// Takes over a life, unless a higher one is known.
    void live(DocumentId document, long life) {
        if (life > life(document)) {
            append(StreamEntry.ofLife(end() + 1, Lane.LOCAL, document, life), List.of());
        }
    }

    /// From now on devices may have the document, or may have it no more.
    void changeReach(DocumentId document, boolean narrow) {
        if (narrow != isNarrowed(document)) {
            rule(document, ruling(document).next(narrow ? Reach.PRIVATE : Reach.LOCAL), null);
        }
    }

    /// Takes over a ruling, unless a higher one is known.
    void rule(DocumentId document, Ruling ruling, @Nullable NodeId from) {
        if (ruling.compareTo(ruling(document)) <= 0) {
            return;
        }
        boolean narrow = ruling.reach() == Reach.PRIVATE;
        Lane lane = ruling(document).turn() == 0 ? Lane.LOCAL : Lane.BACKFILL;
        List<ContentHash> heads = graph(document).heads();
        StreamEntry entry;
        if (!narrow && life(document) > 0) {
            entry = StreamEntry.ofLife(end() + 1, lane, document, life(document));
        } else if (!narrow && !heads.isEmpty()) {
            entry = StreamEntry.ofChanges(end() + 1, lane, document, heads, null, List.of());
        } else {
            entry = StreamEntry.ofWithdrawal(end() + 1, lane, document);
        }
        append(new Journaled(entry, List.of(), ruling, life(document), from));
    }

    Input.Taken take(Output.Take take, NodeId from, Entry cost) {
        List<Change> arrived =
                take.changes().stream().<Change>map(bytes -> parsed(Change.parse(bytes))).toList();
        if (isDeleted(take.document())) {
            return Settlement.refusing(
                    take.ticket(), take.awaited(), arrived, Limit.DOCUMENT_DELETED, "deleted");
        }
        ChangeGraph graph = graph(take.document());
        Decision decision = graph.decide(arrived, cost);
        graph.keepWaiting(decision);
        if (!decision.accepted().isEmpty()) {
            if (cost == Entry.DEVICE && ruling(take.document()).turn() == 0) {
                rule(take.document(), Ruling.first(Reach.LOCAL, from), null);
            }
            append(
                    take.lane() == Lane.LOCAL ? Lane.NEW : take.lane(),
                    take.document(),
                    new HashSet<>(arrived).containsAll(decision.accepted()) ? from : null,
                    decision.accepted());
        }
        return new Settlement(graph, decision, cost)
                .answer(take.ticket(), take.lane(), take.awaited(), arrived);
    }

    /// @param told whether an entry is for the peer, beside what the session itself knows of that
    Input.Page page(Output.ReadPage read, boolean sibling, Predicate<StreamEntry> told) {
        var entries = new ArrayList<StreamEntry>();
        long bytes = 0;
        for (int i = (int) read.after(); i < journal.size(); i++) {
            StreamEntry entry = journal.get(i).entry(sibling);
            if (entry.lane() == read.lane() && concerns(entry) && told.test(entry)) {
                bytes += entry.sizeBytes();
                if (entries.size() == read.entriesMax() || bytes > read.bytesMax()) {
                    return new Input.Page(
                            read.ticket(), entries, entries.getLast().ordering(), false);
                }
                entries.add(entry);
            }
        }
        return new Input.Page(read.ticket(), entries, journal.size(), true);
    }

    /// Changes of what is deleted are announced to nobody: they could not be handed out.
    boolean concerns(StreamEntry entry) {
        return entry.kind() != StreamEntry.Kind.CHANGES || !isDeleted(entry.document());
    }

    Input.ChangesRead changes(Output.ReadChanges read, int changesMax) {
        ChangeGraph graph = graph(read.document());
        if (isDeleted(read.document())) {
            return new Input.ChangesRead(read.ticket(), List.of());
        }
        var found = new ArrayList<Bytes>();
        for (Selection.Location location :
                graph.wanted(read.heads(), read.hashes(), read.bytesMax(), changesMax)) {
            Change change = changes.get(location.hash());
            if (change == null) {
                throw new Failure(Failure.Kind.LOST, "known but gone " + location.hash());
            }
            found.add(change.bytes());
        }
        return new Input.ChangesRead(read.ticket(), found);
    }

    Input.DigestsRead digests(Output.ReadDigests read, int max) {
        var found = new ArrayList<SyncMessage.Digest>();
        for (DocumentId document : graphs.keySet()) {
            DocumentId after = read.after();
            if (after == null || document.compareTo(after) > 0) {
                if (found.size() == max) {
                    return new Input.DigestsRead(read.ticket(), found, false);
                }
                ContentHash heads = isDeleted(document) ? NO_HEADS : digest(document);
                found.add(
                        new SyncMessage.Digest(document, heads, life(document), ruling(document)));
            }
        }
        return new Input.DigestsRead(read.ticket(), found, true);
    }

    Input.Compared compare(Output.CompareDigests compare, NodeId from) {
        var differing = new ArrayList<Input.Differing>();
        for (SyncMessage.Digest theirs : compare.digests()) {
            DocumentId document = theirs.document();
            live(document, theirs.life());
            rule(document, theirs.ruling(), from);
            if (!isDeleted(document)
                    && !theirs.isDeleted()
                    && !digest(document).equals(theirs.heads())) {
                differing.add(new Input.Differing(document, graph(document).heads()));
            }
        }
        for (SyncMessage.Digest theirs : compare.toTell()) {
            DocumentId document = theirs.document();
            if (theirs.life() > life(document)
                    || (!isDeleted(document)
                            && !theirs.isDeleted()
                            && !digest(document).equals(theirs.heads()))) {
                differing.add(new Input.Differing(document, List.of()));
            }
        }
        return new Input.Compared(compare.ticket(), differing);
    }

    /// The entries after this place, as a device or a sibling sees them.
    List<StreamEntry> entriesFrom(int place, boolean sibling) {
        return journal.subList(place, journal.size()).stream()
                .map(each -> each.entry(sibling))
                .toList();
    }

    int end() {
        return journal.size();
    }

    long life(DocumentId document) {
        return lives.getOrDefault(document, 0L);
    }

    boolean isDeleted(DocumentId document) {
        return life(document) % 2 == 1;
    }

    boolean isNarrowed(DocumentId document) {
        return ruling(document).turn() > 0 && ruling(document).reach() == Reach.PRIVATE;
    }

    Ruling ruling(DocumentId document) {
        return rulings.getOrDefault(document, Ruling.NONE);
    }

    List<ContentHash> heads(DocumentId document) {
        return graph(document).heads();
    }

    boolean has(DocumentId document, ContentHash hash) {
        return everJournaled.contains(hash) && graph(document).has(hash);
    }

    Set<ContentHash> all(DocumentId document) {
        return new LinkedHashSet<>(graph(document).missingSince(List.of()).hashes());
    }

    ContentHash digest(DocumentId document) {
        return graph(document).headsDigest();
    }

    private ChangeGraph graph(DocumentId document) {
        return graphs.computeIfAbsent(document, _ -> new ChangeGraph(limits));
    }

    private static Change parsed(Decoded<? extends Change> decoded) {
        return switch (decoded) {
            case Decoded.Parsed<? extends Change>(var change) -> change;
            case Decoded.Malformed<? extends Change>(var reason) ->
                    throw new Failure(Failure.Kind.BROKEN, reason);
        };
    }
}
