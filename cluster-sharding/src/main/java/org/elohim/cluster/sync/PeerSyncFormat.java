package org.elohim.cluster.sync;

import com.google.protobuf.ByteString;

import org.elohim.cluster.journal.StoredFormat;
import org.elohim.cluster.sync.wire.CursorAdvanced;
import org.elohim.cluster.sync.wire.Forgotten;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;

import java.util.List;
import java.util.Map;

/// [PeerSync]'s events and snapshots as protobuf: a snapshot is the same message as the event that
/// leads to it.
public final class PeerSyncFormat {
    private PeerSyncFormat() {}

    public static List<StoredFormat<?>> formats() {
        return List.of(
                new StoredFormat<>(
                        "peer-sync/cursor-advanced",
                        PeerSync.Event.CursorAdvanced.class,
                        event -> message(event.state(), event.grant()),
                        stored -> {
                            var message = CursorAdvanced.parseFrom(stored);
                            return new PeerSync.Event.CursorAdvanced(
                                    state(message), grant(message));
                        }),
                new StoredFormat<>(
                        "peer-sync/forgotten",
                        PeerSync.Event.Forgotten.class,
                        _ -> Forgotten.getDefaultInstance(),
                        stored -> {
                            var _ = Forgotten.parseFrom(stored);
                            return new PeerSync.Event.Forgotten();
                        }),
                new StoredFormat<>(
                        "peer-sync/snapshot-of-nothing",
                        PeerSync.State.Unknown.class,
                        _ -> Forgotten.getDefaultInstance(),
                        stored -> {
                            var _ = Forgotten.parseFrom(stored);
                            return new PeerSync.State.Unknown();
                        }),
                new StoredFormat<>(
                        "peer-sync/snapshot",
                        PeerSync.State.Known.class,
                        known -> message(known.state(), known.grant()),
                        stored -> {
                            var message = CursorAdvanced.parseFrom(stored);
                            return new PeerSync.State.Known(state(message), grant(message));
                        }));
    }

    private static CursorAdvanced message(Output.State state, ContentHash grant) {
        Map<Lane, Long> cursors = state.mine().cursors();
        return CursorAdvanced.newBuilder()
                .setEpoch(state.mine().epoch())
                .setAcknowledged(state.mine().acknowledged())
                .setLocalCursor(cursors.getOrDefault(Lane.LOCAL, 0L))
                .setNewCursor(cursors.getOrDefault(Lane.NEW, 0L))
                .setBackfillCursor(cursors.getOrDefault(Lane.BACKFILL, 0L))
                .setOutlierCursor(cursors.getOrDefault(Lane.OUTLIER, 0L))
                .setPeerEpoch(state.peerEpoch())
                .setPeerRun(state.peerRun())
                .setHeld(state.held())
                .setCompareDue(state.compareDue())
                .setGrant(ByteString.copyFrom(grant.bytes().asReadOnlyBuffer()))
                .build();
    }

    private static Output.State state(CursorAdvanced message) {
        return new Output.State(
                new Positions.Saved(
                        message.getEpoch(),
                        message.getAcknowledged(),
                        Map.of(
                                Lane.LOCAL, message.getLocalCursor(),
                                Lane.NEW, message.getNewCursor(),
                                Lane.BACKFILL, message.getBackfillCursor(),
                                Lane.OUTLIER, message.getOutlierCursor())),
                message.getPeerEpoch(),
                message.getPeerRun(),
                message.getHeld(),
                message.getCompareDue());
    }

    private static ContentHash grant(CursorAdvanced message) {
        return new ContentHash(Bytes.copyOf(message.getGrant().toByteArray()));
    }
}
