package org.elohim.cluster.blob;

import com.google.protobuf.ByteString;

import org.elohim.cluster.blob.wire.Held;
import org.elohim.cluster.blob.wire.Manifest;
import org.elohim.cluster.blob.wire.Matrix;
import org.elohim.cluster.blob.wire.Pieces;
import org.elohim.cluster.blob.wire.Place;
import org.elohim.cluster.blob.wire.Turn;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Numbers;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// What events and snapshots of blobs are made of, as protobuf.
final class BlobMessages {
    private BlobMessages() {}

    static ByteString bytes(Bytes bytes) {
        return ByteString.copyFrom(bytes.asReadOnlyBuffer());
    }

    static NodeId node(ByteString bytes) {
        return new NodeId(Bytes.copyOf(bytes.toByteArray()));
    }

    static ContentHash hash(ByteString bytes) {
        return new ContentHash(Bytes.copyOf(bytes.toByteArray()));
    }

    static List<Long> numbers(Numbers numbers) {
        var pairs = new ArrayList<Long>();
        long end = 0;
        for (Numbers.Range range : numbers.ranges()) {
            pairs.add(range.first() - end);
            pairs.add(range.count());
            end = range.first() + range.count();
        }
        return pairs;
    }

    static Numbers numbers(List<Long> pairs) {
        var ranges = new ArrayList<Numbers.Range>();
        long end = 0;
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            var range = new Numbers.Range(end + pairs.get(i), pairs.get(i + 1));
            ranges.add(range);
            end = range.first() + range.count();
        }
        return new Numbers(ranges);
    }

    static List<Turn> turns(SortedMap<NodeId, Long> turns) {
        return turns.entrySet().stream().map(each -> turn(each.getKey(), each.getValue())).toList();
    }

    static Turn turn(NodeId node, long turn) {
        return Turn.newBuilder().setNode(bytes(node.publicKey())).setTurn(turn).build();
    }

    static SortedMap<NodeId, Long> turns(List<Turn> messages) {
        var turns = new TreeMap<NodeId, Long>();
        messages.forEach(each -> turns.put(node(each.getNode()), each.getTurn()));
        return turns;
    }

    static Place place(NodeId node, Piece piece) {
        return Place.newBuilder().setNode(bytes(node.publicKey())).setPiece(number(piece)).build();
    }

    static int number(Piece piece) {
        return piece.number() + 1;
    }

    static Piece piece(int number) {
        return new Piece(number - 1);
    }

    static Pieces pieces(Set<Piece> pieces) {
        return Pieces.newBuilder().setBits(bits(pieces)).build();
    }

    static Set<Piece> pieces(long bits) {
        var pieces = new TreeSet<Piece>();
        for (int bit = 0; bit <= ErasureCode.SHARDS_MAX; bit++) {
            if (((bits >>> bit) & 1) != 0) {
                pieces.add(new Piece(bit - 1));
            }
        }
        return pieces;
    }

    static long bits(Collection<Piece> pieces) {
        long bits = 0;
        for (Piece piece : pieces) {
            bits |= 1L << (piece.number() + 1);
        }
        return bits;
    }

    static List<Held> held(Copies copies) {
        return copies.held().entrySet().stream()
                .map(
                        each ->
                                Held.newBuilder()
                                        .setNode(bytes(each.getKey().publicKey()))
                                        .setPieces(bits(each.getValue().pieces()))
                                        .build())
                .toList();
    }

    static Copies copies(List<Held> messages) {
        Copies copies = Copies.NONE;
        for (Held held : messages) {
            for (Piece piece : pieces(held.getPieces())) {
                copies = copies.with(node(held.getNode()), piece);
            }
        }
        return copies;
    }

    static Manifest manifest(org.elohim.protocol.blob.replication.Manifest manifest) {
        ByteString shards = ByteString.EMPTY;
        for (ContentHash shard : manifest.shards()) {
            shards = shards.concat(bytes(shard.bytes()));
        }
        ShardLayout layout = manifest.layout();
        return Manifest.newBuilder()
                .setMatrix(Matrix.MATRIX_BB_VANDERMONDE_11D)
                .setDataShards(layout.code().dataShards())
                .setParityShards(layout.code().parityShards())
                .setBlockBytes(layout.blockBytes())
                .setLengthBytes(layout.lengthBytes())
                .setShards(shards)
                .build();
    }

    static org.elohim.protocol.blob.replication.Manifest manifest(Manifest message) {
        if (message.getMatrix() != Matrix.MATRIX_BB_VANDERMONDE_11D) {
            throw new IllegalStateException(
                    "shards of an unknown matrix: " + message.getMatrixValue());
        }
        var shards = new ArrayList<ContentHash>();
        ByteString all = message.getShards();
        for (int at = 0; at < all.size(); at += ContentHash.SIZE_BYTES) {
            shards.add(hash(all.substring(at, at + ContentHash.SIZE_BYTES)));
        }
        return new org.elohim.protocol.blob.replication.Manifest(
                new ShardLayout(
                        new ErasureCode(message.getDataShards(), message.getParityShards()),
                        message.getBlockBytes(),
                        message.getLengthBytes()),
                shards);
    }
}
