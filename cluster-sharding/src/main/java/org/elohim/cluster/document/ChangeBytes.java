package org.elohim.cluster.document;

import org.elohim.cluster.journal.Committed;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The bytes of changes, out of the events that hold them.
///
/// Invariants: the cache never holds more than its bytes; neighbouring events are read at once.
public final class ChangeBytes {
    /// What was written last is what others fetch next; more only helps who reads old histories.
    public static final long CACHE_BYTES_MAX = 32 << 20;

    // An event beside its bytes, roughly.
    private static final int EVENT_BYTES = 200;

    private final JournalReader journal;
    private final long cacheBytesMax;
    private final Map<Key, List<Bytes>> cache = new LinkedHashMap<>(16, 0.75f, true);
    private long cacheBytes;

    private record Key(DocumentId document, long sequence) {}

    public ChangeBytes(JournalReader journal, long cacheBytesMax) {
        this.journal = journal;
        this.cacheBytesMax = cacheBytesMax;
    }

    /// In the order of the locations, which is that of the document's journal.
    public CompletionStage<List<Bytes>> read(
            DocumentId document, List<Selection.Location> locations) {
        Map<Long, List<Bytes>> events = new HashMap<>();
        var lacking = new ArrayList<Long>();
        for (Selection.Location location : locations) {
            long sequence = location.journalSequence();
            if (!events.containsKey(sequence)
                    && (lacking.isEmpty() || lacking.getLast() != sequence)) {
                List<Bytes> cached = cached(new Key(document, sequence));
                if (cached.isEmpty()) {
                    lacking.add(sequence);
                } else {
                    events.put(sequence, cached);
                }
            }
        }
        CompletionStage<?> read = CompletableFuture.completedFuture(null);
        for (Run run : runs(lacking)) {
            read = read.thenCompose(_ -> fetch(document, run, events));
        }
        return read.thenApply(_ -> pick(document, locations, events));
    }

    private CompletionStage<?> fetch(DocumentId document, Run run, Map<Long, List<Bytes>> events) {
        return journal.events(Document.persistenceId(document).id(), run.first(), run.last())
                .thenAccept(
                        found -> {
                            for (Committed committed : found) {
                                if (committed.event()
                                        instanceof Document.Event.ChangesAccepted accepted) {
                                    events.put(committed.sequenceNumber(), accepted.changes());
                                    keep(
                                            new Key(document, committed.sequenceNumber()),
                                            accepted.changes());
                                }
                            }
                        });
    }

    private static List<Bytes> pick(
            DocumentId document,
            List<Selection.Location> locations,
            Map<Long, List<Bytes>> events) {
        var bytes = new ArrayList<Bytes>(locations.size());
        for (Selection.Location location : locations) {
            List<Bytes> event = events.get(location.journalSequence());
            if (event == null || location.batchIndex() >= event.size()) {
                throw new IllegalStateException(
                        "event %d of document %s lacks change %s"
                                .formatted(location.journalSequence(), document, location.hash()));
            }
            bytes.add(event.get(location.batchIndex()));
        }
        return bytes;
    }

    private record Run(long first, long last) {}

    private static List<Run> runs(List<Long> sequences) {
        var runs = new ArrayList<Run>();
        for (long sequence : sequences) {
            if (!runs.isEmpty() && runs.getLast().last() + 1 == sequence) {
                runs.add(new Run(runs.removeLast().first(), sequence));
            } else {
                runs.add(new Run(sequence, sequence));
            }
        }
        return runs;
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
