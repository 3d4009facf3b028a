package org.elohim.node.replication;

import org.elohim.node.blob.BlobStore;
import org.elohim.node.replication.Fetcher.Fetched;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.Rebuild;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.erasure.ShardSet;
import org.elohim.protocol.erasure.StripeDecoder;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Makes a piece out of shards, without those that turn out to be wrong: see [Rebuild].
final class Rebuilding {
    private static final Logger LOG = LoggerFactory.getLogger(Rebuilding.class);

    private final NodeId self;
    private final BlobStore store;
    private final Pieces pieces;
    private final BlobLine line;
    private final PieceRef piece;
    private final Manifest manifest;

    /// How a round has ended.
    private sealed interface Round {
        record Ended(Fetched how) implements Round {}

        record Failed(Map<Rebuild.Source, Rebuild.Finding> findings, String trouble)
                implements Round {}
    }

    Rebuilding(
            NodeId self,
            BlobStore store,
            Pieces pieces,
            BlobLine line,
            PieceRef piece,
            Manifest manifest) {
        this.self = self;
        this.store = store;
        this.pieces = pieces;
        this.line = line;
        this.piece = piece;
        this.manifest = manifest;
    }

    /// In a thread that may wait.
    ///
    /// @param isKnown whether somebody may have it who cannot be reached
    Fetched run(Copies copies, boolean isKnown) throws IOException {
        var rebuild = new Rebuild(manifest.layout().code().dataShards(), sources(copies));
        Rebuild.Step step = rebuild.begin();
        while (true) {
            switch (step) {
                case Rebuild.Step.Make(var sources) -> {
                    switch (make(sources)) {
                        case Round.Ended(var how) -> {
                            return how;
                        }
                        case Round.Failed(var findings, var trouble) -> {
                            Rebuild.Next next = rebuild.failed(findings, trouble);
                            next.wrong().forEach(this::doubt);
                            step = next.step();
                        }
                    }
                }
                case Rebuild.Step.GiveUp(var why) -> {
                    return new Fetched.NotHad(why, isKnown);
                }
            }
        }
    }

    private Map<Integer, List<NodeId>> sources(Copies copies) {
        Map<Integer, List<NodeId>> sources = new TreeMap<>();
        for (int number = 0; number < manifest.shards().size(); number++) {
            Piece shard = Piece.shard(number);
            List<NodeId> nodes = new ArrayList<>();
            if (pieces.has(PieceRef.of(piece.blob(), manifest, shard))) {
                nodes.add(self);
            }
            copies.nodes().stream()
                    .filter(node -> !node.equals(self) && copies.contains(node, shard))
                    .forEach(nodes::add);
            if (!nodes.isEmpty()) {
                sources.put(number, nodes);
            }
        }
        return sources;
    }

    private Round make(Map<Integer, List<NodeId>> sources) throws IOException {
        ShardSet all = ShardSet.first(manifest.shards().size());
        try (var shards = new ShardStreams(self, piece, manifest, sources, pieces, line);
                var incoming = Incoming.made(store, piece)) {
            return switch (decode(shards, sources, incoming)) {
                case StripeDecoder.Outcome.Lost lost ->
                        new Round.Failed(shards.findings(lost.good()), lost.toString());
                case StripeDecoder.Outcome.Whole() ->
                        switch (incoming.keep()) {
                            case ANOTHER ->
                                    new Round.Failed(
                                            shards.findings(all),
                                            "what was made of the others is not it");
                            case Incoming.Kept how -> new Round.Ended(Fetcher.ended(how));
                        };
            };
        }
    }

    private StripeDecoder.Outcome decode(
            ShardStreams shards, Map<Integer, List<NodeId>> sources, Incoming incoming)
            throws IOException {
        StripeDecoder decoder = pieces.decoder(manifest.layout(), shards, sources.keySet());
        if (piece.piece().isWhole()) {
            return decoder.readAll(incoming::write);
        }
        int number = piece.piece().number();
        incoming.write(ShardFile.head(piece.blob(), number));
        for (long stripe = 0; stripe < manifest.layout().stripes(); stripe++) {
            StripeDecoder.Outcome outcome =
                    decoder.rebuild(
                            stripe,
                            ShardSet.of(number),
                            (_, block) -> incoming.write(copied(block)));
            if (!(outcome instanceof StripeDecoder.Outcome.Whole)) {
                return outcome;
            }
        }
        return new StripeDecoder.Outcome.Whole();
    }

    private static ByteBuffer copied(ByteBuffer block) {
        return ByteBuffer.allocate(block.remaining()).put(block.duplicate()).flip();
    }

    // Nobody waits for him to look at it; where he does not hear of it, his scrub finds it.
    private void doubt(Rebuild.Source wrong) {
        PieceRef shard = PieceRef.of(piece.blob(), manifest, Piece.shard(wrong.shard()));
        LOG.warn("a shard was wrong node={} piece={}", wrong.node(), shard);
        Thread.startVirtualThread(
                () -> {
                    try {
                        if (wrong.node().equals(self)) {
                            var _ = store.isGood(shard.key());
                        } else {
                            line.told(wrong.node(), new BlobFrame.Doubted(shard));
                        }
                    } catch (IOException | RuntimeException failed) {
                        LOG.info(
                                "not told that its shard was wrong node={} reason={}",
                                wrong.node(),
                                Downloading.words(failed));
                    }
                });
    }
}
