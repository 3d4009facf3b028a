package org.elohim.node.replication;

import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Found;
import org.elohim.node.blob.LargeBlobs;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.erasure.StripeDecoder;
import org.elohim.protocol.erasure.StripeEncoder;
import org.elohim.protocol.id.ContentHash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The pieces that this node's disk holds, or that follow from what it holds: a shard of a blob
/// that is here as a whole is computed while it is read.
final class Pieces {
    private final BlobStore store;
    private final Coding coding;

    Pieces(BlobStore store, Coding coding) {
        this.store = store;
        this.coding = coding;
    }

    /// What became of the wish to read a piece.
    sealed interface Opened {
        record Open(PieceBytes bytes) implements Opened {}

        /// It cannot be read here.
        ///
        /// @param isDamage whether it was here, or should have been, and nothing good is left of it
        record Missing(String why, boolean isDamage) implements Opened {}
    }

    /// Opens a piece, to be closed.
    Opened open(PieceRef piece) {
        Opened kept = kept(piece);
        if (piece.piece().isWhole() || kept instanceof Opened.Open) {
            return kept;
        }
        return switch (kept(PieceRef.whole(piece.blob(), piece.sizeBytes()))) {
            case Opened.Open(var whole) -> new Opened.Open(computed(piece, whole));
            case Opened.Missing _ -> kept;
        };
    }

    private PieceBytes computed(PieceRef shard, PieceBytes whole) {
        ShardLayout layout = ShardFile.layout(shard.sizeBytes());
        return new ComputedShard(shard, whole, layout, coding.coder(layout.code()));
    }

    /// Only what lies on the disk as it is.
    Opened kept(PieceRef piece) {
        return switch (store.get(piece.key())) {
            case Found.Small(var content) ->
                    content.remaining() == piece.lengthBytes()
                            ? new Opened.Open(new SmallPiece(content))
                            : new Opened.Missing("it is of another length here", false);
            case Found.Large(var reading) ->
                    reading.contentBytes() == piece.lengthBytes()
                            ? new Opened.Open(new LargePiece(reading))
                            : otherLength(reading);
            case Found.Absent() -> new Opened.Missing("it is not here", true);
            case Found.Damaged() -> new Opened.Missing("it is damaged here", true);
            case Found.Unreadable(var words) -> new Opened.Missing(words, false);
        };
    }

    private static Opened otherLength(LargeBlobs.Reading reading) {
        try {
            reading.close();
        } catch (IOException failed) {
            return new Opened.Missing("it cannot be read here: " + failed, false);
        }
        return new Opened.Missing("it is of another length here", false);
    }

    /// Whether all of it lies here, as far as can be told without reading a large one.
    boolean has(PieceRef piece) {
        return switch (kept(piece)) {
            case Opened.Open(var bytes) -> {
                try {
                    bytes.close();
                    yield true;
                } catch (IOException failed) {
                    yield false;
                }
            }
            case Opened.Missing _ -> false;
        };
    }

    /// Since when at the latest all of these that lie here are known to be good; nothing where one
    /// of them was not looked at where it lies now.
    Optional<Instant> goodSince(BlobReplication blob, Set<Piece> held) {
        Optional<Instant> earliest = Optional.empty();
        for (Piece piece : held) {
            Optional<Instant> since =
                    PieceRef.of(blob, piece).flatMap(ref -> store.goodSince(ref.key()));
            if (since.isEmpty()) {
                return since;
            }
            earliest = earliest.filter(before -> before.isBefore(since.get())).or(() -> since);
        }
        return earliest;
    }

    /// The hashes of a blob's shards, of which none is kept by this.
    ///
    /// @throws IOException where the blob cannot be read
    Manifest encode(ContentHash blob, long sizeBytes, PieceBytes whole) throws IOException {
        ShardLayout layout = ShardFile.layout(sizeBytes);
        List<MessageDigest> digests = new ArrayList<>();
        for (int shard = 0; shard < layout.code().shards(); shard++) {
            MessageDigest digest = ContentHash.sha256();
            digest.update(ShardFile.head(blob, shard));
            digests.add(digest);
        }
        var encoder =
                new StripeEncoder(
                        coding.coder(layout.code()),
                        layout.blockBytes(),
                        (shard, block) -> digests.get(shard).update(block));
        for (long at = 0; at < sizeBytes; ) {
            ByteBuffer part = whole.read(at);
            at += part.remaining();
            encoder.write(part);
        }
        ShardLayout found = encoder.finish();
        return new Manifest(
                found,
                digests.stream()
                        .map(digest -> new ContentHash(Bytes.copyOf(digest.digest())))
                        .toList());
    }

    /// Makes a blob, or shards of it, out of other shards.
    ///
    /// @param order in which they are read until there are enough
    StripeDecoder decoder(
            ShardLayout layout, StripeDecoder.Source shards, Collection<Integer> order) {
        return new StripeDecoder(coding.coder(layout.code()), layout, shards, order);
    }

    private record SmallPiece(ByteBuffer content) implements PieceBytes {
        @Override
        public ByteBuffer read(long at) {
            return content.slice(content.position() + (int) at, content.remaining() - (int) at);
        }

        @Override
        public void close() {}
    }

    private record LargePiece(LargeBlobs.Reading reading) implements PieceBytes {
        @Override
        public ByteBuffer read(long at) throws IOException {
            // The buffer is used again by the next read.
            ByteBuffer block = reading.read(at);
            return ByteBuffer.allocate(block.remaining()).put(block).flip();
        }

        @Override
        public void close() throws IOException {
            reading.close();
        }
    }
}
