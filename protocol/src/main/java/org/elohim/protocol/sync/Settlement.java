package org.elohim.protocol.sync;

import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.Refusal;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What became of changes, in the words of a session: from a graph's decision to its answer.
///
/// Invariants: durable is only what the graph has, so the accepted changes were applied before.
public final class Settlement {
    private final ChangeGraph graph;
    private final Decision decision;
    private final Entry entry;
    private final Set<ContentHash> waiting = new HashSet<>();
    private final List<Input.Refusal> refused;
    private final Set<ContentHash> refusedHashes = new HashSet<>();

    /// @param entry of all that was decided together
    public Settlement(ChangeGraph graph, Decision decision, Entry entry) {
        this.graph = graph;
        this.decision = decision;
        this.entry = entry;
        decision.orphans().forEach(orphan -> waiting.add(orphan.change().hash()));
        this.refused = decision.refused().stream().map(Settlement::refusal).toList();
        refused.forEach(refusal -> refusedHashes.add(refusal.hash()));
    }

    /// The answer to one Take of those that were decided together.
    ///
    /// @param arrived the changes that came with it
    public Input.Taken answer(
            long ticket,
            Lane lane,
            Collection<ContentHash> awaited,
            Collection<? extends Change> arrived) {
        List<Input.Refusal> told = refusedOf(awaited, arrived);
        Set<ContentHash> settled = new HashSet<>();
        told.forEach(refusal -> settled.add(refusal.hash()));
        Set<ContentHash> durable = new HashSet<>();
        decision.accepted().forEach(change -> durable.add(change.hash()));
        Set<ContentHash> missing = new LinkedHashSet<>();
        boolean orphaned = arrived.stream().anyMatch(change -> waiting.contains(change.hash()));
        for (ContentHash hash : awaited) {
            if (graph.has(hash) || lane == Lane.OUTLIER) {
                durable.add(hash);
            } else if (waiting.contains(hash)) {
                orphaned = true;
            } else if (!settled.contains(hash)) {
                missing.add(hash);
            }
        }
        if (orphaned) {
            missing.addAll(decision.missing());
        }
        return new Input.Taken(
                ticket,
                durable,
                told,
                List.copyOf(missing),
                missing.isEmpty() ? List.of() : graph.heads(),
                ends(arrived.stream().filter(change -> isSettled(change.hash())).toList()));
    }

    private boolean isSettled(ContentHash hash) {
        return graph.has(hash) || refusedHashes.contains(hash);
    }

    // Each refusal is told once, to the one who sent or awaits the change. What a node announces
    // it has let in: where we refuse it to the device that sent it to us, the node is asked for it.
    private List<Input.Refusal> refusedOf(
            Collection<ContentHash> awaited, Collection<? extends Change> arrived) {
        if (refused.isEmpty()) {
            return List.of();
        }
        Set<ContentHash> own = new HashSet<>(entry == Entry.DEVICE ? awaited : List.of());
        arrived.forEach(change -> own.add(change.hash()));
        return refused.stream().filter(refusal -> own.contains(refusal.hash())).toList();
    }

    /// The answer where nothing at all is taken, for one reason.
    public static Input.Taken refusing(
            long ticket,
            Collection<ContentHash> awaited,
            Collection<? extends Change> arrived,
            Limit limit,
            String explanation) {
        Set<ContentHash> hashes = new LinkedHashSet<>(awaited);
        arrived.forEach(change -> hashes.add(change.hash()));
        List<Input.Refusal> refused = new ArrayList<>();
        hashes.forEach(hash -> refused.add(new Input.Refusal(hash, limit, explanation)));
        return new Input.Taken(ticket, Set.of(), refused, List.of(), List.of(), List.of());
    }

    /// The answer to a mark that is durable here, on a document with these heads.
    public static Input.Taken noted(long ticket, List<ContentHash> heads) {
        return new Input.Taken(ticket, Set.of(), List.of(), List.of(), heads, List.of());
    }

    /// Those that no other of them builds on: they imply the rest.
    public static List<ContentHash> ends(Collection<? extends Change> changes) {
        Set<ContentHash> ends = new LinkedHashSet<>();
        changes.forEach(change -> ends.add(change.hash()));
        changes.forEach(change -> change.deps().forEach(ends::remove));
        return List.copyOf(ends);
    }

    private static Input.Refusal refusal(Decision.Refused refused) {
        return new Input.Refusal(refused.hash(), limit(refused.why()), refused.why().explanation());
    }

    private static Limit limit(Refusal refusal) {
        return switch (refusal) {
            case Refusal.TooManyBytes _ -> Limit.DOCUMENT_BYTES;
            case Refusal.TooManyChanges _ -> Limit.DOCUMENT_CHANGES;
            case Refusal.SequenceGap _ -> Limit.SEQUENCE;
            case Refusal.TooEntangled _, Refusal.TooManyEnds _ -> Limit.ENTANGLED;
            case Refusal.BehindRefused _ -> Limit.BEHIND_REFUSED;
        };
    }
}
