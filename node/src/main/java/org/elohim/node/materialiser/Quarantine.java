package org.elohim.node.materialiser;

import org.elohim.crdt.process.Sound;
import org.elohim.crdt.process.Vetting;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Which changes the engine fails on, and which documents have failed lately, also before this run
/// of the process. They are stored and passed on as any other.
///
/// Invariants: of changes that build on each other only the first is noted: so it does not depend
/// on how many had come when it was found. What nobody has tried stays out for a while, not for
/// ever.
final class Quarantine {
    /// What was left out because a search took too long is searched again after that.
    static final Duration UNTRIED_FOR = Duration.ofMinutes(10);

    /// For so long a document that has failed is tried where that costs no other anything.
    static final Duration SUSPECTED_FOR = Duration.ofMinutes(10);

    // One that is forgotten is found again.
    private static final int DOCUMENTS_MAX = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

    private final LongSupplier nowMillis;
    private final QuarantineFile file;
    private final ReentrantLock writing = new ReentrantLock();
    private final LinkedHashMap<DocumentId, Kept> known = new LinkedHashMap<>(16, 0.75f, true);

    /// What is known of a document.
    ///
    /// @param untried left out too, because the search took too long
    /// @param sound where the next search goes on
    record Entry(Set<ContentHash> bad, Set<ContentHash> untried, Sound sound) {
        static final Entry NOTHING = new Entry(Set.of(), Set.of(), Sound.NONE);

        Entry {
            bad = Set.copyOf(bad);
            untried = Set.copyOf(untried);
        }

        Set<ContentHash> leftOut() {
            if (untried.isEmpty()) {
                return bad;
            }
            Set<ContentHash> all = new HashSet<>(bad);
            all.addAll(untried);
            return Set.copyOf(all);
        }
    }

    /// @param againMillis when what is untried is searched
    /// @param suspectedMillis until when it is suspected
    private record Kept(Entry entry, long againMillis, long suspectedMillis) {}

    /// @param nowMillis never goes back
    Quarantine(LongSupplier nowMillis, QuarantineFile file) {
        this.nowMillis = nowMillis;
        this.file = file;
        long now = nowMillis.getAsLong();
        try {
            file.read()
                    .forEach(
                            (document, line) ->
                                    put(
                                            document,
                                            line.entry(),
                                            now,
                                            line.suspected()
                                                    ? now + SUSPECTED_FOR.toMillis()
                                                    : now));
        } catch (IOException unreadable) {
            LOG.warn(
                    "what is known of changes that cannot be read is found anew, since {} is of no"
                            + " use: {}",
                    QuarantineFile.NAME,
                    unreadable.toString());
        }
    }

    // Whoever comes later writes what has come meanwhile too.
    private void write() {
        writing.lock();
        try {
            file.write(lines());
        } catch (IOException failed) {
            LOG.warn(
                    "{} cannot be written, so a restart will search for changes that cannot be read"
                            + " once more: {}",
                    QuarantineFile.NAME,
                    failed.toString());
        } finally {
            writing.unlock();
        }
    }

    private synchronized Map<DocumentId, QuarantineFile.Line> lines() {
        long now = nowMillis.getAsLong();
        Map<DocumentId, QuarantineFile.Line> lines = new LinkedHashMap<>();
        known.forEach(
                (document, kept) -> {
                    boolean suspected = now < kept.suspectedMillis();
                    if (suspected || !kept.entry().equals(Entry.NOTHING)) {
                        lines.put(document, new QuarantineFile.Line(kept.entry(), suspected));
                    }
                });
        return lines;
    }

    /// What is left out of it.
    Set<ContentHash> of(DocumentId document) {
        return entry(document).leftOut();
    }

    private synchronized Entry entry(DocumentId document) {
        Kept kept = known.get(document);
        return kept == null ? Entry.NOTHING : kept.entry();
    }

    /// Whether it has failed lately.
    synchronized boolean isSuspected(DocumentId document) {
        Kept kept = known.get(document);
        return kept != null && nowMillis.getAsLong() < kept.suspectedMillis();
    }

    /// The engine fails on it, and nobody knows on what of it.
    void suspect(DocumentId document) {
        long now = nowMillis.getAsLong();
        synchronized (this) {
            Kept kept = known.getOrDefault(document, new Kept(Entry.NOTHING, now, now));
            put(document, kept.entry(), kept.againMillis(), now + SUSPECTED_FOR.toMillis());
            if (now < kept.suspectedMillis()) {
                return;
            }
        }
        write();
    }

    /// Whether somebody should search on for what nobody has tried.
    synchronized boolean isDue(DocumentId document) {
        Kept kept = known.get(document);
        return kept != null
                && !kept.entry().untried().isEmpty()
                && nowMillis.getAsLong() >= kept.againMillis();
    }

    /// What a search goes on from, where it is time for one; until it has ended there is none
    /// besides.
    synchronized Optional<Entry> due(DocumentId document) {
        Kept kept = known.get(document);
        if (kept == null || !isDue(document)) {
            return Optional.empty();
        }
        put(
                document,
                kept.entry(),
                nowMillis.getAsLong() + UNTRIED_FOR.toMillis(),
                kept.suspectedMillis());
        return Optional.of(kept.entry());
    }

    /// What was found when the document was opened.
    ///
    /// @param without what it was opened without
    /// @return what it is open without now, as `of` tells it
    Set<ContentHash> add(
            DocumentId document, ChangeGraph graph, Set<ContentHash> without, Vetting.Found found) {
        Set<ContentHash> all = new HashSet<>(without);
        all.addAll(found.quarantined().keySet());
        all.addAll(found.untried());
        if (all.size() > without.size()) {
            Entry before = entry(document);
            Set<ContentHash> untried = new HashSet<>(before.untried());
            untried.addAll(found.untried());
            note(document, graph, before.bad(), found, untried);
        }
        return firsts(graph, all, all);
    }

    /// What a search has found that went on from what is due.
    void searched(DocumentId document, ChangeGraph graph, Vetting.Found found) {
        note(document, graph, entry(document).bad(), found, found.untried());
    }

    private void note(
            DocumentId document,
            ChangeGraph graph,
            Set<ContentHash> before,
            Vetting.Found found,
            Set<ContentHash> untried) {
        Set<ContentHash> bad = new HashSet<>(before);
        bad.addAll(found.quarantined().keySet());
        Set<ContentHash> all = new HashSet<>(bad);
        all.addAll(untried);
        Set<ContentHash> firstBad = firsts(graph, bad, all);
        Set<ContentHash> firstUntried = firsts(graph, untried, all);
        Entry fresh;
        long now = nowMillis.getAsLong();
        synchronized (this) {
            Kept kept = known.getOrDefault(document, new Kept(Entry.NOTHING, now, now));
            // What builds on what is left out is met at each opening, and changes nothing.
            boolean over = !found.untried().isEmpty();
            fresh =
                    new Entry(
                            firstBad,
                            firstUntried,
                            over
                                    ? found.sound()
                                    : untried.isEmpty() ? Sound.NONE : kept.entry().sound());
            put(
                    document,
                    fresh,
                    over ? now + UNTRIED_FOR.toMillis() : kept.againMillis(),
                    kept.suspectedMillis());
            if (kept.entry().equals(fresh)) {
                return;
            }
        }
        write();
        LOG.warn(
                "document {}: {} changes cannot be read, and {} were not tried; they are left out"
                        + " of what is shown with what builds on them, kept and passed on",
                document,
                fresh.bad().size(),
                fresh.untried().size());
    }

    private void put(DocumentId document, Entry entry, long again, long suspected) {
        known.put(document, new Kept(entry, again, suspected));
        if (known.size() > DOCUMENTS_MAX) {
            known.pollFirstEntry();
        }
    }

    private static Set<ContentHash> firsts(
            ChangeGraph graph, Set<ContentHash> some, Set<ContentHash> all) {
        return some.stream()
                .filter(
                        hash ->
                                graph.find(hash).stream()
                                        .flatMap(change -> change.deps().stream())
                                        .noneMatch(all::contains))
                .collect(Collectors.toUnmodifiableSet());
    }
}
