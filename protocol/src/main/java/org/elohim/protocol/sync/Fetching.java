package org.elohim.protocol.sync;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is asked of the peer with Need.
///
/// Invariants: one Need per document at a time, and few in all; answers come in the order of the
/// questions; there is an entry for a document as long as something of it is awaited.
final class Fetching {
    static final int NEEDS_MAX = 8;

    // Where nothing came because what was settled hid it: asked without that, it all comes again.
    private static final long RETRY_MILLIS = 2_000;

    // The latest answers count; what falls out costs duplicates.
    private static final int SETTLED_MAX = SyncMessage.HASHES_MAX / 2;

    // Whoever opens more at once hears of them when the peer offers them.
    private static final int SOUGHT_MAX = 1_024;

    private final Outbox out;
    private final Map<DocumentId, Fetch> fetches = new LinkedHashMap<>();
    private final Deque<Fetch> asked = new ArrayDeque<>();
    private int running;

    private enum Step {
        WAITING,
        ASKED,
        TAKING
    }

    private static final class Fetch {
        private final DocumentId document;
        private final Set<ContentHash> hashes = new LinkedHashSet<>();
        private final Set<ContentHash> settled = new LinkedHashSet<>();
        private List<ContentHash> heads = List.of();
        private boolean everything;
        // Somebody wants to read it, and has never heard of it from the peer.
        private boolean sought;
        private Step step = Step.WAITING;
        private boolean again;
        private boolean progress;
        private long notBeforeMillis;
        private long ticket;

        Fetch(DocumentId document) {
            this.document = document;
        }

        // Of more than a message takes some are left out: what they say is then sent once more.
        void knows(List<ContentHash> all) {
            heads = all.stream().limit(SyncMessage.HASHES_MAX).toList();
        }

        // Heads that the peer does not know tell it nothing: without what it has sent itself, it
        // would answer with the same beginning of the history for ever.
        Set<ContentHash> known() {
            var known = new LinkedHashSet<>(settled);
            known.addAll(heads);
            return known;
        }

        /// Notes what need not be sent again. Says whether the next answer can be another one.
        boolean learn(Input.Taken taken) {
            // What is refused hides nothing but what came before it, and was refused or taken with
            // it then. Only who waits for that has not heard of it, and asks without.
            if (!progress) {
                settled.clear();
            }
            boolean more = settled.addAll(taken.settled());
            while (settled.size() > SETTLED_MAX) {
                settled.remove(settled.iterator().next());
            }
            return more || !taken.durable().isEmpty();
        }
    }

    Fetching(Outbox out) {
        this.out = out;
    }

    void reset() {
        fetches.clear();
        asked.clear();
        running = 0;
    }

    int size() {
        return fetches.size();
    }

    boolean isWanted(DocumentId document) {
        return fetches.containsKey(document);
    }

    boolean wantsEverything(DocumentId document) {
        Fetch fetch = fetches.get(document);
        return fetch != null && fetch.everything;
    }

    boolean wantsEverything() {
        return fetches.values().stream().anyMatch(fetch -> fetch.everything && !fetch.sought);
    }

    /// Wants these changes and all they build on.
    void want(DocumentId document, List<ContentHash> heads, List<ContentHash> hashes) {
        Fetch fetch = fetches.computeIfAbsent(document, Fetch::new);
        fetch.hashes.addAll(hashes);
        fetch.knows(heads);
        // While an answer is on its way it may have been worked out too early for these.
        fetch.again = true;
    }

    /// Wants whatever of the document is not here.
    void wantEverything(DocumentId document, List<ContentHash> heads) {
        Fetch fetch = fetches.computeIfAbsent(document, Fetch::new);
        fetch.everything = true;
        fetch.sought = false;
        fetch.knows(heads);
        fetch.again = true;
    }

    /// Wants whatever there is of a document of which nothing is here. It is no loss where nothing
    /// comes: the peer may have none of it.
    void seek(DocumentId document) {
        if (!fetches.containsKey(document) && fetches.size() < SOUGHT_MAX) {
            var fetch = new Fetch(document);
            fetch.everything = true;
            fetch.sought = true;
            fetch.again = true;
            fetches.put(document, fetch);
        }
    }

    void pump() {
        for (Fetch fetch : fetches.values()) {
            if (running == NEEDS_MAX) {
                return;
            }
            if (fetch.step == Step.WAITING && fetch.notBeforeMillis <= out.nowMillis) {
                fetch.step = Step.ASKED;
                fetch.again = false;
                running++;
                asked.add(fetch);
                out.send(
                        new SyncMessage.Need(
                                fetch.document,
                                first(fetch.known()),
                                fetch.everything ? List.of() : first(fetch.hashes)));
            }
        }
    }

    private static List<ContentHash> first(Collection<ContentHash> hashes) {
        return hashes.stream().limit(SyncMessage.HASHES_MAX).toList();
    }

    void changes(SyncMessage.Changes changes, Receiving receiving) {
        Fetch fetch = asked.poll();
        if (fetch == null || !fetch.document.equals(changes.document())) {
            out.violated("changes that nobody asked for");
            return;
        }
        fetch.step = Step.TAKING;
        fetch.progress = !changes.changes().isEmpty();
        fetch.ticket = out.ticket();
        out.add(
                new Output.Take(
                        fetch.ticket,
                        receiving.laneOf(fetch.document, changes.changes().size()),
                        fetch.document,
                        receiving.awaited(fetch.document),
                        changes.changes()));
    }

    @Nullable DocumentId documentOf(long ticket) {
        for (Fetch fetch : fetches.values()) {
            if (fetch.step == Step.TAKING && fetch.ticket == ticket) {
                return fetch.document;
            }
        }
        return null;
    }

    /// The answer to a Need was taken in; `awaited` says whether the document's events still wait.
    /// Says whether they wait for what the peer does not hand out.
    boolean taken(Input.Taken taken, boolean awaited) {
        DocumentId document = documentOf(taken.ticket());
        Fetch fetch = document == null ? null : fetches.get(document);
        if (fetch == null) {
            return false;
        }
        boolean nothing = !fetch.progress && !fetch.again && fetch.settled.isEmpty();
        running--;
        fetch.step = Step.WAITING;
        if (!fetch.again) {
            fetch.hashes.clear();
        }
        fetch.hashes.addAll(taken.missing());
        fetch.knows(taken.heads());
        boolean further = fetch.learn(taken);
        fetch.everything = fetch.everything && ((fetch.progress && further) || fetch.again);
        boolean more = fetch.again || awaited || fetch.everything;
        if (!more || nothing) {
            fetches.remove(fetch.document);
        } else if (!fetch.progress && !fetch.again) {
            fetch.notBeforeMillis = out.nowMillis + RETRY_MILLIS;
        }
        fetch.again = false;
        return nothing && awaited;
    }

    void checkInvariants() {
        long busy = fetches.values().stream().filter(f -> f.step != Step.WAITING).count();
        if (busy != running || running > NEEDS_MAX || asked.size() > running) {
            throw new IllegalStateException("broken: needs running=" + running);
        }
    }
}
