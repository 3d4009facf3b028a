package org.elohim.node.replication;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.Rebuild.Finding;
import org.elohim.protocol.blob.transfer.Rebuild.Source;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.erasure.ShardSet;
import org.elohim.protocol.erasure.StripeDecoder;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The shards of a blob as they lie here and at other nodes, each read once from its beginning to
/// its end. Not for several threads.
///
/// Invariants: a node that does not answer, or breaks off, is not asked again for that shard, and
/// one that says nothing for too long for none: waiting for it once is enough; what another one has
/// goes on from the same place. A shard is called right or wrong only where one node alone has
/// brought all of it.
final class ShardStreams implements StripeDecoder.Source, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardStreams.class);

    private final NodeId self;
    private final PieceRef wanted;
    private final Manifest manifest;
    private final Map<Integer, List<NodeId>> sources;
    private final Pieces pieces;
    private final BlobLine line;
    private final Map<Integer, Shard> shards = new HashMap<>();
    private final Set<NodeId> silent = new HashSet<>();

    /// @param sources of each shard, in the order in which they are tried; this node among them
    ShardStreams(
            NodeId self,
            PieceRef wanted,
            Manifest manifest,
            Map<Integer, List<NodeId>> sources,
            Pieces pieces,
            BlobLine line) {
        this.self = self;
        this.wanted = wanted;
        this.manifest = manifest;
        this.sources = sources;
        this.pieces = pieces;
        this.line = line;
    }

    // One of them: what is left to be tried, and what is open.
    private static final class Shard {
        final PieceRef piece;
        final Deque<NodeId> nodes;
        final Set<NodeId> broken = new HashSet<>();
        Optional<NodeId> source = Optional.empty();
        // Who has brought all of what was hashed, from the beginning on.
        Optional<NodeId> hashedOf = Optional.empty();
        MessageDigest digest = ContentHash.sha256();
        long hashedBytes;
        Optional<PieceBytes> here = Optional.empty();
        Optional<FrameInput> input = Optional.empty();
        ByteBuffer part = ByteBuffer.allocate(0);
        // Where the part begins that was read last.
        long at;

        Shard(PieceRef piece, List<NodeId> nodes) {
            this.piece = piece;
            this.nodes = new ArrayDeque<>(nodes);
        }

        void hash(long position, ByteBuffer bytes) {
            if (position == 0) {
                digest = ContentHash.sha256();
                digest.update(ShardFile.head(piece.blob(), piece.piece().number()));
                hashedOf = source;
                hashedBytes = 0;
            }
            if (position != hashedBytes || !hashedOf.equals(source)) {
                hashedOf = Optional.empty();
                return;
            }
            hashedBytes += bytes.remaining();
            digest.update(bytes);
        }

        Finding found() {
            if (hashedOf.isEmpty() || hashedBytes + ShardFile.HEAD_BYTES < piece.lengthBytes()) {
                return Finding.PARTLY;
            }
            return piece.key().bytes().equals(Bytes.copyOf(digest.digest()))
                    ? Finding.RIGHT
                    : Finding.WRONG;
        }
    }

    private Shard shard(int number) {
        return shards.computeIfAbsent(
                number,
                _ -> {
                    Piece piece = Piece.shard(number);
                    return new Shard(
                            PieceRef.of(wanted.blob(), manifest, piece),
                            sources.getOrDefault(number, List.of()));
                });
    }

    /// What has been seen of those who were asked, once nothing more is read.
    ///
    /// @param wellFormed shards of which that was a block which was read last
    Map<Source, Finding> findings(ShardSet wellFormed) {
        Map<Source, Finding> findings = new HashMap<>();
        shards.forEach(
                (number, shard) -> {
                    shard.source.ifPresent(
                            node ->
                                    findings.put(
                                            new Source(number, node),
                                            wellFormed.contains(number)
                                                    ? shard.found()
                                                    : Finding.BROKEN));
                    shard.broken.forEach(
                            node -> findings.put(new Source(number, node), Finding.BROKEN));
                });
        return findings;
    }

    @Override
    public boolean read(int number, long position, ByteBuffer into) {
        Shard shard = shard(number);
        int from = into.position();
        if (shard.source.filter(silent::contains).isPresent()) {
            leave(shard);
        }
        while (true) {
            try {
                if (!isOpen(shard) && !open(shard, position + ShardFile.HEAD_BYTES)) {
                    return false;
                }
                fill(shard, position + ShardFile.HEAD_BYTES, into);
                shard.hash(position, into.duplicate().flip().position(from));
                return true;
            } catch (IOException | RuntimeException failed) {
                if (failed instanceof SocketTimeoutException) {
                    shard.source.ifPresent(silent::add);
                }
                LOG.info(
                        "a shard is not read on piece={} reason={}",
                        shard.piece,
                        Downloading.words(failed));
                leave(shard);
                into.position(from);
            }
        }
    }

    private static void leave(Shard shard) {
        shard.source.ifPresent(shard.broken::add);
        shard.source = Optional.empty();
        close(shard);
    }

    private static boolean isOpen(Shard shard) {
        return shard.here.isPresent() || shard.input.isPresent();
    }

    private boolean open(Shard shard, long at) throws IOException {
        shard.nodes.removeIf(silent::contains);
        if (shard.nodes.isEmpty()) {
            return false;
        }
        NodeId node = shard.nodes.remove();
        shard.source = Optional.of(node);
        if (node.equals(self)) {
            shard.here =
                    switch (pieces.kept(shard.piece)) {
                        case Pieces.Opened.Open(var bytes) -> Optional.of(bytes);
                        case Pieces.Opened.Missing(var why, _) -> throw new IOException(why);
                    };
            return true;
        }
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
