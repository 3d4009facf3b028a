package org.elohim.node.replication;

import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Found;
import org.elohim.node.blob.Outcome;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrame.Verdict;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/// Does what other nodes ask of this one.
///
/// Invariants: that a piece is kept is said after it is on the disk, its hash was right, and the
/// log has it; a node speaks for itself alone.
final class Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);
    private static final int WANTED = 1;

    private final NodeId self;
    private final BlobStore store;
    private final Pieces pieces;
    private final Fetcher fetcher;
    private final ReplicationLog log;
    // All of a piece is read for it.
    private final Semaphore looking = new Semaphore(1);

    Receiver(NodeId self, BlobStore store, Pieces pieces, Fetcher fetcher, ReplicationLog log) {
        this.self = self;
        this.store = store;
        this.pieces = pieces;
        this.fetcher = fetcher;
        this.log = log;
    }

    CompletionStage<? extends BlobFrame> take(NodeId from, int index, BlobFrame.Question question) {
        return switch (question) {
            case BlobFrame.Offer offer -> take(from, index, offer);
            case BlobFrame.Release(var blob, long turn) ->
                    log.abandoned(blob, from, turn).thenApply(_ -> done(index));
            case BlobFrame.Lost(var blob, var piece) -> {
                log.happened(blob, new ReplicationEvent.Damaged(from, piece));
                yield CompletableFuture.completedStage(done(index));
            }
            case BlobFrame.Doubted(var piece) ->
                    CompletableFuture.supplyAsync(
                            () -> looked(index, piece), Thread::startVirtualThread);
            case BlobFrame.Drop(var blob) ->
                    log.find(blob)
                            .thenCompose(known -> drop(blob, known))
                            .thenApply(_ -> done(index));
            case BlobFrame.Seek(var blob) ->
                    log.find(blob).thenApply(known -> known(index, blob, known));
            case BlobFrame.Want _ ->
                    CompletableFuture.completedStage(
                            new Verdict(index, Verdict.Kind.FAILED, "not asked here"));
        };
    }

    // Whoever doubts is not believed, and what is damaged tells of itself.
    private Verdict looked(int index, PieceRef piece) {
        if (!looking.tryAcquire()) {
            return new Verdict(index, Verdict.Kind.FAILED, "another piece is being looked at");
        }
        try {
            boolean isKept = store.entry(piece.key()).isPresent();
            boolean isGood = store.isGood(isKept ? piece.key() : piece.blob());
            LOG.info("a piece was doubted piece={} good={}", piece, isGood);
            return done(index);
        } finally {
            looking.release();
        }
    }

    private CompletionStage<Long> drop(ContentHash blob, Optional<BlobReplication> known) {
        return known.flatMap(each -> Optional.ofNullable(each.stewards().get(self)))
                .map(turn -> log.abandoned(blob, self, turn))
                .orElseGet(() -> CompletableFuture.completedStage(0L));
    }

    private static Verdict done(int index) {
        return new Verdict(index, Verdict.Kind.DONE, "");
    }

    private CompletionStage<Verdict> take(NodeId from, int index, BlobFrame.Offer offer) {
        PieceRef piece = offer.piece();
        ByteBuffer content = offer.content();
        long lettingsGo = store.lettingsGo();
        CompletionStage<Optional<Verdict>> obstacle =
                content != null && store.isSmall(content.remaining())
                        ? put(index, piece, content)
                        : fetch(from, index, offer);
        return obstacle.thenCompose(
                why ->
                        why.<CompletionStage<Verdict>>map(CompletableFuture::completedStage)
                                .orElseGet(
                                        () ->
                                                log.adopted(adopted(offer), lettingsGo)
                                                        .thenApply(_ -> done(index))));
    }

    private ReplicationEvent.Adopted adopted(BlobFrame.Offer offer) {
        PieceRef piece = offer.piece();
        return new ReplicationEvent.Adopted(
                piece.blob(),
                piece.sizeBytes(),
                offer.reach(),
                self,
                piece.piece(),
                offer.stewards(),
                offer.manifest());
    }

    private CompletionStage<Optional<Verdict>> put(int index, PieceRef piece, ByteBuffer content) {
        BlobStore.Hashed hashed = store.hash(content);
        if (!hashed.key().equals(piece.key())) {
            return verdict(index, Verdict.Kind.FAILED, "the content is not what it should be");
        }
        return store.put(hashed, WANTED).thenApply(outcome -> obstacle(index, outcome));
    }

    private static Optional<Verdict> obstacle(int index, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Done() -> Optional.empty();
            case Outcome.Absent() ->
                    Optional.of(new Verdict(index, Verdict.Kind.NOT_HAD, "it is gone again"));
            case Outcome.Full(var words) ->
                    Optional.of(new Verdict(index, Verdict.Kind.NO_ROOM, words));
            case Outcome.Failed(var words) ->
                    Optional.of(new Verdict(index, Verdict.Kind.FAILED, words));
        };
    }

    private CompletionStage<Optional<Verdict>> fetch(
            NodeId from, int index, BlobFrame.Offer offer) {
        PieceRef piece = offer.piece();
        Copies hints = pieces.has(piece) ? Copies.NONE : offer.copies().with(from, piece.piece());
        return fetcher.fetch(piece, Optional.ofNullable(offer.manifest()), hints)
                .thenCompose(
                        fetched ->
                                switch (fetched) {
                                    // It may have lain here unwanted, and its grace be over soon.
                                    case Fetcher.Fetched.Kept() ->
                                            store.references(piece.key(), WANTED)
                                                    .thenApply(outcome -> obstacle(index, outcome));
                                    case Fetcher.Fetched.NoRoom(var words) ->
                                            verdict(index, Verdict.Kind.NO_ROOM, words);
                                    case Fetcher.Fetched.NotHad(var why, _) ->
                                            verdict(index, Verdict.Kind.NOT_HAD, why);
                                });
    }

    private static CompletionStage<Optional<Verdict>> verdict(
            int index, Verdict.Kind kind, String words) {
        return CompletableFuture.completedStage(Optional.of(new Verdict(index, kind, words)));
    }

    private BlobFrame known(int index, ContentHash blob, Optional<BlobReplication> known) {
        long size = known.map(BlobReplication::sizeBytes).orElse(-1L);
        long here = sizeHere(blob);
        if (known.isEmpty() && here < 0) {
            return new BlobFrame.Missing(index, "it is not known here");
        }
        return known.map(
                        each ->
                                new BlobFrame.Known(
                                        index,
                                        size,
                                        each.reach(),
                                        here >= 0,
                                        each.stewards(),
                                        each.manifest(),
                                        each.copies(),
                                        each.promised(),
                                        seconds(
                                                pieces.goodSince(
                                                        each, each.copies().at(self).pieces()))))
                .orElseGet(
                        () ->
                                new BlobFrame.Known(
                                        index,
                                        here,
                                        Reach.DEFAULT,
                                        true,
                                        Map.of(),
                                        null,
                                        Copies.NONE,
                                        0,
                                        seconds(store.goodSince(blob))));
    }

    private static long seconds(Optional<Instant> moment) {
        return moment.map(Instant::getEpochSecond).orElse(0L);
    }

    /// How long the whole is that lies here; -1 where none does.
    private long sizeHere(ContentHash blob) {
        return switch (store.get(blob)) {
            case Found.Small(var content) -> content.remaining();
            case Found.Large(var reading) -> {
                try (reading) {
                    yield reading.contentBytes();
                } catch (IOException failed) {
                    yield -1;
                }
            }
            case Found _ -> -1;
        };
    }
}
