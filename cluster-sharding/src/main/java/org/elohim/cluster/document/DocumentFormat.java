package org.elohim.cluster.document;

import com.google.protobuf.ByteString;

import org.elohim.cluster.document.wire.ChangesAccepted;
import org.elohim.cluster.document.wire.Created;
import org.elohim.cluster.document.wire.Deleted;
import org.elohim.cluster.document.wire.Noted;
import org.elohim.cluster.document.wire.ReachChanged;
import org.elohim.cluster.document.wire.Restored;
import org.elohim.cluster.document.wire.Snapshot;
import org.elohim.cluster.journal.StoredFormat;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Lane;
import org.jspecify.annotations.Nullable;

import java.util.List;

/// [Document]'s events and snapshot as protobuf.
public final class DocumentFormat {
    // Written as nothing at all, as they were before anybody counted.
    private static final long FIRST_TURN = 1;
    private static final long TURN_BEFORE_FAMILIES = 2;

    private DocumentFormat() {}

    public static List<StoredFormat<?>> formats() {
        return List.of(
                new StoredFormat<>(
                        "document/created",
                        Document.Event.Created.class,
                        DocumentFormat::created,
                        stored -> created(Created.parseFrom(stored))),
                new StoredFormat<>(
                        "document/changes-accepted",
                        Document.Event.ChangesAccepted.class,
                        DocumentFormat::accepted,
                        stored -> accepted(ChangesAccepted.parseFrom(stored))),
                new StoredFormat<>(
                        "document/noted",
                        Document.Event.Noted.class,
                        event ->
                                Noted.newBuilder()
                                        .setDocument(bytes(event.document().uuid()))
                                        .addAllHashes(hashes(event.hashes()))
                                        .setOrigin(origin(event.origin()))
                                        .build(),
                        stored -> noted(Noted.parseFrom(stored))),
                new StoredFormat<>(
                        "document/reach-changed",
                        Document.Event.ReachChanged.class,
                        DocumentFormat::reachChanged,
                        stored -> reachChanged(ReachChanged.parseFrom(stored))),
                new StoredFormat<>(
                        "document/deleted",
                        Document.Event.Deleted.class,
                        event ->
                                Deleted.newBuilder()
                                        .setDocument(bytes(event.document().uuid()))
                                        .setLife(event.life())
                                        .setAtMillis(event.atMillis())
                                        .build(),
                        stored -> deleted(Deleted.parseFrom(stored))),
                new StoredFormat<>(
                        "document/restored",
                        Document.Event.Restored.class,
                        event ->
                                Restored.newBuilder()
                                        .setDocument(bytes(event.document().uuid()))
                                        .setLife(event.life())
                                        .addAllHeads(hashes(event.heads()))
                                        .setAtMillis(event.atMillis())
                                        .build(),
                        stored -> restored(Restored.parseFrom(stored))),
                new StoredFormat<>(
                        "document/snapshot",
                        Document.Snapshot.class,
                        DocumentFormat::snapshot,
                        stored -> snapshot(Snapshot.parseFrom(stored))));
    }

    private static Created created(Document.Event.Created event) {
        var message =
                Created.newBuilder()
                        .setDocument(bytes(event.document().uuid()))
                        .setReach(reach(event.ruling().reach()))
                        .setOwner(bytes(event.ruling().owner().publicKey()))
                        .setOrigin(origin(event.origin()))
                        .setAtMillis(event.atMillis());
        if (event.ruling().turn() != FIRST_TURN) {
            message.setTurn(event.ruling().turn());
        }
        return message.build();
    }

    private static Document.Event.Created created(Created message) {
        return new Document.Event.Created(
                document(message.getDocument()),
                new Ruling(
                        message.hasTurn() ? message.getTurn() : FIRST_TURN,
                        reach(message.getReach()),
                        new NodeId(bytes(message.getOwner()))),
                origin(message.getOrigin()),
                message.getAtMillis());
    }

    private static ChangesAccepted accepted(Document.Event.ChangesAccepted event) {
        var message =
                ChangesAccepted.newBuilder()
                        .setDocument(bytes(event.document().uuid()))
                        .setLane(lane(event.lane()))
                        .addAllHashes(hashes(event.hashes()))
                        .setOrigin(origin(event.origin()))
                        .setHeadsDigest(bytes(event.headsDigest().bytes()))
                        .setAtMillis(event.atMillis());
        event.changes().forEach(change -> message.addChanges(bytes(change)));
        return message.build();
    }

    private static Document.Event.ChangesAccepted accepted(ChangesAccepted message) {
        return new Document.Event.ChangesAccepted(
                document(message.getDocument()),
                lane(message.getLane()),
                message.getChangesList().stream().map(DocumentFormat::bytes).toList(),
                hashes(message.getHashesList().stream()),
                origin(message.getOrigin()),
                new ContentHash(bytes(message.getHeadsDigest())),
                message.getAtMillis());
    }

    private static Document.Event.Noted noted(Noted message) {
        return new Document.Event.Noted(
                document(message.getDocument()),
                hashes(message.getHashesList().stream()),
                origin(message.getOrigin()));
    }

    private static ReachChanged reachChanged(Document.Event.ReachChanged event) {
        var message =
                ReachChanged.newBuilder()
                        .setDocument(bytes(event.document().uuid()))
                        .setBefore(reach(event.before()))
                        .setReach(reach(event.ruling().reach()))
                        .addAllHeads(hashes(event.heads()))
                        .setLife(event.life())
                        .setOrigin(origin(event.origin()))
                        .setAtMillis(event.atMillis());
        if (event.ruling().turn() != TURN_BEFORE_FAMILIES) {
            message.setTurn(event.ruling().turn());
        }
        if (event.ruling().hasOwner()) {
            message.setOwner(bytes(event.ruling().owner().publicKey()));
        }
        return message.build();
    }

    private static Document.Event.ReachChanged reachChanged(ReachChanged message) {
        return new Document.Event.ReachChanged(
                document(message.getDocument()),
                reach(message.getBefore()),
                new Ruling(
                        message.hasTurn() ? message.getTurn() : TURN_BEFORE_FAMILIES,
                        reach(message.getReach()),
                        message.getOwner().isEmpty()
                                ? Ruling.NONE.owner()
                                : new NodeId(bytes(message.getOwner()))),
                hashes(message.getHeadsList().stream()),
                message.getLife(),
                origin(message.getOrigin()),
                message.getAtMillis());
    }

    private static Document.Event.Deleted deleted(Deleted message) {
        return new Document.Event.Deleted(
                document(message.getDocument()), message.getLife(), message.getAtMillis());
    }

    private static Document.Event.Restored restored(Restored message) {
        return new Document.Event.Restored(
                document(message.getDocument()),
                message.getLife(),
                hashes(message.getHeadsList().stream()),
                message.getAtMillis());
    }

    private static Snapshot snapshot(Document.Snapshot snapshot) {
        var message =
                Snapshot.newBuilder()
                        .setDocument(bytes(snapshot.document().uuid()))
                        .setReach(reach(snapshot.ruling().reach()))
                        .setOwner(bytes(snapshot.ruling().owner().publicKey()))
                        .setCreatedMillis(snapshot.createdMillis())
                        .setLife(snapshot.life())
                        .setLifeMillis(snapshot.lifeMillis())
                        .setEvents(snapshot.events())
                        .setUpdatedMillis(snapshot.updatedMillis());
        if (snapshot.ruling().turn() != FIRST_TURN) {
            message.setTurn(snapshot.ruling().turn());
        }
        snapshot.index().forEach(chunk -> message.addIndex(bytes(chunk)));
        return message.build();
    }

    private static Document.Snapshot snapshot(Snapshot message) {
        var snapshot =
                new Document.Snapshot(
                        document(message.getDocument()),
                        new Ruling(
                                message.hasTurn() ? message.getTurn() : FIRST_TURN,
                                reach(message.getReach()),
                                new NodeId(bytes(message.getOwner()))),
                        message.getCreatedMillis(),
                        message.getLife(),
                        message.getLifeMillis(),
                        message.getEvents(),
                        message.getUpdatedMillis(),
                        message.getIndexList().stream().map(DocumentFormat::bytes).toList());
        // A damaged one must fail here, where it is passed over, and not in the actor.
        DocumentState.graph(snapshot.index(), CostLimits.DEFAULT);
        return snapshot;
    }

    private static org.elohim.cluster.document.wire.Reach reach(Reach reach) {
        return switch (reach) {
            case PRIVATE -> org.elohim.cluster.document.wire.Reach.PRIVATE;
            case INTIMATE -> org.elohim.cluster.document.wire.Reach.INTIMATE;
            case INVITED -> org.elohim.cluster.document.wire.Reach.INVITED;
            case LOCAL -> org.elohim.cluster.document.wire.Reach.LOCAL;
            case NEIGHBORHOOD -> org.elohim.cluster.document.wire.Reach.NEIGHBORHOOD;
            case COMMONS -> org.elohim.cluster.document.wire.Reach.COMMONS;
        };
    }

    private static Reach reach(org.elohim.cluster.document.wire.Reach reach) {
        return switch (reach) {
            case PRIVATE -> Reach.PRIVATE;
            case INTIMATE -> Reach.INTIMATE;
            case INVITED -> Reach.INVITED;
            case LOCAL -> Reach.LOCAL;
            case NEIGHBORHOOD -> Reach.NEIGHBORHOOD;
            case COMMONS -> Reach.COMMONS;
            case REACH_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalStateException("reach is unknown to this version");
        };
    }

    private static org.elohim.cluster.document.wire.Lane lane(Lane lane) {
        return switch (lane) {
            case LOCAL -> org.elohim.cluster.document.wire.Lane.LANE_LOCAL;
            case NEW -> org.elohim.cluster.document.wire.Lane.LANE_NEW;
            case BACKFILL -> org.elohim.cluster.document.wire.Lane.LANE_BACKFILL;
            case OUTLIER -> org.elohim.cluster.document.wire.Lane.LANE_OUTLIER;
        };
    }

    private static Lane lane(org.elohim.cluster.document.wire.Lane lane) {
        return switch (lane) {
            case LANE_LOCAL -> Lane.LOCAL;
            case LANE_NEW -> Lane.NEW;
            case LANE_BACKFILL -> Lane.BACKFILL;
            case LANE_OUTLIER -> Lane.OUTLIER;
            case LANE_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalStateException("lane is unknown to this version");
        };
    }

    private static ByteString origin(@Nullable NodeId origin) {
        return origin == null ? ByteString.EMPTY : bytes(origin.publicKey());
    }

    private static @Nullable NodeId origin(ByteString stored) {
        return stored.isEmpty() ? null : new NodeId(bytes(stored));
    }

    private static List<ByteString> hashes(List<ContentHash> hashes) {
        return hashes.stream().map(hash -> bytes(hash.bytes())).toList();
    }

    private static List<ContentHash> hashes(java.util.stream.Stream<ByteString> stored) {
        return stored.map(bytes -> new ContentHash(bytes(bytes))).toList();
    }

    private static DocumentId document(ByteString stored) {
        return new DocumentId(bytes(stored));
    }

    private static ByteString bytes(Bytes bytes) {
        return ByteString.copyFrom(bytes.asReadOnlyBuffer());
    }

    private static Bytes bytes(ByteString bytes) {
        return Bytes.copyOf(bytes.toByteArray());
    }
}
