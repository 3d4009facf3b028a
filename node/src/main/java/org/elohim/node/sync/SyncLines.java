package org.elohim.node.sync;

import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.stream.SharedKillSwitch;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;

import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.PeerSync;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/// Connections of devices and of the family's nodes, each between its carrier, which brings and
/// takes whole frames, and its [PeerSync].
///
/// Invariants: nobody is heard before it has proved its key; one frame of a peer is worked on at a
/// time, and none while ours to it are stuck; whatever the carrier, the rules are the same.
public final class SyncLines {
    /// Whoever calls says something, if only an empty frame, three times in this span.
    public static final Duration SILENCE_MAX = Duration.ofSeconds(45);

    /// After that long without a frame of ours an empty one tells that this node is there, where
    /// the carrier has no other way.
    public static final Duration SILENCE_OF_OURS = SILENCE_MAX.dividedBy(3);

    private static final Duration HELLO_WITHIN = Duration.ofSeconds(10);
    // Longer than the session's own patience with a peer that does not acknowledge.
    private static final Duration STUCK_MAX = Duration.ofMinutes(5);
    // Far above what a person or an import brings about; a device that floods is slowed down.
    private static final int FRAMES_PER_SECOND = 5_000;

    private final NodeKey key;
    private final ActorSystem<?> system;
    private final ActorRef<Peers.Command> peers;
    private final SyncCounters counters;
    private final List<Part> part;
    private final BiConsumer<NodeId, Grant> met;
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicInteger devices = new AtomicInteger();

    /// Where peers connect.
    ///
    /// @param part all that this node takes of its family's documents, where it is an observer
    /// @param met hears of everybody who has proved its key, and what it was granted
    public SyncLines(
            NodeKey key,
            ActorSystem<?> system,
            ActorRef<Peers.Command> peers,
            SyncCounters counters,
            List<Part> part,
            BiConsumer<NodeId, Grant> met) {
        this.part = List.copyOf(part);
        this.key = key;
        this.system = system;
        this.peers = peers;
        this.counters = counters;
        this.met = met;
    }

    private enum Side {
        /// The other has opened the connection, and has to answer our challenge first.
        CALLED,
        CALLING
    }

    /// How many connections of devices there are that have proved their key.
    public int devices() {
        return devices.get();
    }

    /// A device with this grant has called.
    public Line called(Grant grant) {
        return line(Side.CALLED, Optional.of(grant), Watch.NONE);
    }

    /// Another node of the family has called.
    Line calledByFamily(Watch watch) {
        return line(Side.CALLED, Optional.empty(), watch);
    }

    /// Another node of the family was called by this one.
    Line callingFamily(Watch watch) {
        return line(Side.CALLING, Optional.empty(), watch);
    }

    /// @param grant of a device; a node of the family says itself what it takes
    private Line line(Side side, Optional<Grant> grant, Watch watch) {
        WayOut out = WayOut.open(system, () -> {});
        return new Line(side, grant, watch, out.end(), out.frames(), out.queued());
    }

    /// What is known of one connection. Frames come one at a time, endings from anywhere.
    public final class Line {
        private final long number = connections.incrementAndGet();
        private final Side side;
        private final Optional<Grant> grant;
        private final Watch watch;
        private final SharedKillSwitch end;
        private final OutgoingFrames outgoing;
        private final Source<Bytes, NotUsed> queued;
        private final Bytes nonce;
        private volatile Optional<NodeId> peer = Optional.empty();
        private volatile List<Part> theirs = List.of();
        private volatile boolean greeted;

        private Line(
                Side side,
                Optional<Grant> grant,
                Watch watch,
                SharedKillSwitch end,
                OutgoingFrames outgoing,
                Source<Bytes, NotUsed> queued) {
            this.side = side;
            this.grant = grant;
            this.watch = watch;
            this.end = end;
            this.outgoing = outgoing;
            this.queued = queued;
            byte[] drawn = new byte[Proof.NONCE_BYTES];
            random.nextBytes(drawn);
            this.nonce = Bytes.copyOf(drawn);
        }

        /// What the carrier's frames go into, and ours come out of; to be used once.
        ///
        /// Empty frames say only that somebody is there.
        public Flow<Bytes, Bytes, NotUsed> frames() {
            Sink<Bytes, NotUsed> in =
                    Flow.<Bytes>create()
                            .via(untilEnd())
                            .filter(frame -> frame.size() > 0)
                            .throttle(FRAMES_PER_SECOND, Duration.ofSeconds(1))
                            .mapAsync(1, this::received)
                            .watchTermination(
                                    (_, ended) -> {
                                        ended.whenComplete((_, _) -> ended());
                                        return NotUsed.getInstance();
                                    })
                            .to(Sink.ignore());
            begin();
            return Flow.fromSinkAndSourceCoupledMat(in, queued.map(this::sent), Keep.left())
                    .mapMaterializedValue(
                            _ -> {
                                expectHello();
                                return NotUsed.getInstance();
                            });
        }

        /// Ends with the connection, also where its peer does not.
        public <T> Flow<T, T, NotUsed> untilEnd() {
            return Flow.<T>create().via(end.flow());
        }

        /// Why this side has ended the connection, where it has.
        public Optional<String> refusal() {
            return outgoing.refusal();
        }

        private void begin() {
            if (side == Side.CALLED) {
                send(
                        new SyncMessage.Challenge(
                                key.id(), nonce, grant.isEmpty() ? part : List.of()));
            }
        }

        private Grant granted() {
            return grant.orElseGet(() -> Grant.ofFamily(part, theirs));
        }

        private boolean isDevice() {
            return grant.isPresent();
        }

        private void expectHello() {
            system.scheduler()
                    .scheduleOnce(
                            HELLO_WITHIN,
                            () -> {
                                if (!greeted) {
                                    refuse("no Hello within " + HELLO_WITHIN.toSeconds() + " s");
                                }
                            },
                            system.executionContext());
        }

        private void send(SyncMessage message) {
            outgoing.send(SyncCodec.encode(message));
        }

        private void refuse(String reason) {
            String words = SyncMessage.words(reason);
            send(new SyncMessage.Failure(words));
            outgoing.close(words);
        }

        /// What has come is no frame, and the connection ends with these words.
        public void malformed(String reason) {
            counters.count(Counter.FRAMES_MALFORMED);
            refuse(reason);
        }

        private CompletionStage<PeerSync.Next> received(Bytes frame) {
            counters.count(Counter.FRAMES_RECEIVED);
            return switch (SyncCodec.decode(frame)) {
                case Decoded.Malformed<SyncMessage>(var reason) -> {
                    malformed(reason);
                    yield done();
                }
                case Decoded.Parsed<SyncMessage>(var message) ->
                        greeted
                                ? hand(peer.orElseThrow(), message)
                                : switch (side) {
                                    case CALLED -> hello(message);
                                    case CALLING ->
                                            peer.isEmpty()
                                                    ? challenge(message)
                                                    : answer(peer.get(), message);
                                };
            };
        }

        /// Of the one that we have called: who it is, and what it wants signed.
        private CompletionStage<PeerSync.Next> challenge(SyncMessage message) {
            if (!(message instanceof SyncMessage.Challenge(var callee, var challenge, var takes))) {
                malformed("the first message must be Challenge");
            } else if (callee.equals(key.id())) {
                refuse("this is the node itself");
            } else {
                theirs = takes;
                peer = Optional.of(callee);
                tell(
                        callee,
                        new PeerSync.Command.Connect(
                                number,
                                outgoing,
                                granted(),
                                nonce,
                                Proof.of(key.id(), callee, challenge, key::sign),
                                null));
            }
            return done();
        }

        private CompletionStage<PeerSync.Next> answer(NodeId callee, SyncMessage message) {
            if (!(message instanceof SyncMessage.Hello hello)) {
                // In words, why it does not want us.
                return hand(callee, message);
            }
            if (!hello.identity().equals(callee) || !Proof.holds(hello, key.id(), nonce)) {
                counters.count(Counter.PROOFS_REFUSED);
                refuse("the proof in Hello was not made with the key of " + callee);
                return done();
            }
            meet(callee);
            return hand(callee, hello);
        }

        private void meet(NodeId who) {
            counters.count(Counter.CONNECTED);
            greeted = true;
            if (isDevice()) {
                devices.incrementAndGet();
            }
            met.accept(who, granted());
            watch.met(who, end::shutdown);
        }

        private CompletionStage<PeerSync.Next> hello(SyncMessage message) {
            if (!(message instanceof SyncMessage.Hello hello)) {
                malformed("the first message must be Hello");
            } else if (!Proof.holds(hello, key.id(), nonce)) {
                counters.count(Counter.PROOFS_REFUSED);
                refuse("the proof in Hello was not made with the key of " + hello.identity());
            } else if (hello.identity().equals(key.id())) {
                refuse("this is the node itself");
            } else {
                theirs = hello.part();
                peer = Optional.of(hello.identity());
                meet(hello.identity());
                Bytes proof =
                        hello.challenge().size() == 0
                                ? Bytes.EMPTY
                                : Proof.of(
                                        key.id(), hello.identity(), hello.challenge(), key::sign);
                tell(
                        hello.identity(),
                        new PeerSync.Command.Connect(
                                number, outgoing, granted(), Bytes.EMPTY, proof, hello));
            }
            return done();
        }

        private CompletionStage<PeerSync.Next> hand(NodeId from, SyncMessage message) {
            return AskPattern.<Peers.Command, PeerSync.Next>ask(
                            peers,
                            next ->
                                    new Peers.Command.Tell(
                                            from,
                                            new PeerSync.Command.Received(number, message, next)),
                            STUCK_MAX,
                            system.scheduler())
                    .exceptionallyCompose(
                            _ -> {
                                refuse("what it was sent was not read for too long");
                                return done();
                            });
        }

        /// Nothing was heard for too long.
        public void silent() {
            refuse("nothing was heard for " + SILENCE_MAX.toSeconds() + " s");
        }

        private void tell(NodeId to, PeerSync.Command command) {
            peers.tell(new Peers.Command.Tell(to, command));
        }

        /// This frame is on its way.
        private Bytes sent(Bytes frame) {
            if (outgoing.taken(frame)) {
                peer.ifPresent(to -> tell(to, new PeerSync.Command.Drained(number)));
            }
            return frame;
        }

        private void ended() {
            outgoing.end();
            peer.ifPresent(
                    who -> {
                        tell(who, new PeerSync.Command.Disconnected(number));
                        if (greeted) {
                            if (isDevice()) {
                                devices.decrementAndGet();
                            }
                            watch.left(who);
                        }
                    });
        }

        private static CompletionStage<PeerSync.Next> done() {
            return CompletableFuture.completedFuture(new PeerSync.Next());
        }
    }
}
