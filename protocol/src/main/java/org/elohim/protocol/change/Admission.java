package org.elohim.protocol.change;

import org.elohim.protocol.change.Decision.Orphan;
import org.elohim.protocol.change.Decision.Refused;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Decides on one batch, together with the orphans that wait.
///
/// Invariants: the table is the same after as before. Accepted changes are staged in it, so that
/// the next ones find them, and taken off again at the end.
final class Admission {
    // The search for own parents may cost a device's batch as much as walking the graph a few
    // times, and some steps per change. One change alone never takes more than one walk, so
    // whatever is refused for this gets through in a smaller batch.
    private static final int WALKS_PER_BATCH = 4;
    private static final int STEPS_PER_CHANGE = 64;

    /// Ends of a document that a device may leave open. Each edit joins all that its author knows,
    /// so there are about as many as people write at a time; every message names them all.
    static final int ENDS_MAX = 1 << 10;

    private final ChangeTable table;
    private final Branches branches;
    private final Set<ContentHash> refusedLately;
    private final OwnParents ownParents;
    private Usage usage;
    private final BitSet ends;
    private int endCount;

    private final Map<ContentHash, Orphan> candidates = new LinkedHashMap<>();
    private final Map<ContentHash, List<Candidate>> waitingFor = new HashMap<>();
    private final Map<ContentHash, Refusal> refusals = new LinkedHashMap<>();
    private final List<Change> accepted = new ArrayList<>();
    private final List<Fork> forks = new ArrayList<>();
    private Set<ContentHash> arrived = Set.of();
    private Entry arrivedBy = Entry.RELAY;
    // The visible row per branch point with staged rows, which the branches do not know yet.
    private final Map<Integer, Integer> stagedVisible = new HashMap<>();

    private static final class Candidate {
        private final Orphan orphan;
        // So that a change with many deps, freed of one after the other, looks at each once.
        private int depsKnown;

        Candidate(Orphan orphan) {
            this.orphan = orphan;
        }
    }

    /// @param ends the rows that nothing builds on
    Admission(
            ChangeTable table,
            Branches branches,
            Set<ContentHash> refusedLately,
            Usage usage,
            BitSet ends) {
        this.table = table;
        this.branches = branches;
        this.refusedLately = refusedLately;
        this.usage = usage;
        this.ends = (BitSet) ends.clone();
        this.endCount = ends.cardinality();
        this.ownParents = new OwnParents(table);
    }

    Decision decide(List<? extends Change> batch, Entry entry, Collection<Orphan> waiting) {
        var duplicates = new ArrayList<ContentHash>();
        for (Change change : batch) {
            boolean known = table.find(change.hash()) != ChangeTable.NONE;
            if (known || candidates.putIfAbsent(change.hash(), new Orphan(change, entry)) != null) {
                duplicates.add(change.hash());
            }
        }
        arrived = Set.copyOf(candidates.keySet());
        arrivedBy = entry;
        for (Orphan orphan : waiting) {
            candidates.merge(
                    orphan.change().hash(),
                    orphan,
                    // Once a node has let it in, it is no longer a device's.
                    (now, before) -> before.entry() == Entry.RELAY ? before : now);
        }
        int rows = table.count();
        long stepsMax =
                (long) WALKS_PER_BATCH * rows
                        + (long) (STEPS_PER_CHANGE + WALKS_PER_BATCH) * candidates.size();
        try {
            for (Orphan candidate : candidates.values()) {
                consider(new Candidate(candidate), stepsMax);
            }
        } finally {
            table.truncate(rows);
        }
        Set<ContentHash> settled = new HashSet<>(refusals.keySet());
        accepted.forEach(change -> settled.add(change.hash()));
        List<Orphan> orphans =
                candidates.values().stream()
                        .filter(this::hasArrived)
                        .filter(orphan -> !settled.contains(orphan.change().hash()))
                        .toList();
        return new Decision(
                accepted, duplicates, orphans, missing(orphans, settled), refused(), forks, usage);
    }

    /// Stages a candidate and whatever waited for it, as soon as nothing it builds on is missing.
    private void consider(Candidate first, long stepsMax) {
        Deque<Candidate> ready = new ArrayDeque<>(List.of(first));
        while (!ready.isEmpty()) {
            Candidate candidate = ready.poll();
            Change change = candidate.orphan.change();
            Optional<ContentHash> unknown = firstUnknownDep(candidate);
            if (unknown.isEmpty()) {
                stage(candidate.orphan, stepsMax);
            } else if (isBehindRefused(candidate.orphan, unknown.get())) {
                refusals.put(change.hash(), new Refusal.BehindRefused(unknown.get()));
            } else {
                waitingFor.computeIfAbsent(unknown.get(), _ -> new ArrayList<>()).add(candidate);
                continue;
            }
            List<Candidate> freed = waitingFor.remove(change.hash());
            if (freed != null) {
                ready.addAll(freed);
            }
        }
    }

    // What a node has let in waits for that node to bring what it builds on, whatever was refused
    // to a device. A device that brings the same is told at once: it has nothing else to bring.
    private boolean isBehindRefused(Orphan orphan, ContentHash dep) {
        Orphan behind = candidates.get(dep);
        boolean refused = refusals.containsKey(dep);
        if (isOfNode(orphan)) {
            return refused && behind != null && isOfNode(behind);
        }
        return refused || (behind == null && refusedLately.contains(dep));
    }

    private boolean isOfNode(Orphan orphan) {
        return orphan.entry() == Entry.RELAY && (arrivedBy == Entry.RELAY || !hasArrived(orphan));
    }

    private boolean hasArrived(Orphan orphan) {
        return arrived.contains(orphan.change().hash());
    }

    private Optional<ContentHash> firstUnknownDep(Candidate candidate) {
        List<ContentHash> deps = candidate.orphan.change().deps();
        while (candidate.depsKnown < deps.size()) {
            ContentHash dep = deps.get(candidate.depsKnown);
            if (table.find(dep) == ChangeTable.NONE) {
                return Optional.of(dep);
            }
            candidate.depsKnown++;
        }
        return Optional.empty();
    }

    private void stage(Orphan candidate, long stepsMax) {
        Change change = candidate.change();
        int[] depRows = rows(table, change.deps());
        boolean forked = branches.forked() || !forks.isEmpty();
        int ownParent =
                ownParents.find(
                        change,
                        depRows,
                        forked,
                        candidate.entry() == Entry.DEVICE ? stepsMax : Long.MAX_VALUE);
        int joined = (int) Arrays.stream(depRows).filter(ends::get).count();
        Optional<Refusal> refusal = refusal(candidate, ownParent, joined);
        if (refusal.isPresent()) {
            refusals.put(change.hash(), refusal.get());
            return;
        }
        int row =
                table.append(change.hash(), change.actor(), ownParent, depRows, change.sizeBytes());
        Arrays.stream(depRows).forEach(ends::clear);
        ends.set(row);
        endCount += 1 - joined;
        accepted.add(change);
        usage = usage.plus(change.sizeBytes());
        noteFork(row);
    }

    /// @param joined how many ends it builds on
    private Optional<Refusal> refusal(Orphan candidate, int ownParent, int joined) {
        CostLimits limits = usage.limits();
        Change change = candidate.change();
        if (ownParent == OwnParents.GAP) {
            return Optional.of(new Refusal.SequenceGap(change.seq()));
        }
        if (ownParent == OwnParents.TOO_FAR) {
            return Optional.of(new Refusal.TooEntangled());
        }
        if (candidate.entry() == Entry.RELAY) {
            return Optional.empty();
        }
        if (joined == 0 && endCount >= ENDS_MAX) {
            return Optional.of(new Refusal.TooManyEnds(ENDS_MAX));
        }
        if (usage.changes() >= limits.changesMax()) {
            return Optional.of(new Refusal.TooManyChanges(limits.changesMax()));
        }
        if (usage.bytes() + change.sizeBytes() > limits.bytesMax()) {
            return Optional.of(new Refusal.TooManyBytes(limits.bytesMax()));
        }
        return Optional.empty();
    }

    private void noteFork(int row) {
        int ownParent = table.ownParent(row);
        int actor = table.actor(row);
        int branchPoint = ownParent == ChangeTable.NONE ? -1 - actor : ownParent;
        int rival = stagedVisible.getOrDefault(branchPoint, branches.visible(ownParent, actor));
        if (rival == ChangeTable.NONE) {
            stagedVisible.put(branchPoint, row);
            return;
        }
        forks.add(branches.fork(row, rival));
        stagedVisible.put(branchPoint, table.compareHashes(row, rival) < 0 ? row : rival);
    }

    /// What the orphans of this batch lack, however far behind them it lies.
    ///
    /// Not what every waiting orphan lacks: an orphan whose deps do not exist would make us ask
    /// every sender for them, for ever.
    private List<ContentHash> missing(List<Orphan> orphans, Set<ContentHash> settled) {
        Set<ContentHash> seen = new HashSet<>();
        Set<ContentHash> missing = new LinkedHashSet<>();
        Deque<Orphan> open = new ArrayDeque<>(orphans);
        while (!open.isEmpty()) {
            for (ContentHash dep : open.poll().change().deps()) {
                boolean here = settled.contains(dep) || table.find(dep) != ChangeTable.NONE;
                if (here || !seen.add(dep)) {
                    continue;
                }
                Orphan behind = candidates.get(dep);
                if (behind == null) {
                    missing.add(dep);
                } else {
                    open.add(behind);
                }
            }
        }
        return List.copyOf(missing);
    }

    private List<Refused> refused() {
        return refusals.entrySet().stream()
                .map(entry -> new Refused(entry.getKey(), entry.getValue()))
                .toList();
    }

    /// The rows of these hashes, each once, without those that are unknown.
    static int[] rows(ChangeTable table, Collection<ContentHash> hashes) {
        int[] rows = new int[hashes.size()];
        int count = 0;
        for (ContentHash hash : hashes) {
            int row = table.find(hash);
            if (row != ChangeTable.NONE) {
                rows[count++] = row;
            }
        }
        Arrays.sort(rows, 0, count);
        int distinct = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || rows[i] != rows[i - 1]) {
                rows[distinct++] = rows[i];
            }
        }
        return Arrays.copyOf(rows, distinct);
    }
}
