package org.elohim.cluster.format;

import org.elohim.cluster.blob.BlobLog;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Numbers;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.replication.Recorded;
import org.elohim.protocol.blob.replication.Recorded.Part.Begun;
import org.elohim.protocol.blob.replication.Recorded.Part.Happened;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// A batch in which everything happens that can happen to a blob, and a snapshot with all of it.
final class BlobEvents {
    private static final ContentHash ONE = hash(1);
    private static final ContentHash TWO = hash(2);
    private static final ContentHash THREE = hash(3);
    private static final long SIZE = 1_000_000;
    private static final Manifest MANIFEST =
            new Manifest(
                    new ShardLayout(ErasureCode.FOUR_AND_THREE, ShardLayout.BLOCK_BYTES, SIZE),
                    IntStream.range(0, 7).mapToObj(shard -> hash(0x70 + shard)).toList());

    private BlobEvents() {}

    /// As rows were before blobs had a reach.
    static BlobLog.Event.Written written(NodeId self, NodeId sibling) {
        return written(self, sibling, Reach.PRIVATE);
    }

    static BlobLog.Event.Written written(NodeId self, NodeId sibling, Reach reach) {
        Beginning given =
                new ReplicationEvent.Adopted(
                        TWO,
                        SIZE,
                        reach,
                        self,
                        Piece.shard(6),
                        new TreeMap<>(Map.of(sibling, 9L)),
                        MANIFEST);
        Beginning givenWhole =
                new ReplicationEvent.Adopted(
                        THREE,
                        5,
                        reach,
                        self,
                        Piece.WHOLE,
                        new TreeMap<>(Map.of(sibling, 10L)),
                        null);
        Beginning put = new ReplicationEvent.Accepted(ONE, SIZE, reach, self, 300);
        return new BlobLog.Event.Written(
                self,
                new Recorded(
                        List.of(
                                new Begun(
                                        Numbers.of(List.of(300L, 301L, 305L)),
                                        List.of(put, given, givenWhole)),
                                happened(new ReplicationEvent.Encoded(MANIFEST), 300),
                                happened(
                                        new ReplicationEvent.Placed(sibling, Piece.shard(6), reach),
                                        300),
                                happened(
                                        new ReplicationEvent.Placed(sibling, Piece.WHOLE, reach),
                                        300,
                                        301,
                                        305),
                                happened(new ReplicationEvent.BecameDurable(3), 300),
                                happened(new ReplicationEvent.Dropped(self, Piece.WHOLE), 300),
                                happened(new ReplicationEvent.Damaged(self, Piece.shard(6)), 301),
                                happened(
                                        new ReplicationEvent.Referred(
                                                Set.of(Piece.WHOLE, Piece.shard(6))),
                                        301),
                                happened(new ReplicationEvent.Referred(Set.of()), 300),
                                happened(new ReplicationEvent.Lost(sibling), 301, 305),
                                happened(new ReplicationEvent.Abandoned(self, 300), 300),
                                happened(new ReplicationEvent.Released(sibling), 300))));
    }

    static BlobLog.Snapshot snapshot(NodeId self, NodeId sibling) {
        return snapshot(self, sibling, Reach.PRIVATE, Set.of());
    }

    static BlobLog.Snapshot snapshot(NodeId self, NodeId sibling, Reach reach, Set<NodeId> behind) {
        var blobs = new TreeMap<Long, BlobReplication>();
        blobs.put(
                300L,
                new BlobReplication(
                        self,
                        ONE,
                        SIZE,
                        reach,
                        new TreeMap<>(Map.of(self, 300L)),
                        MANIFEST,
                        Copies.NONE
                                .with(self, Piece.WHOLE)
                                .with(sibling, Piece.WHOLE)
                                .with(sibling, Piece.shard(3)),
                        behind,
                        1,
                        new TreeMap<>(Map.of(sibling, 7L)),
                        Set.of(Piece.WHOLE)));
        blobs.put(
                301L,
                new BlobReplication(
                        self,
                        TWO,
                        0,
                        reach,
                        new TreeMap<>(Map.of(sibling, 9L)),
                        null,
                        Copies.NONE,
                        Set.of(),
                        0,
                        new TreeMap<>(),
                        null));
        return new BlobLog.Snapshot(self, 305, blobs);
    }

    static BlobLog.Page page(NodeId self, NodeId sibling, Reach reach, Set<NodeId> behind) {
        return new BlobLog.Page(
                self,
                305,
                snapshot(self, sibling, reach, behind).blobs().entrySet().stream()
                        .map(each -> new Numbered(each.getKey(), each.getValue()))
                        .toList());
    }

    private static Happened happened(ReplicationEvent event, long... numbers) {
        return new Happened(event, Numbers.of(Arrays.stream(numbers).boxed().toList()));
    }

    private static ContentHash hash(int content) {
        return new ContentHash(Bytes.parseHex("%02x".formatted(content).repeat(32)));
    }
}
