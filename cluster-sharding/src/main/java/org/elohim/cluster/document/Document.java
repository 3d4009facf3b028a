package org.elohim.cluster.document;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.RecoveryFailed;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.SignalHandler;

import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.journal.Patience;
import org.elohim.cluster.journal.Streamed;
import org.elohim.cluster.journal.Waiter;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.change.Usage;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// One document: which changes there are, who may have it, and whether it lives.
///
/// Invariants: what was answered as durable survives a crash; a deletion wins over every change,
/// earlier or later; nothing here depends on the order in which changes arrive; whoever waits for a
/// write that fails is told so at once, and may come with the same again.
///
/// The graph inside the state is not copied for each event: the handler changes it before the event
/// is written, and where writing fails the actor starts again from the journal.
///
/// The file is long because it holds all that can be said to a document and all that can happen to
/// it; what follows from either is decided in [DocumentState] and [Acceptance].
public final class Document
        extends EventSourcedBehavior<Document.Command, Document.Event, DocumentState> {
    private static final Logger LOG = LoggerFactory.getLogger(Document.class);

    /// How long an explicit restore works after a deletion.
    public static final Duration RESTORABLE = Duration.ofDays(30);

    /// What can be asked.
    public sealed interface Command {
        /// Takes changes in; answered, in this order, once what was accepted is fsynced, or once it
        /// could not be written.
        ///
        /// @param from the peer they come from, or nobody where they were made here
        /// @param newcomer who may have the document where it is not there yet
        record Accept(
                List<Batch> batches,
                Lane lane,
                Entry entry,
                @Nullable NodeId from,
                Ruling newcomer,
                ActorRef<StatusReply<List<Input.Taken>>> replyTo)
                implements Command {
            public Accept {
                batches = List.copyOf(batches);
            }
        }

        record ChangeReach(Reach reach, ActorRef<StatusReply<Description>> replyTo)
                implements Command {}

        record Delete(ActorRef<StatusReply<Description>> replyTo) implements Command {}

        record Restore(ActorRef<StatusReply<Description>> replyTo) implements Command {}

        /// Takes over from a peer that the document was deleted or restored, unless more is known
        /// here; answered once that is fsynced.
        record TakeLife(
                long life, Entry entry, Ruling newcomer, ActorRef<StatusReply<Description>> replyTo)
                implements Command {}

        /// Takes over from another node of the family who may have the document, unless a higher
        /// ruling is known here; answered once that is fsynced.
        record TakeRuling(Ruling ruling, NodeId from, ActorRef<StatusReply<Description>> replyTo)
                implements Command {}

        record Describe(ActorRef<StatusReply<Description>> replyTo) implements Command {}

        /// Where the beginning lies of what somebody with these heads lacks: ancestors of the
        /// hashes, or everything where there are none; at least one change, if there is any.
        record Locate(
                List<ContentHash> heads,
                List<ContentHash> hashes,
                long bytesMax,
                int changesMax,
                ActorRef<List<Selection.Location>> replyTo)
                implements Command {
            public Locate {
                heads = List.copyOf(heads);
                hashes = List.copyOf(hashes);
            }
        }

        /// A client of automerge-repo has it open; answered in the order of asking.
        ///
        /// @param anew whatever was said before is forgotten
        /// @param shared what the client and the document had in common when last they met
        /// @param held what all conversations hold
        /// @param memory what need not be read from the disk
        record Converse(
                ActorRef<Conversations.Said> client,
                org.elohim.protocol.automerge.Input input,
                boolean anew,
                List<ContentHash> shared,
                HeldBytes held,
                Conversations.Memory memory)
                implements Command {
            public Converse {
                shared = List.copyOf(shared);
            }
        }

        /// The client does not have it open any more.
        record EndConversation(ActorRef<Conversations.Said> client) implements Command {}

        /// Makes room for others; what is asked later starts it again.
        record Passivate() implements Command {}
    }

    /// What one Take of a session brings.
    public record Batch(long ticket, List<ContentHash> awaited, List<Change> changes) {
        public Batch {
            awaited = List.copyOf(awaited);
            changes = List.copyOf(changes);
        }
    }

    /// What can be told of a document without its content.
    public record Description(
            DocumentId document,
            Reach reach,
            NodeId owner,
            boolean deleted,
            List<ContentHash> heads,
            int changes,
            long sizeBytes,
            int usagePercent,
            boolean nearsLimit,
            int forks,
            int waiting,
            long createdMillis,
            long updatedMillis) {
        public Description {
            heads = List.copyOf(heads);
        }
    }

    /// What happened. `atMillis` is shown to people and never used for order.
    public sealed interface Event extends Journaled {
        DocumentId document();

        /// The first event of all.
        ///
        /// @param origin the node of the family that has told of it
        record Created(DocumentId document, Ruling ruling, @Nullable NodeId origin, long atMillis)
                implements Event, Streamed {
            /// Before all changes, whatever lane they are in: who has them has to know for whom.
            @Override
            public Lane lane() {
                return Lane.LOCAL;
            }

            @Override
            public StreamEntry entry(long ordering) {
                return StreamEntry.ofRuling(ordering, lane(), document, ruling, 0, origin);
            }

            @Override
            public Optional<StreamEntry> entryForOthers(long ordering) {
                return Optional.empty();
            }
        }

        /// One accepted batch.
        ///
        /// @param hashes of those changes that no other of the batch builds on
        /// @param origin the peer that sent all of them
        /// @param headsDigest of the document, with these changes
        record ChangesAccepted(
                DocumentId document,
                Lane lane,
                List<Bytes> changes,
                List<ContentHash> hashes,
                @Nullable NodeId origin,
                ContentHash headsDigest,
                long atMillis)
                implements Event, Streamed {
            public ChangesAccepted {
                changes = List.copyOf(changes);
                hashes = List.copyOf(hashes);
            }

            @Override
            public StreamEntry entry(long ordering) {
                long bytes = changes.stream().mapToLong(Bytes::size).sum();
                return StreamEntry.ofChanges(
                        ordering,
                        lane,
                        document,
                        hashes,
                        origin,
                        bytes <= StreamEntry.INLINE_BYTES_MAX ? changes : List.of());
            }
        }

        /// Changes that are known by name only.
        record Noted(DocumentId document, List<ContentHash> hashes, @Nullable NodeId origin)
                implements Event, Streamed {
            public Noted {
                hashes = List.copyOf(hashes);
            }

            @Override
            public Lane lane() {
                return Lane.OUTLIER;
            }

            @Override
            public StreamEntry entry(long ordering) {
                return StreamEntry.ofChanges(ordering, lane(), document, hashes, origin, List.of());
            }
        }

        /// Others may have it from now on, or may have it no more.
        ///
        /// @param heads of the document at that moment, to be offered to whoever may now have it
        /// @param life of the document: who now may have it has missed the marks of before
        /// @param origin the node of the family that has told of it
        record ReachChanged(
                DocumentId document,
                Reach before,
                Ruling ruling,
                List<ContentHash> heads,
                long life,
                @Nullable NodeId origin,
                long atMillis)
                implements Event, Streamed {
            public ReachChanged {
                heads = List.copyOf(heads);
            }

            @Override
            public Lane lane() {
                return Lane.BACKFILL;
            }

            @Override
            public StreamEntry entry(long ordering) {
                return StreamEntry.ofRuling(ordering, lane(), document, ruling, life, origin);
            }

            @Override
            public Optional<StreamEntry> entryForOthers(long ordering) {
                // More than an entry may name are only where nodes that were cut apart each let in
                // as many as they may.
                List<ContentHash> offered = heads.stream().limit(SyncMessage.HASHES_MAX).toList();
                if (ruling.reach().compareTo(before) > 0 && life > 0) {
                    return Optional.of(StreamEntry.ofLife(ordering, lane(), document, life));
                }
                return Optional.of(
                        ruling.reach().compareTo(before) <= 0 || heads.isEmpty()
                                ? StreamEntry.ofWithdrawal(ordering, lane(), document)
                                : StreamEntry.ofChanges(
                                        ordering, lane(), document, offered, null, List.of()));
            }
        }

        record Deleted(DocumentId document, long life, long atMillis) implements Event, Streamed {
            @Override
            public Lane lane() {
                return Lane.LOCAL;
            }

            @Override
            public StreamEntry entry(long ordering) {
                return StreamEntry.ofLife(ordering, lane(), document, life);
            }
        }

        /// In the lane of what is done here and now: in a later one, edits of the new life would
        /// come to the peers before it and be refused.
        record Restored(DocumentId document, long life, List<ContentHash> heads, long atMillis)
                implements Event, Streamed {
            public Restored {
                heads = List.copyOf(heads);
            }

            @Override
            public Lane lane() {
                return Lane.LOCAL;
            }

            @Override
            public StreamEntry entry(long ordering) {
                return StreamEntry.ofLife(ordering, lane(), document, life);
            }
        }
    }

    /// The state as it is stored: the index of the changes, not their bytes.
    public record Snapshot(
            DocumentId document,
            Ruling ruling,
            long createdMillis,
            long life,
            long lifeMillis,
            long events,
            long updatedMillis,
            List<Bytes> index)
            implements Journaled {
        public Snapshot {
            index = List.copyOf(index);
        }
    }

    private final DocumentId id;
    private final CostLimits limits;
    private final InstantSource clock;
    private final ActorRef<Documents.Command> documents;
    private final SnapshotRhythm snapshots = new SnapshotRhythm();
    private final Waiter waiter;
    private final Conversations conversations;

    private Document(
            DocumentId id,
            CostLimits limits,
            InstantSource clock,
            BooleanSupplier takesWrites,
            ActorRef<Documents.Command> documents) {
        super(persistenceId(id), Patience.restart());
        this.id = id;
        this.limits = limits;
        this.clock = clock;
        this.waiter = new Waiter(takesWrites);
        this.documents = documents;
        this.conversations = new Conversations(id);
    }

    /// The actor of one document.
    ///
    /// @param takesWrites whether the disk took what was last to be written
    /// @param documents hears whether it could be read
    public static Behavior<Command> create(
            DocumentId id,
            CostLimits limits,
            InstantSource clock,
            BooleanSupplier takesWrites,
            ActorRef<Documents.Command> documents) {
        return new Document(id, limits, clock, takesWrites, documents);
    }

    public static PersistenceId persistenceId(DocumentId id) {
        return PersistenceId.of("Document", id.toString());
    }

    @Override
    public DocumentState emptyState() {
        return DocumentState.unknown(id, limits);
    }

    @Override
    public CommandHandler<Command, Event, DocumentState> commandHandler() {
        return this::decide;
    }

    private Effect<Event, DocumentState> decide(DocumentState state, Command command) {
        long now = clock.millis();
        return switch (command) {
            case Command.Accept accept -> accept(state, accept, now);
            case Command.ChangeReach(var reach, var replyTo) ->
                    carryOut(state.changeReach(reach, now), replyTo);
            case Command.Delete(var replyTo) -> carryOut(state.delete(now), replyTo);
            case Command.Restore(var replyTo) -> carryOut(state.restore(now), replyTo);
            case Command.TakeLife told -> carryOut(state.takeLife(told, now), told.replyTo());
            case Command.TakeRuling told -> carryOut(state.takeRuling(told, now), told.replyTo());
            case Command.Describe(var replyTo) ->
                    carryOut(new DocumentState.Verdict.Events(List.of()), replyTo);
            case Command.Locate locate -> {
                locate.replyTo().tell(state.locate(locate));
                yield Effect().none();
            }
            case Command.Converse said -> {
                said.client().tell(conversations.converse(state, said));
                yield Effect().none();
            }
            case Command.EndConversation(var client) -> {
                conversations.end(client);
                yield Effect().none();
            }
            case Command.Passivate() -> {
                conversations.endAll();
                yield Effect().stop();
            }
        };
    }

    private Effect<Event, DocumentState> accept(
            DocumentState state, Command.Accept accept, long now) {
        if (state.isDeleted()) {
            accept.replyTo().tell(StatusReply.success(Acceptance.ofDeleted(state, accept)));
            return Effect().none();
        }
        List<Change> arrived =
                accept.batches().stream().flatMap(batch -> batch.changes().stream()).toList();
        Decision decision = state.graph().decide(arrived, accept.entry());
        state.graph().keepWaiting(decision);
        boolean nearBefore = state.graph().usage().nearsLimit();
        List<Event> events = Acceptance.events(state, accept, decision, now);
        if (events.isEmpty()) {
            accept.replyTo()
                    .tell(StatusReply.success(Acceptance.answers(state.graph(), accept, decision)));
            return Effect().none();
        }
        return write(
                events,
                accept.replyTo(),
                after -> {
                    if (!nearBefore) {
                        warnNearLimit(after.graph().usage());
                    }
                    return StatusReply.success(Acceptance.answers(after.graph(), accept, decision));
                });
    }

    private <T> Effect<Event, DocumentState> write(
            List<Event> events,
            ActorRef<StatusReply<T>> replyTo,
            Function<DocumentState, StatusReply<T>> answer) {
        if (!waiter.waits(replyTo)) {
            return Effect().none();
        }
        return Effect()
                .persist(events)
                .thenRun(
                        after -> {
                            waiter.written();
                            replyTo.tell(answer.apply(after));
                        });
    }

    private void warnNearLimit(Usage usage) {
        if (usage.nearsLimit()) {
            LOG.warn(
                    "document {} uses {} % of what it may; it is time for a successor document",
                    id, usage.percent());
        }
    }

    private Effect<Event, DocumentState> carryOut(
            DocumentState.Verdict verdict, ActorRef<StatusReply<Description>> replyTo) {
        return switch (verdict) {
            case DocumentState.Verdict.Refused(var refusal) ->
                    Effect().none().thenReply(replyTo, _ -> StatusReply.error(refusal));
            case DocumentState.Verdict.Events(var events) ->
                    events.isEmpty()
                            ? Effect().none().thenReply(replyTo, DocumentState::describe)
                            : write(events, replyTo, DocumentState::describe);
        };
    }

    @Override
    public EventHandler<DocumentState, Event> eventHandler() {
        return Document::evolve;
    }

    // What was accepted once follows; where it no longer does, something else is stored by now.
    private static DocumentState evolve(DocumentState state, Event event) {
        try {
            return DocumentState.evolve(state, event);
        } catch (IllegalStateException broken) {
            throw new Damaged(
                    "an event does not follow what is stored before it: " + broken.getMessage(),
                    broken);
        }
    }

    @Override
    public SignalHandler<DocumentState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(PreRestart.instance(), _ -> end())
                .onSignal(PostStop.instance(), _ -> end())
                .onSignal(
                        RecoveryCompleted.instance(),
                        _ -> documents.tell(new Documents.Command.Awoken(id)))
                .onSignal(
                        RecoveryFailed.class,
                        (_, failed) ->
                                Damaged.in(failed.getFailure()).ifPresent(this::tellUnreadable))
                .build();
    }

    private void end() {
        waiter.failed();
        conversations.endAll();
    }

    private void tellUnreadable(Damaged damaged) {
        documents.tell(new Documents.Command.Unreadable(id, String.valueOf(damaged.getMessage())));
    }

    @Override
    public boolean shouldSnapshot(DocumentState state, Event event, long sequenceNumber) {
        return snapshots.isDue(state.graph());
    }

    @Override
    public SnapshotAdapter<DocumentState> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(DocumentState state) {
                return state.snapshot();
            }

            @Override
            public DocumentState fromJournal(Object stored) {
                var state = DocumentState.restored((Snapshot) stored, limits);
                snapshots.taken(state.graph());
                return state;
            }
        };
    }
}
