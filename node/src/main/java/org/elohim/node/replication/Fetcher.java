package org.elohim.node.replication;

import org.elohim.node.blob.BlobStore;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Brings pieces to the own disk: computed from what is here, from other nodes that have them, or
/// rebuilt out of other shards.
///
/// Invariants: whoever wants the same piece at the same time waits for the one fetch; a piece is
/// kept only where its hash is right, whoever brought it.
final class Fetcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);
    // Each holds some megabytes.
    private static final int AT_ONCE = 6;
    // Begun and broken off; each holds an open file. What is behind them is read once more.
    private static final int PARTIAL_MAX = 8;

    private final NodeId self;
    private final BlobStore store;
    private final Pieces pieces;
    private final BlobLine line;
    private final Elsewhere elsewhere;
    private final Semaphore places = new Semaphore(AT_ONCE, true);
    private final Map<ContentHash, CompletableFuture<Fetched>> underWay = new ConcurrentHashMap<>();
    // Guarded by itself.
    private final Map<ContentHash, Incoming> partial = new LinkedHashMap<>();
    private boolean isClosed;

    /// What became of it.
    sealed interface Fetched {
        record Kept() implements Fetched {}

        record NoRoom(String words) implements Fetched {}

        /// It cannot be had.
        ///
        /// @param isKnown whether somebody has it, or may have it, who cannot be reached
        record NotHad(String why, boolean isKnown) implements Fetched {}
    }

    Fetcher(NodeId self, BlobStore store, Pieces pieces, BlobLine line, Elsewhere elsewhere) {
        this.self = self;
        this.store = store;
        this.pieces = pieces;
        this.line = line;
        this.elsewhere = elsewhere;
    }

    /// Brings a piece here, where it is not here yet.
    ///
    /// @param hints where it may be; all nodes are asked where that leads nowhere
    CompletionStage<Fetched> fetch(PieceRef piece, Optional<Manifest> manifest, Copies hints) {
        var mine = new CompletableFuture<Fetched>();
        CompletableFuture<Fetched> theirs = underWay.putIfAbsent(piece.key(), mine);
        if (theirs != null) {
            return theirs;
        }
        Thread.startVirtualThread(
                () -> {
                    Fetched fetched;
                    places.acquireUninterruptibly();
                    try {
                        fetched = bring(piece, manifest, hints);
                    } catch (IOException | RuntimeException failed) {
                        LOG.warn("a piece was not fetched piece={}", piece, failed);
                        fetched = new Fetched.NotHad(Downloading.words(failed), true);
                    } catch (InterruptedException ended) {
                        fetched = new Fetched.NotHad("the node stops", true);
                    } finally {
                        places.release();
                        underWay.remove(piece.key());
                    }
                    mine.complete(fetched);
                });
        return mine;
    }

    /// Brings the whole of a blob here of which this node need not know anything.
    CompletionStage<Fetched> fetchUnknown(ContentHash blob) {
        return CompletableFuture.supplyAsync(() -> elsewhere.seek(blob), Thread::startVirtualThread)
                .thenCompose(
                        said -> {
                            Optional<Long> size = said.sizeBytes();
                            if (size.isEmpty()) {
                                return CompletableFuture.completedStage(
                                        new Fetched.NotHad(
                                                said.unheard().isEmpty()
                                                        ? "no node of the family has it"
                                                        : "it is not known to those who can be"
                                                                + " reached; "
                                                                + said.unheard().size()
                                                                + " cannot",
                                                !said.unheard().isEmpty()));
                            }
                            return fetch(
                                    PieceRef.whole(blob, size.get()),
                                    said.manifest(),
                                    said.copies());
                        });
    }

    private Fetched bring(PieceRef piece, Optional<Manifest> manifest, Copies hints)
            throws IOException, InterruptedException {
        if (pieces.has(piece)) {
            return new Fetched.Kept();
        }
        if (pieces.open(piece) instanceof Pieces.Opened.Open(var computed)) {
            return copy(piece, computed);
        }
        Fetched first = download(piece, hints);
        if (!(first instanceof Fetched.NotHad)) {
            return first;
        }
        Elsewhere.Said said = elsewhere.seek(piece.blob());
        Copies all = Elsewhere.with(hints, said.copies());
        // What kept the first from it is the better word where nobody else is known.
        Fetched second = said.copies().equals(Copies.NONE) ? first : download(piece, said.copies());
        Optional<Manifest> known = manifest.or(said::manifest);
        if (!(second instanceof Fetched.NotHad(var why, _))) {
            return second;
        }
        boolean isKnown = !said.unheard().isEmpty() || !said.claimed().nodes().isEmpty();
        return known.isPresent() && ShardFile.isOf(known.get(), piece.sizeBytes())
                ? new Rebuilding(self, store, pieces, line, piece, known.get()).run(all, isKnown)
                : new Fetched.NotHad(why, isKnown);
    }

    private Fetched copy(PieceRef piece, PieceBytes computed) throws IOException {
        try (computed;
                var incoming = Incoming.made(store, piece)) {
            while (incoming.written() < piece.lengthBytes()) {
                incoming.write(computed.read(incoming.written()));
            }
            return ended(incoming.keep());
        }
    }

    static Fetched ended(Incoming.Kept how) {
        return switch (how) {
            case KEPT -> new Fetched.Kept();
            case ANOTHER -> new Fetched.NotHad("what was made of the others is not it", false);
            case NO_ROOM -> new Fetched.NoRoom("there is no room for it");
            case FAILED -> new Fetched.NoRoom("the disk did not take it");
        };
    }

    private Fetched download(PieceRef piece, Copies copies)
            throws IOException, InterruptedException {
        List<NodeId> sources =
                copies.nodes().stream()
                        .filter(node -> !node.equals(self))
                        .filter(
                                node ->
                                        copies.contains(node, piece.piece())
                                                || copies.contains(node, Piece.WHOLE))
                        .toList();
        if (sources.isEmpty()) {
            return new Fetched.NotHad("nobody is known who has it", false);
        }
        Incoming incoming = begin(piece);
        Downloading.Ended ended = new Downloading(line, incoming, sources).run();
        return switch (ended) {
            case Downloading.Ended.Kept() -> new Fetched.Kept();
            case Downloading.Ended.NoRoom(var words) -> {
                incoming.close();
                yield new Fetched.NoRoom(words);
            }
            case Downloading.Ended.GaveUp(var why) -> {
                putAside(incoming);
                yield new Fetched.NotHad(why, true);
            }
        };
    }

    private Incoming begin(PieceRef piece) throws IOException {
        synchronized (partial) {
            Incoming before = partial.remove(piece.key());
            if (before != null) {
                return before;
            }
        }
        // What an earlier process has brought of it is read here.
        return Incoming.fetched(store, piece);
    }

    // It goes on where it stopped once somebody is there again.
    private void putAside(Incoming incoming) throws IOException {
        Incoming oldest = null;
        synchronized (partial) {
            if (incoming.written() > 0) {
                partial.put(incoming.piece().key(), incoming);
            } else {
                oldest = incoming;
            }
            if (partial.size() > (isClosed ? 0 : PARTIAL_MAX)) {
                oldest = partial.remove(partial.keySet().iterator().next());
            }
        }
        if (oldest != null) {
            oldest.rest();
        }
    }

    /// What is being fetched breaks off; what has come of it stays for whoever fetches it next.
    @Override
    public void close() {
        List<Incoming> left;
        synchronized (partial) {
            isClosed = true;
            left = List.copyOf(partial.values());
            partial.clear();
        }
        for (Incoming each : left) {
            try {
                each.rest();
            } catch (IOException failed) {
                LOG.warn("what came of a piece is not left piece={}", each.piece(), failed);
            }
        }
    }
}
