package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.SyncCodec.bytes;
import static org.elohim.protocol.sync.SyncCodec.hashes;

import org.elohim.protocol.access.Part;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.wire.Frame;

import java.util.List;

/// Messages as protobuf.
final class WireWriter {
    private WireWriter() {}

    static Frame frame(SyncMessage message) {
        var frame = Frame.newBuilder();
        switch (message) {
            case SyncMessage.Challenge(var identity, var nonce, var part) ->
                    frame.getChallengeBuilder()
                            .setIdentity(bytes(identity.publicKey()))
                            .setNonce(bytes(nonce))
                            .addAllPart(texts(part));
            case SyncMessage.Hello hello ->
                    frame.getHelloBuilder()
                            .setVersion(hello.version())
                            .setIdentity(bytes(hello.identity().publicKey()))
                            .setCapabilities(hello.capabilities())
                            .setStreamEpoch(hello.streamEpoch())
                            .setStreamRun(hello.streamRun())
                            .setAttempt(hello.attempt())
                            .setAcknowledged(hello.acknowledged())
                            .setHeldRun(hello.heldRun())
                            .setHeldEpoch(hello.heldEpoch())
                            .setHeldPosition(hello.heldPosition())
                            .setChallenge(bytes(hello.challenge()))
                            .setProof(bytes(hello.proof()))
                            .addAllPart(texts(hello.part()));
            case SyncMessage.Events(long first, var events) -> {
                var out = frame.getEventsBuilder().setFirstPosition(first);
                for (SyncMessage.Event event : events) {
                    var each =
                            out.addEventsBuilder()
                                    .setDocument(bytes(event.document().uuid()))
                                    .addAllHashes(hashes(event.hashes()))
                                    .setKind(kind(event.kind()));
                    event.changes().forEach(change -> each.addChanges(bytes(change)));
                }
            }
            case SyncMessage.Compare(var after) -> {
                var out = frame.getCompareBuilder();
                if (after != null) {
                    out.setAfter(bytes(after.uuid()));
                }
            }
            case SyncMessage.Digests(var digests, boolean end) -> {
                var out = frame.getDigestsBuilder().setEnd(end);
                for (SyncMessage.Digest digest : digests) {
                    var each =
                            out.addDigestsBuilder()
                                    .setDocument(bytes(digest.document().uuid()))
                                    .setHeads(bytes(digest.heads().bytes()))
                                    .setLife(digest.life());
                    if (digest.isRuled()) {
                        each.setRuling(ruling(digest.ruling()));
                    }
                }
            }
            case SyncMessage.Need(var document, var heads, var hashes) ->
                    frame.getNeedBuilder()
                            .setDocument(bytes(document.uuid()))
                            .addAllHeads(hashes(heads))
                            .addAllHashes(hashes(hashes));
            case SyncMessage.Changes(var document, var changes) -> {
                var out = frame.getChangesBuilder().setDocument(bytes(document.uuid()));
                changes.forEach(change -> out.addChanges(bytes(change)));
            }
            case SyncMessage.Ack(long position, var tier) ->
                    frame.getAckBuilder().setPosition(position).setTier(tier(tier));
            case SyncMessage.Refused(var document, var hashes, var limit, var explanation) ->
                    frame.getRefusedBuilder()
                            .setDocument(bytes(document.uuid()))
                            .addAllHashes(hashes(hashes))
                            .setLimit(limit(limit))
                            .setExplanation(explanation);
            case SyncMessage.Withdrawn(long position, var document) ->
                    frame.getWithdrawnBuilder()
                            .setPosition(position)
                            .setDocument(bytes(document.uuid()));
            case SyncMessage.Deleted(long position, var document, long life) ->
                    frame.getDeletedBuilder()
                            .setPosition(position)
                            .setDocument(bytes(document.uuid()))
                            .setLife(life);
            case SyncMessage.Restored(long position, var document, long life) ->
                    frame.getRestoredBuilder()
                            .setPosition(position)
                            .setDocument(bytes(document.uuid()))
                            .setLife(life);
            case SyncMessage.Ruled(long position, var document, var ruling, long life) ->
                    frame.getRuledBuilder()
                            .setPosition(position)
                            .setDocument(bytes(document.uuid()))
                            .setRuling(ruling(ruling))
                            .setLife(life);
            case SyncMessage.Level(long position) -> frame.getLevelBuilder().setPosition(position);
            case SyncMessage.Standing standing ->
                    frame.getStandingBuilder()
                            .setDocuments(standing.documents())
                            .setToSend(standing.toSend())
                            .setWaitingMillis(standing.waitingMillis())
                            .setWhole(standing.whole());
            case SyncMessage.Obstacle(var tier, var words) ->
                    frame.getObstacleBuilder().setTier(tier(tier)).setWords(words);
            case SyncMessage.Failure(var text) -> frame.getErrorBuilder().setText(text);
        }
        return frame.build();
    }

    private static List<String> texts(List<Part> part) {
        return part.stream().map(Part::toString).toList();
    }

    private static org.elohim.protocol.sync.wire.Ruling ruling(Ruling ruling) {
        return org.elohim.protocol.sync.wire.Ruling.newBuilder()
                .setTurn(ruling.turn())
                .setReach(reach(ruling.reach()))
                .setOwner(bytes(ruling.owner().publicKey()))
                .build();
    }

    private static org.elohim.protocol.sync.wire.Reach reach(Reach reach) {
        return switch (reach) {
            case PRIVATE -> org.elohim.protocol.sync.wire.Reach.REACH_PRIVATE;
            case INTIMATE -> org.elohim.protocol.sync.wire.Reach.REACH_INTIMATE;
            case INVITED -> org.elohim.protocol.sync.wire.Reach.REACH_INVITED;
            case LOCAL -> org.elohim.protocol.sync.wire.Reach.REACH_LOCAL;
            case NEIGHBORHOOD -> org.elohim.protocol.sync.wire.Reach.REACH_NEIGHBORHOOD;
            case COMMONS -> org.elohim.protocol.sync.wire.Reach.REACH_COMMONS;
        };
    }

    private static org.elohim.protocol.sync.wire.Kind kind(Lane lane) {
        return switch (lane) {
            case LOCAL -> org.elohim.protocol.sync.wire.Kind.LOCAL;
            case NEW -> org.elohim.protocol.sync.wire.Kind.NEW;
            case BACKFILL -> org.elohim.protocol.sync.wire.Kind.BACKFILL;
            case OUTLIER -> org.elohim.protocol.sync.wire.Kind.OUTLIER;
        };
    }

    private static org.elohim.protocol.sync.wire.Tier tier(Tier tier) {
        return switch (tier) {
            case ACCEPTED -> org.elohim.protocol.sync.wire.Tier.ACCEPTED;
            case DURABLE -> org.elohim.protocol.sync.wire.Tier.DURABLE;
            case VERIFIED -> org.elohim.protocol.sync.wire.Tier.VERIFIED;
        };
    }

    private static org.elohim.protocol.sync.wire.Limit limit(Limit limit) {
        return switch (limit) {
            case DOCUMENT_BYTES -> org.elohim.protocol.sync.wire.Limit.DOCUMENT_BYTES;
            case DOCUMENT_CHANGES -> org.elohim.protocol.sync.wire.Limit.DOCUMENT_CHANGES;
            case SEQUENCE -> org.elohim.protocol.sync.wire.Limit.SEQUENCE;
            case ENTANGLED -> org.elohim.protocol.sync.wire.Limit.ENTANGLED;
            case BEHIND_REFUSED -> org.elohim.protocol.sync.wire.Limit.BEHIND_REFUSED;
            case DOCUMENT_DELETED -> org.elohim.protocol.sync.wire.Limit.DOCUMENT_DELETED;
            case REACH -> org.elohim.protocol.sync.wire.Limit.REACH;
            case UNREADABLE -> org.elohim.protocol.sync.wire.Limit.UNREADABLE;
            case WITHHELD -> org.elohim.protocol.sync.wire.Limit.WITHHELD;
        };
    }
}
