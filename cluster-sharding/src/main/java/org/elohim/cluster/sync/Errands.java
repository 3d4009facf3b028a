package org.elohim.cluster.sync;

import akka.actor.typed.javadsl.ActorContext;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.DocumentRefusal;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.NotWritten;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What a session wants of documents and journal, carried out for one [PeerSync].
///
/// Invariants: belongs to its actor and its thread; changes of one document go to it one batch at a
/// time, so what comes in meanwhile shares the next event; each answer comes back as an input, and
/// where there is none the connection ends: a session that waits for ever looks like one that
/// lives.
final class Errands {
    private static final String NO_ANSWER =
            "the node could not read or write its journal in time; what was not acknowledged is"
                    + " sent again on the next connection";

    private final ActorContext<PeerSync.Command> context;
    private final Peers.Node node;
    private final Questions documents;
    private final NodeId peer;
    private final Map<Target, Queue> takes = new LinkedHashMap<>();
    private final List<Input> poisoned = new ArrayList<>();
    // Answers to a connection that is gone mean nothing to the next.
    private long era;

    private record Target(DocumentId document, Lane lane) {}

    private static final class Queue {
        final List<Document.Batch> batches = new ArrayList<>();
        boolean asked;
    }

    Errands(ActorContext<PeerSync.Command> context, Peers.Node node, NodeId peer) {
        this.context = context;
        this.node = node;
        this.documents =
                new Questions(context.getSystem(), node.documents(), node.monotonicMillis());
        this.peer = peer;
    }

    /// What was not answered by now belongs to a connection that is gone.
    void forget() {
        takes.clear();
        poisoned.clear();
        era++;
    }

    void send(Carrier carrier, SyncMessage message) {
        node.counters().count(SyncCounters.Counter.FRAMES_SENT);
        if (message instanceof SyncMessage.Refused refused) {
            node.counters()
                    .count(SyncCounters.Counter.CHANGES_REFUSED, SyncCounters.refusedIn(refused));
        }
        carrier.send(SyncCodec.encode(message));
    }

    void readPage(Grant grant, Output.ReadPage read) {
        answer(
                node.journal()
                        .lane(
                                read.lane(),
                                read.after(),
                                read.entriesMax(),
                                read.bytesMax(),
                                SyncHub.Fresh::of)
                        .thenApply(
                                page ->
                                        Relationship.told(
                                                grant,
                                                read.ticket(),
                                                page,
                                                node.hub().streamed(),
                                                node.index())));
    }

    /// Queues it; [#run] sends on what can be.
    void take(Output.Take take) {
        switch (Arrived.of(take.document(), take.changes(), node.signatures())) {
            case Arrived.Poisoned(var reason) -> poison(take, reason);
            case Arrived.Genuine(var changes) -> take(take, changes);
        }
    }

    private void take(Output.Take take, List<Change> changes) {
        node.counters().count(SyncCounters.Counter.CHANGES_RECEIVED, changes.size());
        // What is local to a device is new to us.
        Lane lane = take.lane() == Lane.LOCAL ? Lane.NEW : take.lane();
        takes.computeIfAbsent(new Target(take.document(), lane), _ -> new Queue())
                .batches
                .add(new Document.Batch(take.ticket(), take.awaited(), changes));
    }

    private void poison(Output.Take take, String reason) {
        node.counters().count(SyncCounters.Counter.CHANGES_POISONED);
        poisoned.add(new Input.Poisoned(take.ticket(), reason));
    }

    /// Sends on what has queued up.
    void run(Grant grant) {
        if (!poisoned.isEmpty()) {
            context.getSelf().tell(new PeerSync.Command.Answer(era, poisoned));
            poisoned.clear();
        }
        takes.forEach(
                (target, queue) -> {
                    if (!queue.asked && !queue.batches.isEmpty()) {
                        hand(target, queue, grant);
                    }
                });
    }

    private void hand(Target target, Queue queue, Grant grant) {
        queue.asked = true;
        List<Document.Batch> batches = List.copyOf(queue.batches);
        queue.batches.clear();
        long mine = era;
        CompletionStage<StatusReply<List<Input.Taken>>> taken =
                documents.write(
                        target.document(),
                        to ->
                                new Document.Command.Accept(
                                        batches,
                                        target.lane(),
                                        grant.entry(),
                                        peer,
                                        grant.newcomer(peer),
                                        to));
        context.pipeToSelf(
                taken,
                (answers, failed) ->
                        failed == null
                                ? new PeerSync.Command.TakesDone(
                                        mine, target.document(), target.lane(), answers.getValue())
                                : unanswered(mine, failed));
    }

    private PeerSync.Command unanswered(long asked, Throwable failed) {
        Optional<NotWritten> full = NotWritten.in(failed);
        if (full.isEmpty()) {
            context.getLog().warn("no answer for {}: {}", peer, failed.toString());
        }
        return new PeerSync.Command.Unanswered(
                asked, full.map(Throwable::getMessage).orElse(NO_ANSWER));
    }

    /// Whether this was asked over the connection that is there now.
    boolean isOf(long asked) {
        return asked == era;
    }

    /// A document has taken a batch; lets the next go to it.
    List<Input> takesDone(PeerSync.Command.TakesDone done) {
        if (!isOf(done.era())) {
            return List.of();
        }
        var target = new Target(done.document(), done.lane());
        Queue queue = takes.get(target);
        if (queue != null) {
            queue.asked = false;
            if (queue.batches.isEmpty()) {
                takes.remove(target);
            }
        }
        return List.copyOf(done.answers());
    }

    void takeMark(Grant grant, Output.TakeMark mark) {
        // That a device no longer shares a document with us changes nothing here.
        if (mark.kind() == StreamEntry.Kind.WITHDRAWN) {
            answer(CompletableFuture.completedFuture(Settlement.noted(mark.ticket(), List.of())));
            return;
        }
        long mine = era;
        context.pipeToSelf(
                takeLife(grant, mark.document(), mark.life()),
                (description, failed) ->
                        failed == null
                                ? new PeerSync.Command.MarkDone(mine, mark, description)
                                : unanswered(mine, failed));
    }

    /// Where a mark is refused the peer hears why, and its position goes on: it would come with the
    /// same again, and everything behind would wait.
    List<Input> markDone(Carrier carrier, PeerSync.Command.MarkDone done) {
        if (!isOf(done.era())) {
            return List.of();
        }
        Output.TakeMark mark = done.mark();
        if (done.description().isSuccess()) {
            return List.of(Settlement.noted(mark.ticket(), done.description().getValue().heads()));
        }
        Throwable why = done.description().getError();
        send(
                carrier,
                new SyncMessage.Refused(
                        mark.document(),
                        List.of(),
                        limit(why),
                        SyncMessage.words(String.valueOf(why.getMessage()))));
        return List.of(Settlement.noted(mark.ticket(), List.of()));
    }

    private static Limit limit(Throwable why) {
        return switch (((DocumentRefusal) why).obstacle()) {
            case ABSENT, TOO_LATE -> Limit.DOCUMENT_DELETED;
            case TOO_OFTEN -> Limit.SEQUENCE;
            case UNREADABLE -> Limit.UNREADABLE;
        };
    }

    private CompletionStage<StatusReply<Document.Description>> takeLife(
            Grant grant, DocumentId document, long life) {
        return documents.write(
                document,
                to -> new Document.Command.TakeLife(life, grant.entry(), grant.newcomer(peer), to));
    }

    // Of a document that cannot be read here the position goes on all the same: once it can be read
    // again, comparing brings the ruling back.
    void takeRuling(Grant grant, Output.TakeRuling take) {
        CompletionStage<?> ruled = takeRuling(take.document(), take.ruling());
        answer(
                (take.life() == 0
                                ? ruled
                                : ruled.thenCompose(
                                        _ -> takeLife(grant, take.document(), take.life())))
                        .thenApply(_ -> Settlement.noted(take.ticket(), List.of())));
    }

    private CompletionStage<StatusReply<Document.Description>> takeRuling(
            DocumentId document, Ruling ruling) {
        return documents.write(document, to -> new Document.Command.TakeRuling(ruling, peer, to));
    }

    void readChanges(Output.ReadChanges read) {
        CompletionStage<List<Selection.Location>> located =
                documents.ask(
                        read.document(),
                        to ->
                                new Document.Command.Locate(
                                        read.heads(),
                                        read.hashes(),
                                        read.bytesMax(),
                                        SyncMessage.CHANGES_MAX,
                                        to));
        answer(
                located.thenCompose(locations -> node.bytes().read(read.document(), locations))
                        .exceptionallyCompose(
                                failed -> nothingOfWhatIsDamaged(read.document(), failed))
                        .thenApply(changes -> new Input.ChangesRead(read.ticket(), changes)));
    }

    // As where the whole document cannot be read: ending the connection would not help, and keep
    // the peer from all other documents.
    private CompletionStage<List<Bytes>> nothingOfWhatIsDamaged(
            DocumentId document, Throwable failed) {
        if (Damaged.in(failed).isEmpty()) {
            return CompletableFuture.failedFuture(failed);
        }
        node.index().unreadable(document);
        return CompletableFuture.completedFuture(List.of());
    }

    void obtain(Grant grant, Output.Obtain obtain) {
        answer(
                node.elsewhere()
                        .obtain(
                                obtain.document(),
                                reach -> grant.allows(Access.READ, obtain.document(), reach))
                        .thenApply(_ -> new Input.Obtained(obtain.ticket())));
    }

    void readDigests(Output.ReadDigests read) {
        List<DocumentIndex.Entry> page = node.index().page(read.after(), read.max() + 1);
        boolean end = page.size() <= read.max();
        answer(
                CompletableFuture.completedFuture(
                        new Input.DigestsRead(
                                read.ticket(),
                                page.stream()
                                        .limit(read.max())
                                        .map(DocumentIndex.Entry::digest)
                                        .toList(),
                                end)));
    }

    void compare(Grant grant, Output.CompareDigests compare) {
        var comparison =
                new Comparison(
                        node.index(),
                        new Comparison.Taking() {
                            @Override
                            public CompletionStage<StatusReply<Document.Description>> life(
                                    SyncMessage.Digest theirs) {
                                return takeLife(grant, theirs.document(), theirs.life());
                            }

                            @Override
                            public CompletionStage<StatusReply<Document.Description>> ruling(
                                    SyncMessage.Digest theirs) {
                                return takeRuling(theirs.document(), theirs.ruling());
                            }

                            @Override
                            public CompletionStage<StatusReply<Document.Description>> nothing(
                                    SyncMessage.Digest theirs) {
                                return documents.ask(
                                        theirs.document(), Document.Command.Describe::new);
                            }
                        });
        answer(
                comparison
                        .differing(compare)
                        .thenApply(found -> new Input.Compared(compare.ticket(), found)));
    }

    private void answer(CompletionStage<? extends Input> answer) {
        long mine = era;
        context.pipeToSelf(
                answer,
                (input, failed) ->
                        failed == null
                                ? new PeerSync.Command.Answer(mine, List.of(input))
                                : unanswered(mine, failed));
    }
}
