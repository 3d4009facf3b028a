package org.elohim.cluster.document;

import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document.Command;
import org.elohim.cluster.document.Document.Description;
import org.elohim.cluster.document.Document.Event;
import org.elohim.cluster.document.DocumentRefusal.Obstacle;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.change.SnapshotReader;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.SyncMessage;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// What [Document] knows between two events.
///
/// Invariants: `life` only grows; odd means deleted.
///
/// @param events how many there were, which is the last one's number in the actor's journal
/// @param graph of its own for each actor, and changed in place
record DocumentState(
        DocumentId document,
        boolean exists,
        Ruling ruling,
        long createdMillis,
        long life,
        long lifeMillis,
        long events,
        long updatedMillis,
        ChangeGraph graph) {
    private static final int INDEX_CHUNK_BYTES = 64 << 10;
    // A device cannot use up all lives at once: nobody could delete the document after that.
    static final long LIVES_PER_MARK_MAX = 64;

    /// What is to be done about an order.
    sealed interface Verdict {
        record Events(List<Event> events) implements Verdict {
            public Events {
                events = List.copyOf(events);
            }
        }

        record Refused(DocumentRefusal refusal) implements Verdict {}
    }

    static DocumentState unknown(DocumentId document, CostLimits limits) {
        return new DocumentState(
                document, false, Ruling.NONE, 0, 0, 0, 0, 0, new ChangeGraph(limits));
    }

    boolean isDeleted() {
        return life % 2 == 1;
    }

    Verdict changeReach(Reach wanted, long now) {
        if (!exists || isDeleted() || document.isLedger()) {
            return absent();
        }
        return wanted == ruling.reach()
                ? new Verdict.Events(List.of())
                : new Verdict.Events(List.of(ruled(ruling.next(wanted), null, now)));
    }

    /// Of two rulings the higher counts, whoever made it.
    Verdict takeRuling(Command.TakeRuling told, long now) {
        if (document.isLedger()) {
            return beginLedger(told.from(), now);
        }
        if (!exists) {
            return new Verdict.Events(
                    List.of(new Event.Created(document, told.ruling(), told.from(), now)));
        }
        return told.ruling().compareTo(ruling) <= 0
                ? new Verdict.Events(List.of())
                : new Verdict.Events(List.of(ruled(told.ruling(), told.from(), now)));
    }

    /// Nobody rules on the family's ledger, or ends it: whoever says so is passed over.
    private Verdict beginLedger(@Nullable NodeId from, long now) {
        return new Verdict.Events(
                exists ? List.of() : List.of(new Event.Created(document, Ruling.NONE, from, now)));
    }

    private Event ruled(Ruling next, @Nullable NodeId from, long now) {
        return new Event.ReachChanged(
                document, ruling.reach(), next, graph.heads(), life, from, now);
    }

    Verdict delete(long now) {
        if (document.isLedger()) {
            return absent();
        }
        if (isDeleted()) {
            return new Verdict.Events(List.of());
        }
        if (life == SyncMessage.LIFE_MAX) {
            return refused(
                    Obstacle.TOO_OFTEN,
                    "document %s was deleted and restored too often; go on in another"
                            .formatted(document));
        }
        // Also what is not here yet: its changes may be on their way.
        return live(life + 1, ruling, now);
    }

    /// Of two lives the higher wins, whoever ended or began it.
    Verdict takeLife(Command.TakeLife told, long now) {
        if (document.isLedger()) {
            return beginLedger(null, now);
        }
        if (told.life() <= life) {
            return new Verdict.Events(List.of());
        }
        // What another node has let in has to be the same everywhere.
        if (told.entry() == Entry.DEVICE) {
            if (told.life() - life > LIVES_PER_MARK_MAX) {
                return refused(
                        Obstacle.TOO_OFTEN,
                        "document %s is said to be in life %d, here it is in %d; nobody deletes and restores it that often between two connections"
                                .formatted(document, told.life(), life));
            }
            if (told.life() % 2 == 0 && isDeleted() && isTooLate(now)) {
                return tooLate();
            }
        }
        return live(told.life(), told.newcomer(), now);
    }

    private Verdict live(long newLife, Ruling newcomer, long now) {
        var events = new ArrayList<Event>();
        if (!exists) {
            events.add(new Event.Created(document, newcomer, null, now));
        }
        events.add(
                newLife % 2 == 1
                        ? new Event.Deleted(document, newLife, now)
                        : new Event.Restored(document, newLife, graph.heads(), now));
        return new Verdict.Events(events);
    }

    Verdict restore(long now) {
        if (document.isLedger()) {
            return absent();
        }
        if (!isDeleted()) {
            return exists ? new Verdict.Events(List.of()) : absent();
        }
        return isTooLate(now) ? tooLate() : live(life + 1, ruling, now);
    }

    private boolean isTooLate(long now) {
        return now - lifeMillis > Document.RESTORABLE.toMillis();
    }

    private Verdict tooLate() {
        return refused(
                Obstacle.TOO_LATE,
                "document %s was deleted more than %d days ago and cannot be restored any more"
                        .formatted(document, Document.RESTORABLE.toDays()));
    }

    private Verdict absent() {
        return isDeleted()
                ? refused(
                        Obstacle.ABSENT,
                        "document %s is deleted; restore it first".formatted(document))
                : new Verdict.Refused(notHere());
    }

    private DocumentRefusal notHere() {
        return new DocumentRefusal(Obstacle.ABSENT, "document %s is not here".formatted(document));
    }

    private static Verdict refused(Obstacle obstacle, String reason) {
        return new Verdict.Refused(new DocumentRefusal(obstacle, reason));
    }

    StatusReply<Description> describe() {
        return exists
                ? StatusReply.success(
                        new Description(
                                document,
                                ruling.reach(),
                                ruling.owner(),
                                isDeleted(),
                                graph.heads(),
                                graph.size(),
                                graph.sizeBytes(),
                                graph.usage().percent(),
                                graph.usage().nearsLimit(),
                                graph.forks().size(),
                                graph.waitingCount(),
                                createdMillis,
                                updatedMillis))
                : StatusReply.error(notHere());
    }

    List<Selection.Location> locate(Command.Locate wanted) {
        return isDeleted()
                ? List.of()
                : graph.wanted(
                        wanted.heads(), wanted.hashes(), wanted.bytesMax(), wanted.changesMax());
    }

    /// Replay runs this on every start: total, and no rejection of what was once accepted.
    static DocumentState evolve(DocumentState state, Event event) {
        return switch (event) {
            // The first event of all. An actor whose event was not written begins once more with
            // the very same empty state, and must not find in it what was never written.
            case Event.Created(var _, var ruling, var _, long at) ->
                    new DocumentState(
                            state.document,
                            true,
                            ruling,
                            at,
                            state.life,
                            state.lifeMillis,
                            state.events + 1,
                            at,
                            new ChangeGraph(state.graph.usage().limits()));
            case Event.ChangesAccepted accepted -> {
                DocumentState next = state.next(state.ruling, accepted.atMillis());
                state.graph.apply(
                        next.events, accepted.changes().stream().map(Change::stored).toList());
                yield next;
            }
            case Event.Noted _ -> state.next(state.ruling, state.updatedMillis);
            case Event.ReachChanged(var _, var _, var ruling, var _, long _, var _, long at) ->
                    state.next(ruling.after(state.ruling), at);
            case Event.Deleted(var _, long life, long at) -> {
                state.graph.forgetWaiting();
                yield state.nextLife(life, at);
            }
            case Event.Restored(var _, long life, var _, long at) -> state.nextLife(life, at);
        };
    }

    private DocumentState next(Ruling newRuling, long atMillis) {
        return new DocumentState(
                document,
                exists,
                newRuling,
                createdMillis,
                life,
                lifeMillis,
                events + 1,
                atMillis,
                graph);
    }

    private DocumentState nextLife(long newLife, long atMillis) {
        return new DocumentState(
                document,
                exists,
                ruling,
                createdMillis,
                Math.max(life, newLife),
                atMillis,
                events + 1,
                atMillis,
                graph);
    }

    Document.Snapshot snapshot() {
        var index = new ArrayList<Bytes>();
        graph.snapshot(INDEX_CHUNK_BYTES).forEachRemaining(index::add);
        return new Document.Snapshot(
                document, ruling, createdMillis, life, lifeMillis, events, updatedMillis, index);
    }

    static DocumentState restored(Document.Snapshot stored, CostLimits limits) {
        return new DocumentState(
                stored.document(),
                true,
                stored.ruling(),
                stored.createdMillis(),
                stored.life(),
                stored.lifeMillis(),
                stored.events(),
                stored.updatedMillis(),
                graph(stored.index(), limits));
    }

    /// @throws IllegalStateException where the index is damaged
    static ChangeGraph graph(List<Bytes> index, CostLimits limits) {
        var reader = new SnapshotReader(limits);
        for (Bytes chunk : index) {
            switch (reader.add(chunk)) {
                case SnapshotReader.Progress.NeedMore() -> {}
                case SnapshotReader.Progress.Restored(var graph) -> {
                    return graph;
                }
                case SnapshotReader.Progress.Malformed(var reason) ->
                        throw new IllegalStateException(reason);
            }
        }
        throw new IllegalStateException("the end of the index is missing");
    }
}
