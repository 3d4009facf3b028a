package org.elohim.protocol.sync;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// The part of a session that tells and hears how safe things are, beyond that they have arrived.
///
/// Invariants: a sibling counts for nothing while it may lack what it has once acknowledged: from
/// its Hello, or from a change that it has refused, until it says that it has compared all; nothing
/// is told to a peer that does not understand it.
final class Assuring {
    // Figures for a person to look at.
    private static final long TELL_MILLIS = 1_000;

    private final Outbox out;
    private final boolean sibling;
    private final Positions positions;
    private final Receiving receiving;
    private final Comparing comparing;
    private final Waypoints<Map<Lane, Long>> own = new Waypoints<>();
    // Nothing until they were counted over this connection: whoever hears that nothing is on its
    // way
    // to it would look no further.
    private Input.@Nullable Standing figures;
    private SyncMessage.@Nullable Standing said;
    private long saidMillis;
    private SyncMessage.@Nullable Standing heard;
    private SyncMessage.@Nullable Obstacle obstacleSaid;
    private Input.@Nullable Obstacle obstacle;
    private boolean understands;
    private boolean peerWhole;
    private boolean gap;

    Assuring(
            Outbox out,
            SyncSession.Config config,
            Positions positions,
            Receiving receiving,
            Comparing comparing) {
        this.out = out;
        this.sibling = config.sibling();
        this.positions = positions;
        this.receiving = receiving;
        this.comparing = comparing;
    }

    /// After a cut everything is told anew. What the peer held before, it holds until it comes
    /// back.
    void reset() {
        said = null;
        obstacleSaid = null;
        understands = false;
        figures = null;
    }

    void greeted(SyncMessage.Hello hello) {
        understands = (hello.capabilities() & SyncSession.CAPABILITIES) != 0;
        // Who never says how it stands is taken at its word.
        peerWhole = !understands;
        heard = null;
        own.clear();
        acknowledged();
    }

    /// The peer has acknowledged something, or we go on from what it had.
    void acknowledged() {
        if (!sibling && positions.acknowledged() > 0) {
            own.add(positions.acknowledged(), positions.saved().cursors());
        }
    }

    /// The numbering begins anew: what was safe with a peer that knows nothing of it is not.
    void begun(Tier tier) {
        if (!sibling) {
            out.add(new Output.Reached(tier, positions.saved().cursors()));
        }
    }

    void raised(long position, Tier tier) {
        own.pass(waypoint -> waypoint.position() <= position)
                .ifPresent(passed -> out.add(new Output.Reached(tier, passed.goal())));
    }

    void figures(Input.Standing now) {
        figures = now;
    }

    void obstacle(Input.Obstacle now) {
        obstacle = now;
    }

    void heard(SyncMessage.Standing standing) {
        if (!sibling) {
            out.violated("how it stands, which only nodes of one family tell");
            return;
        }
        heard = standing;
        peerWhole = standing.whole();
    }

    /// Its position is acknowledged all the same.
    void refused(SyncMessage.Refused refused) {
        if (refused.limit() != Limit.DOCUMENT_DELETED && understands) {
            peerWhole = false;
        }
    }

    /// Something was passed over that the peer should have, because it cannot be read here.
    void gap() {
        gap = sibling;
    }

    /// What is remembered of the positions. Those that have passed damage count no more, also after
    /// a restart: whoever goes on passes through all again, and so finds out whether it is mended.
    Positions.Saved remembered() {
        return gap ? positions.saved().fromTheStart() : positions.saved();
    }

    /// All of the own journal up to here is with the peer for sure.
    long peerHolds() {
        return sibling && peerWhole && !gap ? positions.doneThrough() : 0;
    }

    SyncMessage.@Nullable Standing heard() {
        return heard;
    }

    /// @param sure whether the peer's numbers are known to mean what ours do
    void pump(boolean sure) {
        if (understands && sibling && sure && figures != null) {
            stand(figures);
        }
        Input.Obstacle now = obstacle;
        if (understands && !sibling && now != null) {
            var message = new SyncMessage.Obstacle(now.tier(), SyncMessage.words(now.words()));
            if (!message.equals(obstacleSaid)) {
                obstacleSaid = message;
                out.send(message);
            }
        }
    }

    private void stand(Input.Standing counted) {
        var now =
                new SyncMessage.Standing(
                        counted.documents(),
                        counted.toSend(),
                        counted.waitingMillis(),
                        counted.readable() && receiving.isReadable() && comparing.isDone());
        boolean turned = said == null || said.whole() != now.whole();
        if (turned || (!now.equals(said) && out.nowMillis - saidMillis >= TELL_MILLIS)) {
            said = now;
            saidMillis = out.nowMillis;
            out.send(now);
        }
    }
}
