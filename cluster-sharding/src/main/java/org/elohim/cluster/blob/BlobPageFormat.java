package org.elohim.cluster.blob;

import static org.elohim.cluster.blob.BlobMessages.bits;
import static org.elohim.cluster.blob.BlobMessages.bytes;
import static org.elohim.cluster.blob.BlobMessages.hash;
import static org.elohim.cluster.blob.BlobMessages.manifest;
import static org.elohim.cluster.blob.BlobMessages.node;
import static org.elohim.cluster.blob.BlobMessages.pieces;

import org.elohim.cluster.blob.wire.Page;
import org.elohim.cluster.blob.wire.Row;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A page of blobs as protobuf. Nodes are named once in each, since what is known of a blob is
/// little else than where it lies.
final class BlobPageFormat {
    private BlobPageFormat() {}

    static Page message(BlobLog.Page page) {
        var nodes = new Places();
        var message =
                Page.newBuilder()
                        .setSelf(bytes(page.self().publicKey()))
                        .setLastNumber(page.lastNumber());
        page.blobs().forEach(each -> message.addBlobs(row(each, nodes)));
        nodes.inOrder.forEach(node -> message.addNodes(bytes(node.publicKey())));
        return message.build();
    }

    private static final class Places {
        final List<NodeId> inOrder = new ArrayList<>();
        private final Map<NodeId, Long> places = new HashMap<>();

        long of(NodeId node) {
            return places.computeIfAbsent(
                    node,
                    _ -> {
                        inOrder.add(node);
                        return inOrder.size() - 1L;
                    });
        }
    }

    private static Row row(Numbered numbered, Places nodes) {
        BlobReplication blob = numbered.blob();
        var row =
                Row.newBuilder()
                        .setNumber(numbered.number())
                        .setBlob(bytes(blob.blob().bytes()))
                        .setSizeBytes(blob.sizeBytes())
                        .setReachValue(blob.reach().code())
                        .setPromised(blob.promised());
        blob.stewards().forEach((node, turn) -> row.addStewards(nodes.of(node)).addStewards(turn));
        blob.copies()
                .held()
                .forEach(
                        (node, what) ->
                                row.addCopies(nodes.of(node)).addCopies(bits(what.pieces())));
        blob.releases().forEach((node, turn) -> row.addReleases(nodes.of(node)).addReleases(turn));
        blob.behind().forEach(node -> row.addBehind(nodes.of(node)));
        var manifest = blob.manifest();
        if (manifest != null) {
            row.setManifest(manifest(manifest));
        }
        var referred = blob.referred();
        if (referred != null) {
            row.setReferred(pieces(referred));
        }
        return row.build();
    }

    static BlobLog.Page page(Page message) {
        NodeId self = node(message.getSelf());
        List<NodeId> nodes = message.getNodesList().stream().map(BlobMessages::node).toList();
        return new BlobLog.Page(
                self,
                message.getLastNumber(),
                message.getBlobsList().stream().map(row -> numbered(row, self, nodes)).toList());
    }

    private static Numbered numbered(Row row, NodeId self, List<NodeId> nodes) {
        return new Numbered(
                row.getNumber(),
                new BlobReplication(
                        self,
                        hash(row.getBlob()),
                        row.getSizeBytes(),
                        Reach.ofCode(row.getReachValue()),
                        turns(row.getStewardsList(), nodes),
                        row.hasManifest() ? manifest(row.getManifest()) : null,
                        copies(row.getCopiesList(), nodes),
                        row.getBehindList().stream()
                                .map(place -> nodes.get(Math.toIntExact(place)))
                                .collect(Collectors.toSet()),
                        row.getPromised(),
                        turns(row.getReleasesList(), nodes),
                        row.hasReferred() ? pieces(row.getReferred().getBits()) : null));
    }

    private static SortedMap<NodeId, Long> turns(List<Long> pairs, List<NodeId> nodes) {
        var turns = new TreeMap<NodeId, Long>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            turns.put(nodes.get(Math.toIntExact(pairs.get(i))), pairs.get(i + 1));
        }
        return turns;
    }

    private static Copies copies(List<Long> pairs, List<NodeId> nodes) {
        Copies copies = Copies.NONE;
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            for (Piece piece : pieces(pairs.get(i + 1))) {
                copies = copies.with(nodes.get(Math.toIntExact(pairs.get(i))), piece);
            }
        }
        return copies;
    }
}
