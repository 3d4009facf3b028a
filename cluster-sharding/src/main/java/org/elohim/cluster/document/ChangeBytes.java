package org.elohim.cluster.document;

import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.DocumentId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The bytes of changes, out of the events that hold them.
///
/// Invariants: the cache never holds more than its bytes, a read no more than what is wanted and
/// one page of the journal; neighbouring events are read at once.
public final class ChangeBytes {
    // An event beside its bytes, roughly.
    private static final int EVENT_BYTES = 200;

    private final JournalReader journal;
    // What was written last is what others fetch next; more only helps who reads old histories.
    private final long cacheBytesMax;
    private final Map<Key, List<Bytes>> cache = new LinkedHashMap<>(16, 0.75f, true);
    private long cacheBytes;

    private record Key(DocumentId document, long sequence) {}

    public ChangeBytes(JournalReader journal, long cacheBytesMax) {
        this.journal = journal;
        this.cacheBytesMax = cacheBytesMax;
    }

    /// What was just written is what others fetch next. The journal calls this for each commit,
    /// before whoever may ask for it is told.
    public void committed(List<Committed> batch) {
        for (Committed committed : batch) {
            if (committed.event() instanceof Document.Event.ChangesAccepted accepted) {
                keep(new Key(accepted.document(), committed.sequenceNumber()), accepted.changes());
            }
        }
    }

    /// In the order of the locations, which is that of the document's journal.
    public CompletionStage<List<Bytes>> read(
            DocumentId document, List<Selection.Location> locations) {
        Map<Selection.Location, Bytes> found = new HashMap<>();
        Map<Long, List<Selection.Location>> wanted = byEvent(locations);
        List<Selection.Location> lacking = pickCached(document, wanted, found);
        CompletionStage<?> read = CompletableFuture.completedFuture(null);
        for (Selection.JournalRange range : Selection.ranges(lacking, Long.MAX_VALUE)) {
            read =
                    read.thenCompose(
                            _ ->
                                    fetch(
                                            document,
                                            range.fromSequence(),
                                            range.toSequence(),
                                            wanted,
                                            found));
        }
        return read.thenApply(_ -> inOrder(document, locations, found));
    }

    /// The same where all of it lies in memory, as what was written last does.
    public Optional<List<Bytes>> inMemory(DocumentId document, List<Selection.Location> locations) {
        Map<Selection.Location, Bytes> found = new HashMap<>();
        return pickCached(document, byEvent(locations), found).isEmpty()
                ? Optional.of(inOrder(document, locations, found))
                : Optional.empty();
    }

    private static Map<Long, List<Selection.Location>> byEvent(List<Selection.Location> locations) {
        var wanted = new TreeMap<Long, List<Selection.Location>>();
        for (Selection.Location location : locations) {
            wanted.computeIfAbsent(location.journalSequence(), _ -> new ArrayList<>())
                    .add(location);
        }
        return wanted;
    }

    /// What lies in memory goes into `found`; the rest is handed over.
    private List<Selection.Location> pickCached(
            DocumentId document,
            Map<Long, List<Selection.Location>> wanted,
            Map<Selection.Location, Bytes> found) {
        var lacking = new ArrayList<Selection.Location>();
        wanted.forEach(
                (sequence, ofEvent) -> {
                    List<Bytes> cached = cached(new Key(document, sequence));
                    if (cached.isEmpty()) {
                        lacking.addAll(ofEvent);
                    } else {
                        pick(ofEvent, cached, found);
                    }
                });
        return lacking;
    }

    // Page by page: an event may hold much beside the one change that is wanted of it.
    private CompletionStage<?> fetch(
            DocumentId document,
            long from,
            long to,
            Map<Long, List<Selection.Location>> wanted,
            Map<Selection.Location, Bytes> found) {
        return journal.events(
                        Document.persistenceId(document).id(),
                        from,
                        to,
                        committed -> take(document, committed, wanted, found))
                .thenCompose(
                        page ->
                                page.end() || page.entries().getLast() == to
                                        ? CompletableFuture.completedFuture(null)
                                        : fetch(
                                                document,
                                                page.entries().getLast() + 1,
                                                to,
                                                wanted,
                                                found));
    }

    private long take(
            DocumentId document,
            Committed committed,
            Map<Long, List<Selection.Location>> wanted,
            Map<Selection.Location, Bytes> found) {
        long sequence = committed.sequenceNumber();
        if (committed.event() instanceof Document.Event.ChangesAccepted accepted) {
            pick(wanted.getOrDefault(sequence, List.of()), accepted.changes(), found);
            keep(new Key(document, sequence), accepted.changes());
        }
        return sequence;
    }

    private static void pick(
            List<Selection.Location> wanted,
            List<Bytes> event,
            Map<Selection.Location, Bytes> found) {
        for (Selection.Location location : wanted) {
            if (location.batchIndex() < event.size()) {
                found.put(location, event.get(location.batchIndex()));
            }
        }
    }

    private static List<Bytes> inOrder(
            DocumentId document,
            List<Selection.Location> locations,
            Map<Selection.Location, Bytes> found) {
        var bytes = new ArrayList<Bytes>(locations.size());
        for (Selection.Location location : locations) {
            Bytes change = found.get(location);
            if (change == null) {
                throw new Damaged(
                        "event %d of document %s lacks change %s"
                                .formatted(location.journalSequence(), document, location.hash()));
            }
            bytes.add(change);
        }
        return bytes;
    }

    private synchronized List<Bytes> cached(Key key) {
        return cache.getOrDefault(key, List.of());
    }

    private synchronized void keep(Key key, List<Bytes> changes) {
        if (cache.put(key, changes) == null) {
            cacheBytes += size(changes);
        }
        Iterator<List<Bytes>> oldest = cache.values().iterator();
        while (cacheBytes > cacheBytesMax && oldest.hasNext()) {
            cacheBytes -= size(oldest.next());
            oldest.remove();
        }
    }

    private static long size(List<Bytes> changes) {
        return EVENT_BYTES + changes.stream().mapToLong(Bytes::size).sum();
    }
}
