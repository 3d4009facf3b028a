package org.elohim.node.sync;

import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.ws.BinaryMessage;
import akka.http.javadsl.model.ws.Message;
import akka.stream.KillSwitches;
import akka.stream.Materializer;
import akka.stream.SharedKillSwitch;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

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

/// WebSocket connections of devices and of the family's nodes, each between the wire and its
/// [PeerSync].
///
/// Invariants: nobody is heard before it has proved its key; one frame of a peer is worked on at a
/// time, and none while ours to it are stuck; nothing is kept of what is too large.
public final class SyncSocket {
    // Whoever calls says something, if only an empty frame, three times in this span.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(45);
    private static final Duration SILENCE_OF_OURS = SILENCE_MAX.dividedBy(3);
    private static final Duration HELLO_WITHIN = Duration.ofSeconds(10);
    // To take what it was sent, and our last words, after the end was decided.
    private static final Duration LINGER_MAX = Duration.ofSeconds(10);
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
    public SyncSocket(
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

    /// Hears who of the family is connected.
    public interface Watch {
        /// This peer is there.
        ///
        /// @param hangUp ends this connection, though nothing gets through on it any more
        void met(NodeId peer, Runnable hangUp);

        void left(NodeId peer);

        /// For those who are not of the family.
        Watch NONE =
                new Watch() {
                    @Override
                    public void met(NodeId peer, Runnable hangUp) {}

                    @Override
                    public void left(NodeId peer) {}
                };
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

    /// What a device with this grant speaks to.
    public Flow<Message, Message, NotUsed> called(Grant grant) {
        return flow(Side.CALLED, Optional.of(grant), Watch.NONE);
    }

    /// What another node of the family speaks to that has called this one.
    public Flow<Message, Message, NotUsed> calledByFamily(Watch watch) {
        return flow(Side.CALLED, Optional.empty(), watch);
    }

    /// What another node of the family speaks to that was called by this one.
    public Flow<Message, Message, NotUsed> callingFamily(Watch watch) {
        return flow(Side.CALLING, Optional.empty(), watch);
    }

    /// @param grant of a device; a node of the family says itself what it takes
    private Flow<Message, Message, NotUsed> flow(Side side, Optional<Grant> grant, Watch watch) {
        // Not one of its own: nobody would end that, and it would outlive the connection.
        var materializer = SystemMaterializer.get(system).materializer();
        var queue =
                Source.<Bytes>queue(OutgoingFrames.FRAMES_QUEUED_MAX).preMaterialize(materializer);
        // Whoever reads nothing any more would keep the connection open beyond its end.
        SharedKillSwitch end = KillSwitches.shared("sync");
        var connection =
                new Connection(
                        side,
                        grant,
                        watch,
                        end::shutdown,
                        new OutgoingFrames(
                                queue.first(),
                                () ->
                                        system.scheduler()
                                                .scheduleOnce(
                                                        LINGER_MAX,
                                                        end::shutdown,
                                                        system.executionContext())));
        Sink<Message, NotUsed> in =
                Flow.<Message>create()
                        .via(end.flow())
                        .via(new SilenceLimit<>(SILENCE_MAX, connection::silent))
                        .mapAsync(1, message -> connection.frame(message, materializer))
                        .filter(frame -> frame.size() > 0)
                        .throttle(FRAMES_PER_SECOND, Duration.ofSeconds(1))
                        .mapAsync(1, connection::received)
                        .watchTermination(
                                (_, ended) -> {
                                    ended.whenComplete((_, _) -> connection.ended());
                                    return NotUsed.getInstance();
                                })
                        .to(Sink.ignore());
        Source<Bytes, NotUsed> frames = queue.second().map(connection::sent);
        Source<Message, NotUsed> out =
                (grant.isEmpty() ? frames.keepAlive(SILENCE_OF_OURS, () -> Bytes.EMPTY) : frames)
                        .map(
                                frame ->
                                        BinaryMessage.create(
                                                ByteString.fromByteBuffer(
                                                        frame.asReadOnlyBuffer())));
        connection.begin();
        return Flow.fromSinkAndSourceCoupledMat(in, out, Keep.left())
                .mapMaterializedValue(
                        _ -> {
                            connection.expectHello();
                            return NotUsed.getInstance();
                        });
    }

    /// What is known of one connection. Frames come one at a time, endings from anywhere.
    private final class Connection {
        private final long number = connections.incrementAndGet();
        private final Side side;
        private final Optional<Grant> grant;
        private final Watch watch;
        private final Runnable hangUp;
        private final OutgoingFrames outgoing;
        private final Bytes nonce;
        private volatile Optional<NodeId> peer = Optional.empty();
        private volatile List<Part> theirs = List.of();
        private volatile boolean greeted;

        Connection(
                Side side,
                Optional<Grant> grant,
                Watch watch,
                Runnable hangUp,
                OutgoingFrames outgoing) {
            this.side = side;
            this.grant = grant;
            this.watch = watch;
            this.hangUp = hangUp;
            this.outgoing = outgoing;
            byte[] drawn = new byte[Proof.NONCE_BYTES];
            random.nextBytes(drawn);
            this.nonce = Bytes.copyOf(drawn);
        }

        void begin() {
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

        void expectHello() {
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

        /// The bytes of one message; none where it is refused.
        CompletionStage<Bytes> frame(Message message, Materializer materializer) {
            if (!(message instanceof BinaryMessage binary)) {
                return refused("a text message where frames are binary");
            }
            if (binary.isStrict()) {
                return CompletableFuture.completedFuture(
                        Bytes.copyOf(binary.getStrictData().toArray()));
            }
            // A failure of the stream would end the connection without a word to the device, and
            // with an error in the log of the node, as often as anybody likes.
            return binary.getStreamedData()
                    .idleTimeout(FrameParts.GRACE)
                    .runFold(
                            new FrameParts(System.nanoTime()),
                            (parts, part) -> parts.with(part.toArray(), System.nanoTime()),
                            materializer)
                    .thenApply(FrameParts::whole)
                    .exceptionallyCompose(
                            _ -> refused("a frame that is too large, too slow or cut off"));
        }

        private CompletionStage<Bytes> refused(String reason) {
            counters.count(Counter.FRAMES_MALFORMED);
            refuse(reason);
            return CompletableFuture.completedFuture(Bytes.EMPTY);
        }

        CompletionStage<PeerSync.Next> received(Bytes frame) {
            counters.count(Counter.FRAMES_RECEIVED);
            return switch (SyncCodec.decode(frame)) {
                case Decoded.Malformed<SyncMessage>(var reason) -> {
                    counters.count(Counter.FRAMES_MALFORMED);
                    refuse(reason);
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
                counters.count(Counter.FRAMES_MALFORMED);
                refuse("the first message must be Challenge");
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
            watch.met(who, hangUp);
        }

        private CompletionStage<PeerSync.Next> hello(SyncMessage message) {
            if (!(message instanceof SyncMessage.Hello hello)) {
                counters.count(Counter.FRAMES_MALFORMED);
                refuse("the first message must be Hello");
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

        void silent() {
            refuse("nothing was heard for " + SILENCE_MAX.toSeconds() + " s");
        }

        private void tell(NodeId to, PeerSync.Command command) {
            peers.tell(new Peers.Command.Tell(to, command));
        }

        /// This frame is on its way.
        Bytes sent(Bytes frame) {
            if (outgoing.taken(frame)) {
                peer.ifPresent(to -> tell(to, new PeerSync.Command.Drained(number)));
            }
            return frame;
        }

        void ended() {
            outgoing.close("the connection has ended");
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
