package org.elohim.cluster.document;

import org.elohim.cluster.document.Document.Batch;
import org.elohim.cluster.document.Document.Command;
import org.elohim.cluster.document.Document.Event;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.SyncMessage;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What follows from a decision on changes: the events, and what each sender is told.
///
/// Invariants: an answer calls durable only what the graph has once the events are applied; of each
/// event there can be an entry of the stream.
final class Acceptance {
    private Acceptance() {}

    static List<Event> events(
            DocumentState state, Command.Accept accept, Decision decision, long now) {
        var events = new ArrayList<Event>();
        Set<ContentHash> sent = new HashSet<>();
        accept.batches().forEach(batch -> batch.changes().forEach(c -> sent.add(c.hash())));
        Set<ContentHash> heads = new HashSet<>(state.graph().heads());
        for (List<Change> part : parts(decision.accepted())) {
            part.forEach(change -> change.deps().forEach(heads::remove));
            heads.addAll(Settlement.ends(part));
            List<ContentHash> hashes = part.stream().map(Change::hash).toList();
            events.add(
                    new Event.ChangesAccepted(
                            state.document(),
                            accept.lane(),
                            part.stream().map(Change::bytes).toList(),
                            Settlement.ends(part),
                            sent.containsAll(hashes) ? accept.from() : null,
                            ChangeGraph.digest(heads),
                            now));
        }
        if (accept.lane() == Lane.OUTLIER) {
            List<ContentHash> unknown =
                    accept.batches().stream()
                            .flatMap(batch -> batch.awaited().stream())
                            .filter(hash -> !state.graph().has(hash))
                            .distinct()
                            .toList();
            parts(unknown)
                    .forEach(
                            part ->
                                    events.add(
                                            new Event.Noted(
                                                    state.document(), part, accept.from())));
        }
        if (!events.isEmpty() && !state.exists()) {
            events.addFirst(new Event.Created(state.document(), accept.newcomer(), null, now));
        }
        return events;
    }

    /// As many at a time as one entry of the stream may name.
    private static <T> List<List<T>> parts(List<T> all) {
        var parts = new ArrayList<List<T>>();
        for (int from = 0; from < all.size(); from += SyncMessage.HASHES_MAX) {
            parts.add(all.subList(from, Math.min(all.size(), from + SyncMessage.HASHES_MAX)));
        }
        return parts;
    }

    static List<Input.Taken> answers(ChangeGraph graph, Command.Accept accept, Decision decision) {
        var settlement = new Settlement(graph, decision, accept.entry());
        var answers = new ArrayList<Input.Taken>();
        for (Batch batch : accept.batches()) {
            answers.add(
                    settlement.answer(
                            batch.ticket(), accept.lane(), batch.awaited(), batch.changes()));
        }
        return answers;
    }

    /// Nothing is taken into what is deleted.
    static List<Input.Taken> ofDeleted(DocumentState state, Command.Accept accept) {
        String words =
                "document %s is deleted; whoever needs it restores it within %d days"
                        .formatted(state.document(), Document.RESTORABLE.toDays());
        return refusing(accept, Limit.DOCUMENT_DELETED, words);
    }

    static List<Input.Taken> refusing(Command.Accept accept, Limit limit, String words) {
        var answers = new ArrayList<Input.Taken>();
        for (Batch batch : accept.batches()) {
            answers.add(
                    Settlement.refusing(
                            batch.ticket(), batch.awaited(), batch.changes(), limit, words));
        }
        return answers;
    }
}
