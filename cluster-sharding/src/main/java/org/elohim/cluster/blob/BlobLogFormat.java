package org.elohim.cluster.blob;

import static org.elohim.cluster.blob.BlobMessages.bytes;
import static org.elohim.cluster.blob.BlobMessages.copies;
import static org.elohim.cluster.blob.BlobMessages.hash;
import static org.elohim.cluster.blob.BlobMessages.held;
import static org.elohim.cluster.blob.BlobMessages.manifest;
import static org.elohim.cluster.blob.BlobMessages.node;
import static org.elohim.cluster.blob.BlobMessages.number;
import static org.elohim.cluster.blob.BlobMessages.numbers;
import static org.elohim.cluster.blob.BlobMessages.piece;
import static org.elohim.cluster.blob.BlobMessages.pieces;
import static org.elohim.cluster.blob.BlobMessages.place;
import static org.elohim.cluster.blob.BlobMessages.turn;
import static org.elohim.cluster.blob.BlobMessages.turns;

import org.elohim.cluster.blob.wire.Adoption;
import org.elohim.cluster.blob.wire.Blob;
import org.elohim.cluster.blob.wire.Page;
import org.elohim.cluster.blob.wire.Part;
import org.elohim.cluster.blob.wire.Recorded;
import org.elohim.cluster.blob.wire.Snapshot;
import org.elohim.cluster.journal.StoredFormat;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Recorded.Part.Begun;
import org.elohim.protocol.blob.replication.Recorded.Part.Happened;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationEvent.Abandoned;
import org.elohim.protocol.blob.replication.ReplicationEvent.Accepted;
import org.elohim.protocol.blob.replication.ReplicationEvent.Adopted;
import org.elohim.protocol.blob.replication.ReplicationEvent.BecameDurable;
import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.blob.replication.ReplicationEvent.Damaged;
import org.elohim.protocol.blob.replication.ReplicationEvent.Dropped;
import org.elohim.protocol.blob.replication.ReplicationEvent.Encoded;
import org.elohim.protocol.blob.replication.ReplicationEvent.Lost;
import org.elohim.protocol.blob.replication.ReplicationEvent.Placed;
import org.elohim.protocol.blob.replication.ReplicationEvent.Referred;
import org.elohim.protocol.blob.replication.ReplicationEvent.Released;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// [BlobLog]'s event and snapshots as protobuf.
public final class BlobLogFormat {
    private BlobLogFormat() {}

    public static List<StoredFormat<?>> formats() {
        return List.of(
                new StoredFormat<>(
                        "blob-log/written",
                        BlobLog.Event.Written.class,
                        BlobLogFormat::message,
                        stored -> written(Recorded.parseFrom(stored))),
                new StoredFormat<>(
                        "blob-log/page",
                        BlobLog.Page.class,
                        BlobPageFormat::message,
                        stored -> BlobPageFormat.page(Page.parseFrom(stored))),
                new StoredFormat<>(
                        "blob-log/snapshot",
                        BlobLog.Snapshot.class,
                        BlobLogFormat::message,
                        stored -> snapshot(Snapshot.parseFrom(stored))));
    }

    private static Recorded message(BlobLog.Event.Written event) {
        return Recorded.newBuilder()
                .setSelf(bytes(event.self().publicKey()))
                .addAllParts(event.recorded().parts().stream().map(BlobLogFormat::message).toList())
                .build();
    }

    private static BlobLog.Event.Written written(Recorded message) {
        NodeId self = node(message.getSelf());
        return new BlobLog.Event.Written(
                self,
                new org.elohim.protocol.blob.replication.Recorded(
                        message.getPartsList().stream().map(each -> part(each, self)).toList()));
    }

    private static Part message(org.elohim.protocol.blob.replication.Recorded.Part part) {
        return switch (part) {
            case Begun(var numbers, var beginnings) ->
                    Part.newBuilder()
                            .addAllNumbers(numbers(numbers))
                            .setBegun(
                                    org.elohim.cluster.blob.wire.Begun.newBuilder()
                                            .addAllBeginnings(
                                                    beginnings.stream()
                                                            .map(BlobLogFormat::message)
                                                            .toList()))
                            .build();
            case Happened(var event, var numbers) ->
                    message(event).addAllNumbers(numbers(numbers)).build();
        };
    }

    private static org.elohim.cluster.blob.wire.Beginning message(Beginning beginning) {
        var message =
                org.elohim.cluster.blob.wire.Beginning.newBuilder()
                        .setBlob(bytes(beginning.blob().bytes()))
                        .setSizeBytes(beginning.sizeBytes())
                        .setReachValue(beginning.reach().code());
        if (beginning instanceof Adopted(_, _, _, _, var given, var stewards, var manifest)) {
            var adoption =
                    Adoption.newBuilder().setPiece(number(given)).addAllStewards(turns(stewards));
            if (manifest != null) {
                adoption.setManifest(manifest(manifest));
            }
            message.setAdoption(adoption);
        }
        return message.build();
    }

    private static Part.Builder message(ReplicationEvent event) {
        var message = Part.newBuilder();
        return switch (event) {
            case Accepted _, Adopted _ ->
                    throw new IllegalArgumentException("a beginning among others: " + event);
            case Encoded(var manifest) -> message.setEncoded(manifest(manifest));
            case Placed(var node, var piece, var told) ->
                    message.setPlaced(place(node, piece).toBuilder().setToldValue(told.code()));
            case Lost(var node) -> message.setLost(bytes(node.publicKey()));
            case Damaged(var node, var piece) -> message.setDamaged(place(node, piece));
            case Dropped(var node, var piece) -> message.setDropped(place(node, piece));
            case BecameDurable(int losses) -> message.setBecameDurable(losses);
            case Referred(var pieces) -> message.setReferred(pieces(pieces));
            case Abandoned(var by, long until) -> message.setAbandoned(turn(by, until));
            case Released(var node) -> message.setReleased(bytes(node.publicKey()));
        };
    }

    private static org.elohim.protocol.blob.replication.Recorded.Part part(
            Part message, NodeId self) {
        var numbers = numbers(message.getNumbersList());
        if (message.getWhatCase() != Part.WhatCase.BEGUN) {
            return new Happened(event(message), numbers);
        }
        var beginnings = new ArrayList<Beginning>();
        Iterator<Long> each = numbers.stream().iterator();
        for (var beginning : message.getBegun().getBeginningsList()) {
            beginnings.add(beginning(beginning, self, each.next()));
        }
        return new Begun(numbers, beginnings);
    }

    private static Beginning beginning(
            org.elohim.cluster.blob.wire.Beginning message, NodeId self, long number) {
        ContentHash blob = hash(message.getBlob());
        Reach reach = Reach.ofCode(message.getReachValue());
        if (!message.hasAdoption()) {
            return new Accepted(blob, message.getSizeBytes(), reach, self, number);
        }
        Adoption adoption = message.getAdoption();
        return new Adopted(
                blob,
                message.getSizeBytes(),
                reach,
                self,
                piece(adoption.getPiece()),
                turns(adoption.getStewardsList()),
                adoption.hasManifest() ? manifest(adoption.getManifest()) : null);
    }

    private static ReplicationEvent event(Part message) {
        return switch (message.getWhatCase()) {
            case ENCODED -> new Encoded(manifest(message.getEncoded()));
            case PLACED ->
                    new Placed(
                            node(message.getPlaced().getNode()),
                            piece(message.getPlaced().getPiece()),
                            Reach.ofCode(message.getPlaced().getToldValue()));
            case LOST -> new Lost(node(message.getLost()));
            case DAMAGED ->
                    new Damaged(
                            node(message.getDamaged().getNode()),
                            piece(message.getDamaged().getPiece()));
            case DROPPED ->
                    new Dropped(
                            node(message.getDropped().getNode()),
                            piece(message.getDropped().getPiece()));
            case BECAME_DURABLE -> new BecameDurable(message.getBecameDurable());
            case REFERRED -> new Referred(pieces(message.getReferred().getBits()));
            case ABANDONED ->
                    new Abandoned(
                            node(message.getAbandoned().getNode()),
                            message.getAbandoned().getTurn());
            case RELEASED -> new Released(node(message.getReleased()));
            case BEGUN, WHAT_NOT_SET ->
                    throw new IllegalStateException(
                            "an event of blobs that this version does not know; a newer one has"
                                    + " written it");
        };
    }

    private static Snapshot message(BlobLog.Snapshot snapshot) {
        var message =
                Snapshot.newBuilder()
                        .setSelf(bytes(snapshot.self().publicKey()))
                        .setLastNumber(snapshot.lastNumber());
        snapshot.blobs().forEach((number, blob) -> message.addBlobs(message(number, blob)));
        return message.build();
    }

    private static Blob message(long number, BlobReplication blob) {
        var message =
                Blob.newBuilder()
                        .setNumber(number)
                        .setBlob(bytes(blob.blob().bytes()))
                        .setSizeBytes(blob.sizeBytes())
                        .setReachValue(blob.reach().code())
                        .addAllBehind(
                                blob.behind().stream()
                                        .map(node -> bytes(node.publicKey()))
                                        .toList())
                        .addAllStewards(turns(blob.stewards()))
                        .addAllCopies(held(blob.copies()))
                        .setPromised(blob.promised())
                        .addAllReleases(turns(blob.releases()));
        var manifest = blob.manifest();
        if (manifest != null) {
            message.setManifest(manifest(manifest));
        }
        var referred = blob.referred();
        if (referred != null) {
            message.setReferred(pieces(referred));
        }
        return message.build();
    }

    private static BlobLog.Snapshot snapshot(Snapshot message) {
        NodeId self = node(message.getSelf());
        var blobs = new TreeMap<Long, BlobReplication>();
        for (Blob each : message.getBlobsList()) {
            blobs.put(
                    each.getNumber(),
                    new BlobReplication(
                            self,
                            hash(each.getBlob()),
                            each.getSizeBytes(),
                            Reach.ofCode(each.getReachValue()),
                            turns(each.getStewardsList()),
                            each.hasManifest() ? manifest(each.getManifest()) : null,
                            copies(each.getCopiesList()),
                            each.getBehindList().stream()
                                    .map(BlobMessages::node)
                                    .collect(Collectors.toSet()),
                            each.getPromised(),
                            turns(each.getReleasesList()),
                            each.hasReferred() ? pieces(each.getReferred().getBits()) : null));
        }
        return new BlobLog.Snapshot(self, message.getLastNumber(), blobs);
    }
}
