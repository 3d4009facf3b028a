package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decision.Orphan;
import org.elohim.protocol.id.ContentHash;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/// The index of one document: which changes there are, what they build on, where their bytes lie.
///
/// Invariants: a change stands here only after all that it builds on; heads, forks and what is
/// visible follow from the set of changes alone, whatever the order of their arrival.
///
/// One owner on one thread. `decide` changes nothing; once the accepted changes are journaled,
/// `apply` takes them in, and the same calls of `apply` in the same order give the same graph
/// again. Where nothing may be journaled after all, the decision is simply dropped.
///
/// Of an actor, seq n must have its seq n-1 among its ancestors (Automerge counts so). A change
/// that has not is refused for good, since a change names all its ancestors. Two changes with the
/// same actor and seq are a fork: both stay, `Branches` says which one readers see.
public final class ChangeGraph {
    private final ChangeTable table = new ChangeTable();
    private final Branches branches = new Branches(table);
    private final Ancestry ancestry = new Ancestry(table);
    private final WaitingRoom waiting = new WaitingRoom();
    private final RefusedLately refusedLately = new RefusedLately();
    private final BitSet headRows = new BitSet();
    private final CostLimits limits;
    private long sizeBytes;
    private long lastSequence;

    // Worked out when asked for; empty since the last change.
    private List<ContentHash> heads = List.of();

    public ChangeGraph(CostLimits limits) {
        this.limits = limits;
    }

    /// A change as the graph knows it.
    public record Known(
            ContentHash hash,
            List<ContentHash> deps,
            Bytes actor,
            long seq,
            Selection.Location location) {
        public Known {
            deps = List.copyOf(deps);
        }
    }

    /// What is to be done with these changes; nothing is done yet.
    public Decision decide(List<? extends Change> batch, Entry entry) {
        return new Admission(table, branches, refusedLately.hashes(), usage(), headRows)
                .decide(batch, entry, waiting.orphans());
    }

    /// Takes in changes that are journaled as event `journalSequence`, in the order they have
    /// there. Replay calls this too, so nothing is judged again; what is here already is skipped.
    ///
    /// @throws IllegalStateException where the journal does not fit: a change without what it
    ///   builds on, or an earlier event after a later one
    public void apply(long journalSequence, List<? extends Change> accepted) {
        if (journalSequence < lastSequence) {
            throw new IllegalStateException(
                    "event " + journalSequence + " applied after " + lastSequence);
        }
        lastSequence = journalSequence;
        var ownParents = new OwnParents(table);
        for (int index = 0; index < accepted.size(); index++) {
            Change change = accepted.get(index);
            if (table.find(change.hash()) != ChangeTable.NONE) {
                continue;
            }
            int[] depRows = Admission.rows(table, change.deps());
            int ownParent = ownParents.find(change, depRows, branches.forked(), Long.MAX_VALUE);
            // Fewer rows than deps may also mean that a dep is named twice.
            boolean incomplete = depRows.length < change.deps().size() && !hasAll(change.deps());
            if (ownParent == OwnParents.GAP || incomplete) {
                throw new IllegalStateException(
                        "event " + journalSequence + " lacks what it builds on: " + change);
            }
            int row =
                    table.append(
                            change.hash(), change.actor(), ownParent, depRows, change.sizeBytes());
            link(row, journalSequence, index);
            waiting.remove(change.hash());
            refusedLately.remove(change.hash());
        }
    }

    /// Links a row that was just added to the table.
    void link(int row, long journalSequence, int batchIndex) {
        table.place(row, journalSequence, batchIndex);
        lastSequence = journalSequence;
        branches.add(row);
        sizeBytes += table.sizeBytes(row);
        for (int i = 0; i < table.depCount(row); i++) {
            headRows.clear(table.dep(row, i));
        }
        headRows.set(row);
        heads = List.of();
    }

    /// Keeps a decision's orphans at hand, so that they need not be sent again once their deps
    /// come, and what it refuses in mind. Nothing depends on this: orphans were not acknowledged.
    public void keepWaiting(Decision decision) {
        decision.orphans().forEach(waiting::add);
        for (Decision.Refused refused : decision.refused()) {
            waiting.remove(refused.hash());
            refusedLately.add(refused.hash());
        }
    }

    /// Forgets the orphans, because the document was deleted: nobody awaits them any more, and
    /// nobody would be told where they are refused after a restore.
    public void forgetWaiting() {
        waiting.clear();
    }

    public int size() {
        return table.count();
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    public Usage usage() {
        return new Usage(sizeBytes, size(), limits);
    }

    public int waitingCount() {
        return waiting.count();
    }

    public int waitingBytes() {
        return waiting.sizeBytes();
    }

    /// The changes that nothing builds on, in ascending order.
    public List<ContentHash> heads() {
        if (heads.isEmpty() && size() > 0) {
            var sorted = new ArrayList<ContentHash>();
            headRows.stream().forEach(row -> sorted.add(table.hash(row)));
            Collections.sort(sorted);
            heads = List.copyOf(sorted);
        }
        return heads;
    }

    /// Two graphs with the same changes have the same digest.
    public ContentHash headsDigest() {
        return digest(heads());
    }

    /// The SHA-256 of heads in ascending order.
    public static ContentHash digest(Collection<ContentHash> heads) {
        MessageDigest sha256 = ContentHash.sha256();
        heads.stream().sorted().forEach(head -> sha256.update(head.bytes().asReadOnlyBuffer()));
        return new ContentHash(Bytes.copyOf(sha256.digest()));
    }

    public boolean has(ContentHash hash) {
        return table.find(hash) != ChangeTable.NONE;
    }

    public boolean hasAll(Collection<ContentHash> hashes) {
        return hashes.stream().allMatch(this::has);
    }

    /// Those of the hashes that are here.
    public List<ContentHash> known(Collection<ContentHash> hashes) {
        return hashes.stream().filter(this::has).toList();
    }

    public Optional<Known> find(ContentHash hash) {
        int row = table.find(hash);
        if (row == ChangeTable.NONE) {
            return Optional.empty();
        }
        var deps = new ArrayList<ContentHash>();
        for (int i = 0; i < table.depCount(row); i++) {
            deps.add(table.hash(table.dep(row, i)));
        }
        return Optional.of(
                new Known(
                        hash,
                        deps,
                        table.actorName(table.actor(row)),
                        table.seq(row),
                        Selection.location(table, row)));
    }

    /// What somebody with these heads lacks; heads that are unknown here say nothing.
    public Selection missingSince(Collection<ContentHash> theirHeads) {
        int[] ours = headRows.stream().toArray();
        return new Selection(table, ancestry.difference(ours, Admission.rows(table, theirHeads)));
    }

    /// The known ones of these changes and all that they build on.
    public Selection ancestors(Collection<ContentHash> hashes) {
        return new Selection(table, ancestry.closure(Admission.rows(table, hashes)));
    }

    /// Where the beginning lies, in topological order, of what somebody with these heads asks for:
    /// the hashes and all they build on, or whatever is here where there are none. One change at
    /// least, however large.
    public List<Selection.Location> wanted(
            Collection<ContentHash> theirHeads,
            Collection<ContentHash> hashes,
            long bytesMax,
            int changesMax) {
        int[] ends = hashes.isEmpty() ? headRows.stream().toArray() : Admission.rows(table, hashes);
        int[] rows = ancestry.difference(ends, Admission.rows(table, theirHeads));
        return beginning(rows, _ -> true, bytesMax, changesMax);
    }

    /// Where the beginning lies, in topological order, of what somebody lacks who has these heads
    /// and claims to have more: what is not claimed and all that builds on it, since nobody has a
    /// change without what it builds on. What is under way to them already is left out.
    public List<Selection.Location> lacking(
            Collection<ContentHash> theirHeads,
            Predicate<ContentHash> claimed,
            Predicate<ContentHash> underWay,
            long bytesMax,
            int changesMax) {
        int[] ours = headRows.stream().toArray();
        int[] rows = ancestry.difference(ours, Admission.rows(table, theirHeads));
        var lacked = new BitSet();
        IntPredicate isDue =
                row -> {
                    ContentHash hash = table.hash(row);
                    if (buildsOn(row, lacked) || !claimed.test(hash)) {
                        lacked.set(row);
                    }
                    return lacked.get(row) && !underWay.test(hash);
                };
        return beginning(rows, isDue, bytesMax, changesMax);
    }

    private boolean buildsOn(int row, BitSet some) {
        for (int i = 0; i < table.depCount(row); i++) {
            if (some.get(table.dep(row, i))) {
                return true;
            }
        }
        return false;
    }

    private List<Selection.Location> beginning(
            int[] rows, IntPredicate isDue, long bytesMax, int changesMax) {
        var found = new ArrayList<Selection.Location>();
        long bytes = 0;
        for (int row : rows) {
            if (!isDue.test(row)) {
                continue;
            }
            bytes += table.sizeBytes(row);
            if (!found.isEmpty() && (bytes > bytesMax || found.size() == changesMax)) {
                break;
            }
            found.add(Selection.location(table, row));
        }
        return found;
    }

    /// Those of the hashes that are known, but not to somebody with these heads.
    public List<ContentHash> beyond(
            Collection<ContentHash> theirHeads, Collection<ContentHash> hashes) {
        int[] asked = Admission.rows(table, hashes);
        return new Selection(table, ancestry.difference(asked, Admission.rows(table, theirHeads)))
                .filtered(row -> Arrays.binarySearch(asked, row) >= 0)
                .hashes();
    }

    /// The known ones of these changes.
    public Selection select(Collection<ContentHash> hashes) {
        return new Selection(table, Admission.rows(table, hashes));
    }

    /// Where actors continued twice from the same place.
    public List<Fork> forks() {
        return branches.forks();
    }

    /// Whether readers see this change: it is known, and no losing side of a fork is in its past.
    public boolean isVisible(ContentHash hash) {
        int row = table.find(hash);
        return row != ChangeTable.NONE && !branches.isHidden(row);
    }

    /// The visible part of a selection of this graph.
    public Selection visible(Selection selection) {
        return selection.filtered(row -> !branches.isHidden(row));
    }

    /// The index as chunks of about `chunkBytes`, made one by one; no bytes of changes, no orphans.
    public Iterator<Bytes> snapshot(int chunkBytes) {
        return new SnapshotWriter(table, headsDigest(), chunkBytes);
    }

    ChangeTable table() {
        return table;
    }

    /// Checks what must always hold; for tests and simulations.
    void checkInvariants() {
        long bytes = 0;
        var withoutChildren = new BitSet();
        for (int row = 0; row < table.count(); row++) {
            check(table.find(table.hash(row)) == row, "row %d is found by its hash", row);
            bytes += table.sizeBytes(row);
            withoutChildren.set(row);
            for (int i = 0; i < table.depCount(row); i++) {
                check(table.dep(row, i) < row, "row %d builds on earlier rows", row);
                withoutChildren.clear(table.dep(row, i));
            }
            int parent = table.ownParent(row);
            int seqBefore = parent == ChangeTable.NONE ? 0 : table.seq(parent);
            check(table.seq(row) == seqBefore + 1, "row %d continues its own parent", row);
        }
        check(bytes == sizeBytes, "sizes add up, rows=%d", table.count());
        check(withoutChildren.equals(headRows), "heads have no children, rows=%d", table.count());
        for (Orphan orphan : waiting.orphans()) {
            check(!has(orphan.change().hash()), "what waits is not here, rows=%d", table.count());
        }
    }

    private static void check(boolean holds, String invariant, int number) {
        if (!holds) {
            throw new IllegalStateException("broken: " + invariant.formatted(number));
        }
    }
}
