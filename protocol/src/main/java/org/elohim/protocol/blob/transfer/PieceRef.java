package org.elohim.protocol.blob.transfer;

import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.id.ContentHash;

import java.util.Optional;

/// A piece of a blob as it is asked for: all that is needed to find it and to know it for the right
/// one.
///
/// @param sizeBytes of the blob
/// @param key the hash of what a store keeps for it, which is the blob's own for the whole
public record PieceRef(ContentHash blob, long sizeBytes, Piece piece, ContentHash key) {
    /// A petabyte, as for shards.
    static final long SIZE_BYTES_MAX = 1L << 50;

    public PieceRef {
        if (sizeBytes < 0 || sizeBytes > SIZE_BYTES_MAX) {
            throw new IllegalArgumentException("size bytes=" + sizeBytes);
        }
        if (piece.isWhole() && !key.equals(blob)) {
            throw new IllegalArgumentException("the whole of " + blob + " is not " + key);
        }
        if (!piece.isWhole() && piece.number() >= ShardFile.layout(sizeBytes).code().shards()) {
            throw new IllegalArgumentException("no such shard: " + piece);
        }
    }

    public static PieceRef whole(ContentHash blob, long sizeBytes) {
        return new PieceRef(blob, sizeBytes, Piece.WHOLE, blob);
    }

    /// Nothing where it is a shard and shards are not known yet.
    public static Optional<PieceRef> of(BlobReplication blob, Piece piece) {
        return piece.isWhole()
                ? Optional.of(whole(blob.blob(), blob.sizeBytes()))
                : Optional.ofNullable(blob.manifest())
                        .map(manifest -> of(blob.blob(), manifest, piece));
    }

    public static PieceRef of(ContentHash blob, Manifest manifest, Piece piece) {
        long size = manifest.layout().lengthBytes();
        return piece.isWhole()
                ? whole(blob, size)
                : new PieceRef(blob, size, piece, manifest.shards().get(piece.number()));
    }

    /// What a store keeps for it.
    public long lengthBytes() {
        return piece.isWhole() ? sizeBytes : ShardFile.lengthBytes(sizeBytes);
    }
}
