package org.elohim.cluster.sync;

import akka.actor.typed.javadsl.ActorContext;

import org.elohim.cluster.journal.JournalReader;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Pace;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.elohim.protocol.sync.Tier;
import org.elohim.protocol.sync.Waypoints;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How safe things are, as far as one relationship has to do with it: a device's session waits for
/// the copies of other nodes, a sibling's tells of its own.
///
/// Invariants: a device is told durable only of positions whose changes lay in this node's journal
/// when it began to wait for them.
final class Assurance {
    // Counting what a sibling lacks reads an index; of a large one not too often.
    private static final long COUNT_MILLIS = 1_000;

    private final ActorContext<PeerSync.Command> context;
    private final Peers.Node node;
    private final NodeId peer;
    private final Waypoints<Long> waypoints = new Waypoints<>();
    private final Rate in = new Rate();
    private final Rate out = new Rate();
    private boolean connected;
    private long sinceMillis;
    private long heardMillis;
    private long acknowledgedMillis;
    private String parting = "";
    private SiblingStatus.Behind behind = SiblingStatus.Behind.NOTHING;
    private final Pace pace = new Pace();
    // Of this connection.
    private boolean counted;
    private boolean counting;
    private long countedMillis;

    Assurance(ActorContext<PeerSync.Command> context, Peers.Node node, NodeId peer) {
        this.context = context;
        this.node = node;
        this.peer = peer;
    }

    private long now() {
        return node.monotonicMillis().getAsLong();
    }

    /// Everything is told anew over each connection, and counted anew: what was right at the end of
    /// the last one says little.
    void connected(SyncSession session, Grant grant) {
        waypoints.clear();
        pace.clear();
        node.copies().forget(context.getSelf());
        connected = true;
        sinceMillis = now();
        heardMillis = sinceMillis;
        counted = false;
        if (grant.isFamily()) {
            count(session);
        }
    }

    private void count(SyncSession session) {
        counting = true;
        context.pipeToSelf(
                node.journal().backlog(session.state().mine().cursors()),
                (backlog, _) -> new PeerSync.Command.Counted(Optional.ofNullable(backlog)));
    }

    void disconnected(SyncSession session, Grant grant) {
        connected = false;
        sinceMillis = now();
        node.copies().forget(context.getSelf());
        publish(session, grant);
    }

    void heard(SyncMessage message) {
        heardMillis = now();
        in.add(message.changeBytes(), heardMillis);
    }

    void sent(SyncMessage message) {
        out.add(message.changeBytes(), now());
    }

    void acknowledged() {
        acknowledgedMillis = now();
        parting = "";
    }

    /// Why the connection ends. What the peer itself has said of it is told until it gets on again.
    void parted(String reason) {
        parting = reason.startsWith(SyncSession.PEER_SAYS) ? reason : "";
    }

    /// It could not be counted, and is tried again.
    void notCounted() {
        counting = false;
        countedMillis = now();
    }

    void counted(JournalReader.Backlog backlog) {
        counting = false;
        countedMillis = now();
        counted = true;
        behind =
                new SiblingStatus.Behind(
                        backlog.entries(),
                        backlog.entries() == 0
                                ? 0
                                : Math.max(
                                        0, node.clock().millis() - backlog.oldestWrittenMillis()));
    }

    /// What follows from what has just happened in the session.
    List<Input> after(SyncSession session, Grant grant) {
        if (grant.isFull()) {
            node.copies().holds(peer, session.peerHolds());
        } else if (grant instanceof Grant.OfObserver) {
            // What it has kept from when it was a full node is no copy that anybody may count on.
            node.copies().countNoMore(peer);
        }
        if (grant.isFamily() || !connected) {
            return List.of();
        }
        boolean waited = !waypoints.isEmpty();
        waypoints.add(session.heldForSure(), node.hub().streamed());
        var inputs = new ArrayList<Input>();
        waypoints
                .pass(waypoint -> node.copies().isDurable(waypoint.goal()))
                .ifPresent(passed -> inputs.add(new Input.Raised(passed.position(), Tier.DURABLE)));
        waypoints.next().ifPresent(next -> node.copies().await(context.getSelf(), next.goal()));
        // Whoever is alone says so at once.
        if (waited != !waypoints.isEmpty() && (waited || !node.copies().isHopeful())) {
            inputs.add(obstacle());
        }
        return inputs;
    }

    private Input.Obstacle obstacle() {
        return new Input.Obstacle(
                Tier.DURABLE,
                waypoints.next().flatMap(next -> node.copies().obstacle(next.goal())).orElse(""));
    }

    /// What is to be told from time to time.
    List<Input> tick(SyncSession session, Grant grant) {
        if (!grant.isFamily()) {
            return List.of(obstacle());
        }
        if (session.isCaughtUp()) {
            behind = SiblingStatus.Behind.NOTHING;
            counted = true;
            parting = "";
        } else if (!counting && now() - countedMillis >= COUNT_MILLIS) {
            count(session);
        }
        session.peerStanding()
                .ifPresent(
                        theirs ->
                                pace.left(
                                        theirs.toSend()
                                                + Math.max(
                                                        0,
                                                        theirs.documents() - node.index().size()),
                                        now()));
        publish(session, grant);
        if (!counted) {
            return List.of();
        }
        return List.of(
                new Input.Standing(
                        node.index().size(),
                        behind.entries(),
                        behind.millis(),
                        node.index().isReadable()));
    }

    private void publish(SyncSession session, Grant grant) {
        if (grant.isFamily()) {
            List<Part> part =
                    grant instanceof Grant.OfObserver(var theirs) ? theirs : List.<Part>of();
            node.copies()
                    .stands(
                            new SiblingStatus(
                                    peer,
                                    part,
                                    connected,
                                    sinceMillis,
                                    heardMillis,
                                    acknowledgedMillis,
                                    parting,
                                    behind,
                                    session.isComparing(),
                                    session.peerStanding(),
                                    pace.etaMillis(),
                                    in.perSecond(now()),
                                    out.perSecond(now())));
        }
    }

    /// Bytes in the last seconds.
    private static final class Rate {
        private static final long SPAN_MILLIS = 5_000;

        private long bytes;
        private long fromMillis;
        private long lastPerSecond;

        void add(long more, long nowMillis) {
            turn(nowMillis);
            bytes += more;
        }

        private void turn(long nowMillis) {
            long passed = nowMillis - fromMillis;
            if (passed >= SPAN_MILLIS) {
                lastPerSecond = passed >= 2 * SPAN_MILLIS ? 0 : bytes * 1_000 / passed;
                bytes = 0;
                fromMillis = nowMillis;
            }
        }

        long perSecond(long nowMillis) {
            turn(nowMillis);
            return Math.max(lastPerSecond, bytes * 1_000 / SPAN_MILLIS);
        }
    }
}
