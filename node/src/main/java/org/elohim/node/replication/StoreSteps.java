package org.elohim.node.replication;

import org.elohim.cluster.blob.Steps;
import org.elohim.node.blob.BlobStore;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationStep;
import org.elohim.protocol.blob.replication.Stage;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrame.Verdict;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Carries out what is decided for blobs, with the own disk and the lines to the others.
final class StoreSteps implements Steps {
    // Each holds a stripe and keeps a core busy.
    private static final int CODED_AT_ONCE = 2;

    // Of contents that are held in memory until the other node has answered.
    private static final int CONTENTS_KIB = 32 << 10;

    private final NodeId self;
    private final BlobStore store;
    private final Pieces pieces;
    private final Fetcher fetcher;
    private final BlobLine line;
    private final Throttle throttle;
    private final Map<NodeId, Sender> senders = new ConcurrentHashMap<>();
    private final Semaphore contents = new Semaphore(CONTENTS_KIB);
    private final Semaphore coding = new Semaphore(CODED_AT_ONCE, true);

    StoreSteps(
            NodeId self,
            BlobStore store,
            Pieces pieces,
            Fetcher fetcher,
            BlobLine line,
            Throttle throttle) {
        this.self = self;
        this.store = store;
        this.pieces = pieces;
        this.fetcher = fetcher;
        this.line = line;
        this.throttle = throttle;
    }

    @Override
    public CompletionStage<Outcome> carryOut(BlobReplication blob, ReplicationStep step) {
        return switch (step) {
            case ReplicationStep.Refer(var wanted) -> refer(blob, wanted);
            case ReplicationStep.Encode() -> encode(blob);
            case ReplicationStep.Place(var piece, var node) ->
                    node.equals(self) ? placeHere(blob, piece) : place(blob, piece, node);
            case ReplicationStep.Release(var node, long turn) ->
                    to(node, new BlobFrame.Release(blob.blob(), turn))
                            .handle(
                                    (verdict, failed) ->
                                            ended(
                                                    verdict,
                                                    failed,
                                                    new ReplicationEvent.Released(node)));
        };
    }

    @Override
    public long lettingsGo() {
        return store.lettingsGo();
    }

    private CompletionStage<Verdict> to(NodeId node, BlobFrame.Question question) {
        return senders.computeIfAbsent(node, _ -> new Sender(node, line, throttle)).ask(question);
    }

    private static Outcome ended(
            @Nullable Verdict verdict, @Nullable Throwable failed, ReplicationEvent event) {
        if (verdict == null) {
            return new Outcome.HolderFailed(
                    failed == null ? "no answer" : Downloading.words(failed));
        }
        return switch (verdict.kind()) {
            case DONE -> new Outcome.Happened(event);
            case NOT_HAD -> new Outcome.BlobFailed(verdict.words());
            case NO_ROOM, FAILED -> new Outcome.HolderFailed(verdict.words());
        };
    }

    private static CompletionStage<Outcome> done(Outcome outcome) {
        return CompletableFuture.completedStage(outcome);
    }

    private CompletionStage<Outcome> refer(BlobReplication blob, Set<Piece> wanted) {
        List<CompletableFuture<Optional<Outcome>>> said = new ArrayList<>();
        var all = new ArrayList<Piece>(List.of(Piece.WHOLE));
        Manifest manifest = blob.manifest();
        if (manifest != null) {
            for (int shard = 0; shard < manifest.shards().size(); shard++) {
                all.add(Piece.shard(shard));
            }
        }
        for (Piece piece : all) {
            PieceRef ref = PieceRef.of(blob, piece).orElseThrow();
            int count = wanted.contains(piece) ? 1 : 0;
            Optional<IndexEntry> entry = store.entry(ref.key());
            if (entry.isEmpty() && count == 0) {
                continue;
            }
            boolean isDamaged = entry.filter(IndexEntry::damaged).isPresent();
            if (count == 1 && isDamaged) {
                return lost(blob, piece);
            }
            if (isDamaged && blob.stage() == Stage.LOST) {
                // What is left of it may be all there is in the world; whoever asks is told that it
                // is damaged, and whoever puts it again heals it.
                continue;
            }
            said.add(
                    store.references(ref.key(), count)
                            .thenApply(outcome -> trouble(outcome, count == 1, piece))
                            .toCompletableFuture());
        }
        return CompletableFuture.allOf(said.toArray(CompletableFuture[]::new))
                .thenCompose(
                        _ -> {
                            Optional<Outcome> trouble =
                                    said.stream().flatMap(each -> each.join().stream()).findFirst();
                            if (trouble.isPresent()
                                    && trouble.get()
                                            instanceof
                                            Outcome.Happened(
                                                    ReplicationEvent.Damaged(_, var piece))) {
                                return lost(blob, piece);
                            }
                            return done(
                                    trouble.orElse(
                                            new Outcome.Happened(
                                                    new ReplicationEvent.Referred(wanted))));
                        });
    }

    private Optional<Outcome> trouble(
            org.elohim.node.blob.Outcome outcome, boolean wanted, Piece piece) {
        return switch (outcome) {
            case org.elohim.node.blob.Outcome.Done() -> Optional.empty();
            case org.elohim.node.blob.Outcome.Absent() ->
                    wanted
                            ? Optional.of(
                                    new Outcome.Happened(new ReplicationEvent.Damaged(self, piece)))
                            : Optional.empty();
            case org.elohim.node.blob.Outcome.Full(var words) ->
                    Optional.of(new Outcome.BlobFailed(words));
            case org.elohim.node.blob.Outcome.Failed(var words) ->
                    Optional.of(new Outcome.BlobFailed(words));
        };
    }

    /// A piece that is counted on here is not here: whoever else counts on it hears so first, since
    /// once it is written down here nobody remembers that he has to be told.
    CompletionStage<Outcome> lost(BlobReplication blob, Piece piece) {
        List<CompletableFuture<Verdict>> told = new ArrayList<>();
        for (NodeId steward : blob.stewards().keySet()) {
            if (!steward.equals(self)) {
                told.add(to(steward, new BlobFrame.Lost(blob.blob(), piece)).toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(told.toArray(CompletableFuture[]::new))
                .handle((_, failed) -> lost(blob, piece, failed));
    }

    private Outcome lost(BlobReplication blob, Piece piece, @Nullable Throwable failed) {
        if (failed != null) {
            return new Outcome.BlobFailed(
                    "it is lost here, and who counts on it cannot be told: "
                            + Downloading.words(failed));
        }
        // Who was told may have brought it again, and what is written down of that comes after this
        // look.
        boolean isBack =
                PieceRef.of(blob, piece)
                        .flatMap(ref -> store.entry(ref.key()))
                        .filter(entry -> !entry.damaged())
                        .isPresent();
        return isBack
                ? new Outcome.BlobFailed("it was lost here, and is there again")
                : new Outcome.Happened(new ReplicationEvent.Damaged(self, piece));
    }

    private CompletionStage<Outcome> encode(BlobReplication blob) {
        return CompletableFuture.supplyAsync(() -> encoded(blob), Thread::startVirtualThread)
                .thenCompose(
                        outcome ->
                                outcome instanceof Outcome.Happened(ReplicationEvent.Damaged _)
                                        ? lost(blob, Piece.WHOLE)
                                        : done(outcome));
    }

    private Outcome encoded(BlobReplication blob) {
        coding.acquireUninterruptibly();
        try {
            return switch (pieces.kept(PieceRef.whole(blob.blob(), blob.sizeBytes()))) {
                case Pieces.Opened.Open(var bytes) -> {
                    try (bytes) {
                        yield new Outcome.Happened(
                                new ReplicationEvent.Encoded(
                                        pieces.encode(blob.blob(), blob.sizeBytes(), bytes)));
                    }
                }
                case Pieces.Opened.Missing(var why, boolean isDamage) ->
                        isDamage
                                ? new Outcome.Happened(
                                        new ReplicationEvent.Damaged(self, Piece.WHOLE))
                                : new Outcome.BlobFailed(why);
            };
        } catch (IOException failed) {
            return new Outcome.BlobFailed("it cannot be read: " + failed.getMessage());
        } finally {
            coding.release();
        }
    }

    private CompletionStage<Outcome> placeHere(BlobReplication blob, Piece piece) {
        Optional<PieceRef> ref = PieceRef.of(blob, piece);
        if (ref.isEmpty()) {
            return done(new Outcome.BlobFailed("its shards are not known"));
        }
        return fetcher.fetch(ref.get(), Optional.ofNullable(blob.manifest()), blob.copies())
                .thenApply(
                        fetched ->
                                switch (fetched) {
                                    case Fetcher.Fetched.Kept() ->
                                            new Outcome.Happened(
                                                    new ReplicationEvent.Placed(
                                                            self, piece, blob.reach()));
                                    case Fetcher.Fetched.NoRoom(var words) ->
                                            new Outcome.HolderFailed(words);
                                    case Fetcher.Fetched.NotHad(var why, _) ->
                                            new Outcome.BlobFailed(why);
                                });
    }

    private CompletionStage<Outcome> place(BlobReplication blob, Piece piece, NodeId node) {
        Optional<PieceRef> ref = PieceRef.of(blob, piece);
        if (ref.isEmpty()) {
            return done(new Outcome.BlobFailed("its shards are not known"));
        }
        PieceRef known = ref.get();
        if (known.lengthBytes() > BlobFrames.CONTENT_BYTES_MAX) {
            return offer(blob, known, node, null);
        }
        var ended = new CompletableFuture<Outcome>();
        Thread.startVirtualThread(
                () -> {
                    int kib = 1 + (int) (known.lengthBytes() >> 10);
                    contents.acquireUninterruptibly(kib);
                    var _ =
                            placeSmall(blob, known, node)
                                    .whenComplete(
                                            (outcome, failed) -> {
                                                contents.release(kib);
                                                ended.complete(
                                                        outcome == null
                                                                ? new Outcome.BlobFailed(
                                                                        String.valueOf(failed))
                                                                : outcome);
                                            });
                });
        return ended;
    }

    private CompletionStage<Outcome> placeSmall(BlobReplication blob, PieceRef piece, NodeId node) {
        return switch (pieces.open(piece)) {
            case Pieces.Opened.Open(var bytes) -> {
                try {
                    yield offer(blob, piece, node, all(piece, bytes));
                } catch (IOException failed) {
                    yield done(new Outcome.BlobFailed(String.valueOf(failed.getMessage())));
                }
            }
            case Pieces.Opened.Missing(_, boolean isDamage) -> {
                Optional<Piece> mine = counted(blob.copies(), piece.piece());
                yield isDamage && mine.isPresent()
                        ? lost(blob, mine.get())
                        : offer(blob, piece, node, null);
            }
        };
    }

    private CompletionStage<Outcome> offer(
            BlobReplication blob, PieceRef piece, NodeId node, @Nullable ByteBuffer content) {
        var offer =
                new BlobFrame.Offer(
                        piece,
                        blob.reach(),
                        blob.stewards(),
                        blob.manifest(),
                        blob.copies(),
                        content);
        return to(node, offer)
                .handle(
                        (verdict, failed) ->
                                ended(
                                        verdict,
                                        failed,
                                        new ReplicationEvent.Placed(
                                                node, piece.piece(), blob.reach())));
    }

    // What of the own copies this should have come from.
    private Optional<Piece> counted(Copies copies, Piece piece) {
        if (copies.contains(self, Piece.WHOLE)) {
            return Optional.of(Piece.WHOLE);
        }
        return copies.contains(self, piece) ? Optional.of(piece) : Optional.empty();
    }

    private static ByteBuffer all(PieceRef piece, PieceBytes bytes) throws IOException {
        try (bytes) {
            var content = ByteBuffer.allocate((int) piece.lengthBytes());
            while (content.hasRemaining()) {
                content.put(bytes.read(content.position()));
            }
            return content.flip();
        }
    }
}
