package org.elohim.node.replication;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.node.blob.BlobStore;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.Replications;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What is said to the actor that knows of all copies.
final class ReplicationLog {
    // A row of a busy disk.
    static final Duration WRITTEN_WITHIN = Duration.ofSeconds(15);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    /// In the place of [BlobStore#lettingsGo]: the store has to be told once more what to keep.
    static final long UNSURE = -1;

    private final ActorSystem<?> system;
    private final ActorRef<BlobReplicator.Command> actor;

    ReplicationLog(ActorSystem<?> system, ActorRef<BlobReplicator.Command> actor) {
        this.system = system;
        this.actor = actor;
    }

    /// Ends once it is written, or with why it was not; never where the actor has ended for good.
    CompletableFuture<Long> accepted(
            ContentHash blob, long sizeBytes, Reach reach, long lettingsGo) {
        var written = new CompletableFuture<Long>();
        actor.tell(new BlobReplicator.Accept(blob, sizeBytes, reach, lettingsGo, written));
        return written;
    }

    /// As [#accepted].
    CompletionStage<Long> adopted(ReplicationEvent.Adopted adopted, long lettingsGo) {
        var written = new CompletableFuture<Long>();
        actor.tell(new BlobReplicator.Adopt(adopted, lettingsGo, written));
        return written;
    }

    CompletionStage<Long> abandoned(ContentHash blob, NodeId by, long turn) {
        return AskPattern.askWithStatus(
                actor,
                replyTo -> new BlobReplicator.Abandon(blob, by, turn, replyTo),
                WRITTEN_WITHIN,
                system.scheduler());
    }

    void happened(ContentHash blob, ReplicationEvent event) {
        actor.tell(new BlobReplicator.Notice(blob, event));
    }

    CompletionStage<Optional<BlobReplication>> find(ContentHash blob) {
        return AskPattern.<BlobReplicator.Command, BlobReplicator.Page>ask(
                        actor,
                        replyTo -> new BlobReplicator.Find(blob, replyTo),
                        ANSWER_WITHIN,
                        system.scheduler())
                .thenApply(page -> page.blobs().stream().findFirst().map(each -> each.blob()));
    }

    /// The first ones with numbers above this.
    CompletionStage<List<Replications.Numbered>> after(long number) {
        return AskPattern.<BlobReplicator.Command, BlobReplicator.Page>ask(
                        actor,
                        replyTo -> new BlobReplicator.Leaf(number, replyTo),
                        WRITTEN_WITHIN,
                        system.scheduler())
                .thenApply(BlobReplicator.Page::blobs);
    }

    CompletionStage<BlobReplicator.Reached> await(ContentHash blob, Duration patience) {
        return AskPattern.ask(
                actor,
                replyTo -> new BlobReplicator.Await(blob, patience, replyTo),
                patience.plus(ANSWER_WITHIN),
                system.scheduler());
    }

    CompletionStage<BlobReplicator.View> view() {
        return AskPattern.ask(actor, BlobReplicator.Look::new, ANSWER_WITHIN, system.scheduler());
    }

    CompletionStage<Map<Reach, ReachTotals.Total>> reaches() {
        return AskPattern.ask(actor, BlobReplicator.Measure::new, ANSWER_WITHIN, system.scheduler())
                .thenApply(BlobReplicator.Measured::reaches);
    }

    void see(BlobReplicator.See sight) {
        actor.tell(sight);
    }

    void loseAll(NodeId node) {
        actor.tell(new BlobReplicator.LoseAll(node));
    }
}
