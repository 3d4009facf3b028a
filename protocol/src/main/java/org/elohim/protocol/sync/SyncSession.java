package org.elohim.protocol.sync;

import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The state machine of one relationship, the same on both sides, over whatever carrier there is.
///
/// Invariants: what it sends and holds is bounded, whatever the peer does; after any cut both sides
/// go on from what was last acknowledged; nothing is acknowledged that is not durable here.
///
/// The file is long because everything that can happen to a session is told apart here.
///
/// It lives as long as the process, across connections. A driver feeds it with inputs and executes
/// the outputs in their order. After a crash it begins with what was last persisted.
public final class SyncSession {
    public static final int VERSION = 1;

    /// For whoever has no reason for another interval: losing the last second costs duplicates,
    /// nothing else.
    public static final long PERSIST_MILLIS = 1_000;

    /// Bits of Hello: Standing and Obstacle are understood.
    public static final long CAPABILITIES = 1;

    /// To a peer whose token does not reach as far.
    public static final String NO_LEAVE =
            "the token gives no leave to write this document; one with a wider scope would";

    /// Begins the reason of a connection that the peer has ended with a word.
    public static final String PEER_SAYS = "the peer says: ";

    static final String NO_RULING = "a ruling, which only a node of the own family makes";

    // A peer that is alive answers far sooner; a dead line is found by giving it up.
    static final long HELLO_MILLIS = 10_000;
    static final long ACK_MILLIS = 30_000;

    private final Config config;
    private final Outbox out = new Outbox();
    private final Positions positions;
    private final Sending sending;
    private final Receiving receiving;
    private final Fetching fetching;
    private final Serving serving;
    private final Comparing comparing;
    private final Assuring assuring;
    private final Overtaken overtaken = new Overtaken();
    private Phase phase = Phase.DISCONNECTED;
    private long attempt;
    private long peerEpoch;
    private SyncMessage.@Nullable Hello greeting;
    private long sinceMillis;
    private Output.State persisted;
    private long persistedMillis;

    private enum Phase {
        DISCONNECTED,
        GREETING,
        OPEN
    }

    /// Who meets whom, and under which rules.
    ///
    /// @param run names this process, as long as it runs: numbers it gave mean nothing to a later
    ///   one
    /// @param sibling whether the peer is a node of the same family, which has all documents: it is
    ///   told of rulings, and its own are taken
    /// @param persistMillis positions are journaled at most this often, but for what must be on the
    ///   disk before the next word
    /// @param mayHold whether a document may go to the peer. Where the answer changes, an entry of
    ///   the stream says so: an offer, or a withdrawal
    /// @param mayChange whether the peer may add to a document, delete or restore it
    /// @param part all that this node takes of its family; nothing where it takes everything. To
    ///   whoever takes a part a ruling is an offer: the document may have come into it
    /// @param noLeave what a peer is told whose changes are not taken
    /// @param mayLack whether more of a document than is here may be had elsewhere, for this peer
    public record Config(
            NodeId self,
            NodeId peer,
            long run,
            long capabilities,
            boolean sibling,
            long persistMillis,
            Predicate<DocumentId> mayHold,
            Predicate<DocumentId> mayChange,
            List<Part> part,
            String noLeave,
            Predicate<DocumentId> mayLack) {
        public Config {
            part = List.copyOf(part);
            if (persistMillis < 1) {
                throw new IllegalArgumentException("persistMillis=" + persistMillis);
            }
        }

        public Config(
                NodeId self,
                NodeId peer,
                long run,
                long capabilities,
                boolean sibling,
                long persistMillis,
                Predicate<DocumentId> mayHold,
                Predicate<DocumentId> mayChange) {
            this(
                    self,
                    peer,
                    run,
                    capabilities,
                    sibling,
                    persistMillis,
                    mayHold,
                    mayChange,
                    List.of(),
                    NO_LEAVE,
                    _ -> false);
        }
    }

    public SyncSession(Config config, Output.State state) {
        this.config = config;
        this.positions = new Positions(state.mine());
        this.peerEpoch = state.peerEpoch();
        this.persisted = state;
        this.fetching = new Fetching(out);
        this.receiving = new Receiving(out, config, fetching, state);
        this.comparing = new Comparing(out, config, fetching, state.compareDue());
        this.assuring = new Assuring(out, config, positions, receiving, comparing);
        this.sending = new Sending(out, positions, config, assuring::gap);
        this.serving = new Serving(out, config, assuring::gap);
    }

    public List<Output> handle(Input input) {
        switch (input) {
            case Input.Connected connected -> connected(connected);
            case Input.Disconnected(long connection) -> {
                if (connection == out.connection) {
                    disconnect();
                }
            }
            case Input.Received(long connection, SyncMessage message) -> {
                if (connection == out.connection && phase != Phase.DISCONNECTED) {
                    received(message);
                }
            }
            case Input.Tick(long nowMillis) -> tick(nowMillis);
            case Input.Fresh fresh -> sending.fresh(fresh);
            case Input.Page page -> sending.page(page);
            case Input.Taken taken -> {
                if (receiving.taken(taken)) {
                    compare();
                }
            }
            case Input.Poisoned(_, var reason) -> out.violated("not a change: " + reason);
            case Input.ChangesRead read -> serving.read(read);
            case Input.DigestsRead read -> serving.digests(read);
            case Input.Compared compared -> comparing.compared(compared);
            case Input.Raised(long position, Tier tier) -> {
                if (phase == Phase.OPEN && position > 0 && position <= receiving.held()) {
                    out.send(new SyncMessage.Ack(position, tier));
                }
            }
            case Input.CompareAll() -> {
                if (phase == Phase.OPEN && greeting == null) {
                    compare();
                }
            }
            case Input.Seek(var document) -> {
                if (phase == Phase.OPEN) {
                    fetching.seek(document);
                }
            }
            case Input.Obtained obtained -> serving.obtained(obtained);
            case Input.Obstacle obstacle -> assuring.obstacle(obstacle);
            case Input.Standing standing -> assuring.figures(standing);
            case Input.Closing(var reason) -> {
                persist(false);
                close(reason);
            }
        }
        if (!out.violation.isEmpty()) {
            refuse(out.violation);
        }
        if (phase == Phase.OPEN) {
            receiving.acknowledge();
            comparing.pump(receiving.isLevel());
            fetching.pump();
            sending.pump();
            assuring.pump(greeting == null);
        }
        return out.drain();
    }

    private void connected(Input.Connected connected) {
        close("replaced by a newer connection");
        out.connection = connected.connection();
        out.inTransitUntilMillis = out.nowMillis;
        phase = Phase.GREETING;
        attempt++;
        sinceMillis = out.nowMillis;
        out.send(
                new SyncMessage.Hello(
                        VERSION,
                        config.self(),
                        config.capabilities(),
                        positions.epoch(),
                        config.run(),
                        attempt,
                        positions.acknowledged(),
                        peerEpoch,
                        receiving.heldRun(),
                        receiving.held(),
                        connected.challenge(),
                        connected.proof(),
                        config.part()));
    }

    // Whatever was not acknowledged is sent or asked for again.
    private void disconnect() {
        phase = Phase.DISCONNECTED;
        greeting = null;
        out.violation = "";
        sending.reset();
        receiving.reset();
        // Before it is forgotten what is fetched.
        comparing.reset();
        fetching.reset();
        serving.reset();
        assuring.reset();
    }

    private void close(String reason) {
        if (phase != Phase.DISCONNECTED) {
            out.add(new Output.Close(out.connection, reason));
            disconnect();
        }
    }

    private void refuse(String reason) {
        if (phase != Phase.DISCONNECTED) {
            String words = SyncMessage.words(reason);
            out.send(new SyncMessage.Failure(words));
            close(words);
        }
        out.violation = "";
    }

    private void received(SyncMessage message) {
        sinceMillis = phase == Phase.OPEN ? out.nowMillis : sinceMillis;
        if (phase == Phase.GREETING
                && !(message instanceof SyncMessage.Hello)
                && !(message instanceof SyncMessage.Failure)) {
            out.violated("the first message must be Hello");
            return;
        }
        if (greeting != null) {
            goOnWithPeer(greeting);
        }
        switch (message) {
            case SyncMessage.Challenge _ -> out.violated("a Challenge within a session");
            case SyncMessage.Hello hello -> greeted(hello);
            case SyncMessage.Events events -> receiving.events(events);
            case SyncMessage.Withdrawn(long position, var document) ->
                    receiving.mark(position, StreamEntry.Kind.WITHDRAWN, document, 0);
            case SyncMessage.Deleted(long position, var document, long life) ->
                    receiving.mark(position, StreamEntry.Kind.DELETED, document, life);
            case SyncMessage.Restored(long position, var document, long life) ->
                    receiving.mark(position, StreamEntry.Kind.RESTORED, document, life);
            case SyncMessage.Ruled(long position, var document, var ruling, long life) -> {
                if (config.sibling()) {
                    receiving.ruling(position, document, ruling, life);
                } else {
                    out.violated(NO_RULING);
                }
            }
            case SyncMessage.Ack(long position, var tier) -> acknowledged(position, tier);
            case SyncMessage.Level(long position) -> receiving.level(position);
            case SyncMessage.Need need -> serving.need(need);
            case SyncMessage.Changes changes -> fetching.changes(changes, receiving);
            case SyncMessage.Compare compare -> serving.compare(compare);
            case SyncMessage.Digests digests -> comparing.digests(digests);
            case SyncMessage.Standing standing -> assuring.heard(standing);
            case SyncMessage.Obstacle(var tier, var words) ->
                    out.add(new Output.Obstacle(tier, words));
            case SyncMessage.Refused refused -> {
                assuring.refused(refused);
                out.add(new Output.Refused(refused));
            }
            case SyncMessage.Failure(var text) -> close(PEER_SAYS + text);
        }
    }

    private void greeted(SyncMessage.Hello hello) {
        if (phase != Phase.GREETING) {
            out.violated("a second Hello");
        } else if (hello.version() != VERSION) {
            out.violated("version " + hello.version() + ", only " + VERSION + " is spoken here");
        } else if (!hello.identity().equals(config.peer())) {
            out.violated("this is not " + config.peer());
        } else if (hello.streamEpoch() == 0) {
            out.violated("epoch=0");
        } else if (hello.attempt() == 0) {
            out.violated("attempt=0");
        } else if (overtaken.isSo(hello)) {
            close("the peer has opened another connection since");
        } else {
            boolean sameRun = hello.heldRun() == config.run();
            if (positions.areBehind(hello.heldEpoch(), sameRun, hello.heldPosition())) {
                compare();
            }
            greeting = hello;
            boolean anew = hello.heldEpoch() != positions.epoch();
            reached(
                    hello.heldPosition(),
                    Tier.ACCEPTED,
                    positions.resume(hello.heldEpoch(), sameRun, hello.heldPosition()));
            sending.reset();
            assuring.greeted(hello);
            if (anew) {
                assuring.begun(Tier.DURABLE);
            }
            sinceMillis = out.nowMillis;
            phase = Phase.OPEN;
        }
    }

    /// Goes over to the peer's numbers. Not before it has heard ours, for ours are what tells it of
    /// a loss: it says nothing more before it has noted that.
    private void goOnWithPeer(SyncMessage.Hello hello) {
        greeting = null;
        if (hello.streamEpoch() != peerEpoch) {
            peerEpoch = hello.streamEpoch();
            receiving.begin(hello.streamRun());
            // Before the first acknowledgement of this numbering: else, after a crash, the peer
            // would take us for somebody who knows nothing, and send all again.
            persist(true);
        } else if (receiving.resume(hello.streamRun(), hello.acknowledged())) {
            compare();
        }
    }

    // On the disk before anything is numbered or acknowledged: then the numbers of both sides are
    // the same again, and nothing else tells of the loss.
    private void compare() {
        comparing.start();
        persist(true);
    }

    private void acknowledged(long position, Tier tier) {
        // A higher tier includes the lower: it may overtake the Ack that would have said so.
        reached(position, Tier.ACCEPTED, positions.acknowledge(position));
        if (tier != Tier.ACCEPTED && position <= positions.acknowledged()) {
            out.add(new Output.Acknowledged(position, tier, List.of()));
            assuring.raised(position, tier);
        }
    }

    private void reached(long position, Tier tier, List<StreamEntry> entries) {
        if (!entries.isEmpty()) {
            sinceMillis = out.nowMillis;
            out.add(new Output.Acknowledged(position, tier, entries));
            assuring.acknowledged();
        }
    }

    private void tick(long nowMillis) {
        out.nowMillis = nowMillis;
        if (nowMillis - persistedMillis >= config.persistMillis()) {
            persist(false);
        }
        if (phase == Phase.GREETING && nowMillis - sinceMillis >= HELLO_MILLIS) {
            close("no Hello");
        }
        if (positions.inFlight() == 0) {
            sinceMillis = phase == Phase.OPEN ? nowMillis : sinceMillis;
        } else if (phase == Phase.OPEN
                && nowMillis - Math.max(sinceMillis, out.inTransitUntilMillis) >= ACK_MILLIS) {
            close("nothing was heard of what was sent");
        }
    }

    private void persist(boolean firm) {
        Output.State now = state();
        if (!now.equals(persisted)) {
            persisted = now;
            persistedMillis = out.nowMillis;
            out.add(new Output.Persist(now, firm));
        }
    }

    public Output.State state() {
        return new Output.State(
                assuring.remembered(),
                peerEpoch,
                receiving.heldRun(),
                receiving.held(),
                comparing.isDue());
    }

    /// All of the peer's stream up to here lies here for sure; 0 while that is not known.
    public long heldForSure() {
        return phase == Phase.OPEN && greeting == null && comparing.isDone() ? receiving.held() : 0;
    }

    /// All of the own journal up to this ordering lies with the sibling for sure.
    public long peerHolds() {
        return assuring.peerHolds();
    }

    /// What the sibling has said of itself over this connection.
    public Optional<SyncMessage.Standing> peerStanding() {
        return Optional.ofNullable(assuring.heard());
    }

    /// Whether this side still looks for what it may lack of the peer's documents.
    public boolean isComparing() {
        return !comparing.isDone();
    }

    /// Connected, and the peer has acknowledged all that is for it.
    public boolean isCaughtUp() {
        return phase == Phase.OPEN && sending.caughtUp() && positions.inFlight() == 0;
    }

    /// Connected, and nothing is on its way in either direction.
    public boolean isIdle() {
        return isCaughtUp()
                && receiving.isIdle()
                && receiving.isLevel()
                && fetching.size() == 0
                && comparing.isDone();
    }

    /// Connected, and all that the peer had when it was connected is durable here.
    public boolean hasAllOfPeer() {
        return phase == Phase.OPEN && receiving.isLevel() && comparing.isDone();
    }

    public void checkInvariants() {
        sending.checkInvariants();
        receiving.checkInvariants();
        fetching.checkInvariants();
    }

    @Override
    public String toString() {
        return "SyncSession[%s with %s sent=%d acknowledged=%d caughtUp=%s held=%d all=%s wanted=%d compared=%s]"
                .formatted(
                        phase,
                        config.peer(),
                        positions.lastGiven(),
                        positions.acknowledged(),
                        sending.caughtUp(),
                        receiving.held(),
                        receiving.isIdle(),
                        fetching.size(),
                        comparing.isDone());
    }
}
