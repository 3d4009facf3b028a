package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.SyncCodec.bytes;
import static org.elohim.protocol.sync.SyncCodec.document;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.wire.Ack;
import org.elohim.protocol.sync.wire.Challenge;
import org.elohim.protocol.sync.wire.Changes;
import org.elohim.protocol.sync.wire.Compare;
import org.elohim.protocol.sync.wire.Deleted;
import org.elohim.protocol.sync.wire.Digests;
import org.elohim.protocol.sync.wire.Error;
import org.elohim.protocol.sync.wire.Events;
import org.elohim.protocol.sync.wire.Frame;
import org.elohim.protocol.sync.wire.Hello;
import org.elohim.protocol.sync.wire.Level;
import org.elohim.protocol.sync.wire.Need;
import org.elohim.protocol.sync.wire.Obstacle;
import org.elohim.protocol.sync.wire.Refused;
import org.elohim.protocol.sync.wire.Restored;
import org.elohim.protocol.sync.wire.Ruled;
import org.elohim.protocol.sync.wire.Standing;
import org.elohim.protocol.sync.wire.Withdrawn;

import java.util.List;

/// Protobuf as messages; what is out of bounds throws IllegalArgumentException, for SyncCodec.
final class WireReader {
    // Of those who do not count lives, since they know of no restore.
    private static final long FIRST_DELETION = 1;

    private WireReader() {}

    static SyncMessage message(int field, ByteString body) throws InvalidProtocolBufferException {
        return switch (field) {
            case Frame.CHALLENGE_FIELD_NUMBER -> {
                var challenge = Challenge.parseFrom(body);
                yield new SyncMessage.Challenge(
                        SyncCodec.node(challenge.getIdentity()),
                        bytes(challenge.getNonce()),
                        part(challenge.getPartList()));
            }
            case Frame.HELLO_FIELD_NUMBER -> hello(Hello.parseFrom(body));
            case Frame.EVENTS_FIELD_NUMBER -> events(Events.parseFrom(body));
            case Frame.COMPARE_FIELD_NUMBER -> {
                ByteString after = Compare.parseFrom(body).getAfter();
                yield new SyncMessage.Compare(after.isEmpty() ? null : document(after));
            }
            case Frame.DIGESTS_FIELD_NUMBER -> digests(Digests.parseFrom(body));
            case Frame.NEED_FIELD_NUMBER -> {
                var need = Need.parseFrom(body);
                yield new SyncMessage.Need(
                        document(need.getDocument()),
                        hashes(need.getHeadsList()),
                        hashes(need.getHashesList()));
            }
            case Frame.CHANGES_FIELD_NUMBER -> {
                var changes = Changes.parseFrom(body);
                yield new SyncMessage.Changes(
                        document(changes.getDocument()), changes(changes.getChangesList()));
            }
            case Frame.ACK_FIELD_NUMBER -> {
                var ack = Ack.parseFrom(body);
                yield new SyncMessage.Ack(ack.getPosition(), tier(ack.getTier()));
            }
            case Frame.REFUSED_FIELD_NUMBER -> {
                var refused = Refused.parseFrom(body);
                yield new SyncMessage.Refused(
                        document(refused.getDocument()),
                        hashes(refused.getHashesList()),
                        limit(refused.getLimit()),
                        refused.getExplanation());
            }
            case Frame.WITHDRAWN_FIELD_NUMBER -> {
                var withdrawn = Withdrawn.parseFrom(body);
                yield new SyncMessage.Withdrawn(
                        withdrawn.getPosition(), document(withdrawn.getDocument()));
            }
            case Frame.DELETED_FIELD_NUMBER -> {
                var deleted = Deleted.parseFrom(body);
                yield new SyncMessage.Deleted(
                        deleted.getPosition(),
                        document(deleted.getDocument()),
                        deleted.hasLife() ? deleted.getLife() : FIRST_DELETION);
            }
            case Frame.RESTORED_FIELD_NUMBER -> {
                var restored = Restored.parseFrom(body);
                yield new SyncMessage.Restored(
                        restored.getPosition(),
                        document(restored.getDocument()),
                        restored.getLife());
            }
            case Frame.RULED_FIELD_NUMBER -> {
                var ruled = Ruled.parseFrom(body);
                yield new SyncMessage.Ruled(
                        ruled.getPosition(),
                        document(ruled.getDocument()),
                        ruling(ruled.getRuling()),
                        ruled.getLife());
            }
            case Frame.LEVEL_FIELD_NUMBER ->
                    new SyncMessage.Level(Level.parseFrom(body).getPosition());
            case Frame.STANDING_FIELD_NUMBER -> {
                var standing = Standing.parseFrom(body);
                yield new SyncMessage.Standing(
                        standing.getDocuments(),
                        standing.getToSend(),
                        standing.getWaitingMillis(),
                        standing.getWhole());
            }
            case Frame.OBSTACLE_FIELD_NUMBER -> {
                var obstacle = Obstacle.parseFrom(body);
                yield new SyncMessage.Obstacle(tier(obstacle.getTier()), obstacle.getWords());
            }
            case Frame.ERROR_FIELD_NUMBER ->
                    new SyncMessage.Failure(Error.parseFrom(body).getText());
            default -> throw new IllegalArgumentException("message=" + field + " is unknown");
        };
    }

    private static SyncMessage hello(Hello hello) {
        return new SyncMessage.Hello(
                hello.getVersion(),
                SyncCodec.node(hello.getIdentity()),
                hello.getCapabilities(),
                hello.getStreamEpoch(),
                hello.getStreamRun(),
                hello.getAttempt(),
                hello.getAcknowledged(),
                hello.getHeldEpoch(),
                hello.getHeldRun(),
                hello.getHeldPosition(),
                bytes(hello.getChallenge()),
                bytes(hello.getProof()),
                part(hello.getPartList()));
    }

    private static List<Part> part(List<String> texts) {
        return texts.stream().map(Part::parse).toList();
    }

    private static SyncMessage events(Events events) {
        return new SyncMessage.Events(
                events.getFirstPosition(),
                events.getEventsList().stream()
                        .map(
                                event ->
                                        new SyncMessage.Event(
                                                document(event.getDocument()),
                                                hashes(event.getHashesList()),
                                                lane(event.getKind()),
                                                changes(event.getChangesList())))
                        .toList());
    }

    private static SyncMessage digests(Digests digests) {
        return new SyncMessage.Digests(
                digests.getDigestsList().stream()
                        .map(
                                digest ->
                                        new SyncMessage.Digest(
                                                document(digest.getDocument()),
                                                SyncCodec.hash(digest.getHeads()),
                                                digest.getLife(),
                                                digest.hasRuling()
                                                        ? ruling(digest.getRuling())
                                                        : Ruling.NONE))
                        .toList(),
                digests.getEnd());
    }

    private static Ruling ruling(org.elohim.protocol.sync.wire.Ruling ruling) {
        return new Ruling(
                ruling.getTurn(), reach(ruling.getReach()), SyncCodec.node(ruling.getOwner()));
    }

    private static Reach reach(org.elohim.protocol.sync.wire.Reach reach) {
        return switch (reach) {
            case REACH_PRIVATE -> Reach.PRIVATE;
            case REACH_INTIMATE -> Reach.INTIMATE;
            case REACH_INVITED -> Reach.INVITED;
            case REACH_LOCAL -> Reach.LOCAL;
            case REACH_NEIGHBORHOOD -> Reach.NEIGHBORHOOD;
            case REACH_COMMONS -> Reach.COMMONS;
            case REACH_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalArgumentException("reach is unknown");
        };
    }

    private static List<ContentHash> hashes(List<ByteString> hashes) {
        return hashes.stream().map(SyncCodec::hash).toList();
    }

    private static List<Bytes> changes(List<ByteString> changes) {
        return changes.stream().map(SyncCodec::bytes).toList();
    }

    private static Lane lane(org.elohim.protocol.sync.wire.Kind kind) {
        return switch (kind) {
            case LOCAL -> Lane.LOCAL;
            case NEW -> Lane.NEW;
            case BACKFILL -> Lane.BACKFILL;
            case OUTLIER -> Lane.OUTLIER;
            case KIND_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalArgumentException("kind is unknown");
        };
    }

    private static Tier tier(org.elohim.protocol.sync.wire.Tier tier) {
        return switch (tier) {
            case ACCEPTED -> Tier.ACCEPTED;
            case DURABLE -> Tier.DURABLE;
            case VERIFIED -> Tier.VERIFIED;
            case TIER_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalArgumentException("tier is unknown");
        };
    }

    private static Limit limit(org.elohim.protocol.sync.wire.Limit limit) {
        return switch (limit) {
            case DOCUMENT_BYTES -> Limit.DOCUMENT_BYTES;
            case DOCUMENT_CHANGES -> Limit.DOCUMENT_CHANGES;
            case SEQUENCE -> Limit.SEQUENCE;
            case ENTANGLED -> Limit.ENTANGLED;
            case BEHIND_REFUSED -> Limit.BEHIND_REFUSED;
            case DOCUMENT_DELETED -> Limit.DOCUMENT_DELETED;
            case REACH -> Limit.REACH;
            case UNREADABLE -> Limit.UNREADABLE;
            case WITHHELD -> Limit.WITHHELD;
            case LIMIT_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalArgumentException("limit is unknown");
        };
    }
}
