package org.elohim.cluster.document;

import org.elohim.cluster.document.Document.Batch;
import org.elohim.cluster.document.Document.Command;
import org.elohim.cluster.document.Document.Event;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Refusal;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What follows from a decision on changes: the events, and what each sender is told.
///
/// Invariants: an answer calls durable only what the graph has once the events are applied.
final class Acceptance {
    private Acceptance() {}

    static List<Event> events(
            DocumentState state, Command.Accept accept, Decision decision, long now) {
        var events = new ArrayList<Event>();
        if (!decision.accepted().isEmpty()) {
            Set<ContentHash> sent = new HashSet<>();
            accept.batches().forEach(batch -> batch.changes().forEach(c -> sent.add(c.hash())));
            List<ContentHash> hashes = decision.accepted().stream().map(Change::hash).toList();
            events.add(
                    new Event.ChangesAccepted(
                            state.document(),
                            accept.lane(),
                            decision.accepted().stream().map(Change::bytes).toList(),
                            ends(decision.accepted()),
                            sent.containsAll(hashes) ? accept.from() : null,
                            ChangeGraph.digest(headsAfter(state.graph(), decision.accepted())),
                            now));
        }
        if (accept.lane() == Lane.OUTLIER) {
            List<ContentHash> unknown =
                    accept.batches().stream()
                            .flatMap(batch -> batch.awaited().stream())
                            .filter(hash -> !state.graph().has(hash))
                            .distinct()
                            .toList();
            if (!unknown.isEmpty()) {
                events.add(new Event.Noted(state.document(), unknown, accept.from()));
            }
        }
        if (!events.isEmpty() && !state.exists()) {
            events.addFirst(
                    new Event.Created(
                            state.document(),
                            accept.newcomer().reach(),
                            accept.newcomer().owner(),
                            now));
        }
        return events;
    }

    /// Those that no other of them builds on.
    private static List<ContentHash> ends(Collection<Change> changes) {
        Set<ContentHash> ends = new LinkedHashSet<>();
        changes.forEach(change -> ends.add(change.hash()));
        changes.forEach(change -> change.deps().forEach(ends::remove));
        return List.copyOf(ends);
    }

    private static Set<ContentHash> headsAfter(ChangeGraph graph, List<Change> accepted) {
        Set<ContentHash> heads = new HashSet<>(graph.heads());
        accepted.forEach(change -> change.deps().forEach(heads::remove));
        heads.addAll(ends(accepted));
        return heads;
    }

    static List<Input.Taken> answers(ChangeGraph graph, Command.Accept accept, Decision decision) {
        Set<ContentHash> waiting = new HashSet<>();
        decision.orphans().forEach(orphan -> waiting.add(orphan.change().hash()));
        List<Input.Refusal> refused =
                decision.refused().stream()
                        .map(
                                each ->
                                        new Input.Refusal(
                                                each.hash(),
                                                limit(each.why()),
                                                each.why().explanation()))
                        .toList();
        Set<ContentHash> settled = new HashSet<>();
        refused.forEach(refusal -> settled.add(refusal.hash()));
        List<ContentHash> accepted = decision.accepted().stream().map(Change::hash).toList();
        var answers = new ArrayList<Input.Taken>();
        for (Batch batch : accept.batches()) {
            Set<ContentHash> durable = new HashSet<>(accepted);
            Set<ContentHash> missing = new LinkedHashSet<>();
            boolean orphaned = batch.changes().stream().anyMatch(c -> waiting.contains(c.hash()));
            for (ContentHash awaited : batch.awaited()) {
                if (graph.has(awaited) || accept.lane() == Lane.OUTLIER) {
                    durable.add(awaited);
                } else if (waiting.contains(awaited)) {
                    orphaned = true;
                } else if (!settled.contains(awaited)) {
                    missing.add(awaited);
                }
            }
            if (orphaned) {
                missing.addAll(decision.missing());
            }
            answers.add(
                    new Input.Taken(
                            batch.ticket(),
                            durable,
                            ofBatch(refused, batch),
                            List.copyOf(missing),
                            missing.isEmpty() ? List.of() : graph.heads(),
                            graph.known(ends(batch.changes()))));
        }
        return answers;
    }

    // Each refusal is told once, to the one who sent or awaits the change.
    private static List<Input.Refusal> ofBatch(List<Input.Refusal> refused, Batch batch) {
        if (refused.isEmpty()) {
            return List.of();
        }
        Set<ContentHash> own = new HashSet<>(batch.awaited());
        batch.changes().forEach(change -> own.add(change.hash()));
        return refused.stream().filter(refusal -> own.contains(refusal.hash())).toList();
    }

    /// Nothing is taken into what is deleted.
    static List<Input.Taken> ofDeleted(DocumentState state, Command.Accept accept) {
        String words =
                "document %s is deleted; whoever needs it restores it within %d days"
                        .formatted(state.document(), Document.RESTORABLE.toDays());
        var answers = new ArrayList<Input.Taken>();
        for (Batch batch : accept.batches()) {
            Set<ContentHash> hashes = new LinkedHashSet<>(batch.awaited());
            batch.changes().forEach(change -> hashes.add(change.hash()));
            answers.add(
                    new Input.Taken(
                            batch.ticket(),
                            Set.of(),
                            hashes.stream()
                                    .map(
                                            hash ->
                                                    new Input.Refusal(
                                                            hash, Limit.DOCUMENT_DELETED, words))
                                    .toList(),
                            List.of(),
                            List.of(),
                            List.of()));
        }
        return answers;
    }

    private static Limit limit(Refusal refusal) {
        return switch (refusal) {
            case Refusal.TooManyBytes _ -> Limit.DOCUMENT_BYTES;
            case Refusal.TooManyChanges _ -> Limit.DOCUMENT_CHANGES;
            case Refusal.SequenceGap _ -> Limit.SEQUENCE;
            case Refusal.TooEntangled _ -> Limit.ENTANGLED;
            case Refusal.BehindRefused _ -> Limit.BEHIND_REFUSED;
        };
    }
}
