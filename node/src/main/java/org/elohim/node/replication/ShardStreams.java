package org.elohim.node.replication;

import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.erasure.StripeDecoder;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The shards of a blob as they lie here and at other nodes, each read once from its beginning to
/// its end. Not for several threads.
///
/// Invariants: a node that does not answer, or breaks off, is not asked again for that shard; what
/// another one has goes on from the same place.
final class ShardStreams implements StripeDecoder.Source, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardStreams.class);

    private final PieceRef wanted;
    private final Manifest manifest;
    private final Copies copies;
    private final Pieces pieces;
    private final BlobLine line;
    private final Map<Integer, Shard> shards = new HashMap<>();

    ShardStreams(PieceRef wanted, Manifest manifest, Copies copies, Pieces pieces, BlobLine line) {
        this.wanted = wanted;
        this.manifest = manifest;
        this.copies = copies;
        this.pieces = pieces;
        this.line = line;
    }

    // One of them: what is left to be tried, and what is open.
    private static final class Shard {
        final PieceRef piece;
        final Deque<NodeId> nodes = new ArrayDeque<>();
        boolean isHereTried;
        Optional<PieceBytes> here = Optional.empty();
        Optional<FrameInput> input = Optional.empty();
        ByteBuffer part = ByteBuffer.allocate(0);
        // Where the part begins that was read last.
        long at;

        Shard(PieceRef piece) {
            this.piece = piece;
        }
    }

    private Shard shard(int number) {
        return shards.computeIfAbsent(
                number,
                _ -> {
                    Piece piece = Piece.shard(number);
                    var shard = new Shard(PieceRef.of(wanted.blob(), manifest, piece));
                    copies.nodes().stream()
                            .filter(node -> copies.contains(node, piece))
                            .forEach(shard.nodes::add);
                    return shard;
                });
    }

    @Override
    public boolean read(int number, long position, ByteBuffer into) {
        Shard shard = shard(number);
        int from = into.position();
        while (true) {
            try {
                if (!isOpen(shard) && !open(shard, position + ShardFile.HEAD_BYTES)) {
                    return false;
                }
                fill(shard, position + ShardFile.HEAD_BYTES, into);
                return true;
            } catch (IOException | RuntimeException failed) {
                LOG.info(
                        "a shard is not read on piece={} reason={}",
                        shard.piece,
                        Downloading.words(failed));
                close(shard);
                into.position(from);
            }
        }
    }

    private static boolean isOpen(Shard shard) {
        return shard.here.isPresent() || shard.input.isPresent();
    }

    private boolean open(Shard shard, long at) throws IOException {
        if (!shard.isHereTried) {
            shard.isHereTried = true;
            if (pieces.kept(shard.piece) instanceof Pieces.Opened.Open(var bytes)) {
                shard.here = Optional.of(bytes);
                return true;
            }
        }
        if (shard.nodes.isEmpty()) {
            return false;
        }
        NodeId node = shard.nodes.remove();
        var want = new BlobFrame.Want(shard.piece, at, shard.piece.lengthBytes());
        shard.input = Optional.of(line.ask(node, List.of(want)));
        shard.at = at;
        shard.part = ByteBuffer.allocate(0);
        return true;
    }

    private static void fill(Shard shard, long from, ByteBuffer into) throws IOException {
        long at = from;
        while (into.hasRemaining()) {
            ByteBuffer some = shard.here.isPresent() ? shard.here.get().read(at) : next(shard, at);
            int count = Math.min(some.remaining(), into.remaining());
            into.put(some.slice(some.position(), count));
            some.position(some.position() + count);
            at += count;
            shard.at = at;
        }
    }

    // What comes at this place; whatever was sent of what lies before it is passed over.
    private static ByteBuffer next(Shard shard, long at) throws IOException {
        if (at < shard.at) {
            throw new IOException("asked for what has passed: " + at);
        }
        while (at > shard.at || !shard.part.hasRemaining()) {
            if (shard.part.hasRemaining()) {
                int count = (int) Math.min(at - shard.at, shard.part.remaining());
                shard.part.position(shard.part.position() + count);
                shard.at += count;
                continue;
            }
            switch (shard.input
                    .orElseThrow()
                    .next()
                    .orElseThrow(() -> new IOException("cut off"))) {
                case BlobFrame.Part(_, long offset, var bytes) -> {
                    if (offset != shard.at) {
                        throw new IOException("it sends what was not asked for");
                    }
                    shard.part = bytes;
                }
                case BlobFrame.Alive _ -> {}
                case BlobFrame other -> throw new IOException("it ends: " + other);
            }
        }
        return shard.part;
    }

    private static void close(Shard shard) {
        try {
            if (shard.here.isPresent()) {
                shard.here.get().close();
            }
            if (shard.input.isPresent()) {
                shard.input.get().close();
            }
        } catch (IOException failed) {
            LOG.debug("not closed", failed);
        }
        shard.here = Optional.empty();
        shard.input = Optional.empty();
    }

    @Override
    public void close() {
        shards.values().forEach(ShardStreams::close);
    }
}
