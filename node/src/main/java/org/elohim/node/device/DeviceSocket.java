package org.elohim.node.device;

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
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/// `/device`: one WebSocket connection of one device, between the wire and its [PeerSync].
///
/// Invariants: nobody becomes a peer before it has proved its key; one frame of a device is worked
/// on at a time, and none while ours to it are stuck; nothing is kept of what is too large.
public final class DeviceSocket {
    // A device says something, if only an empty frame, three times in this span.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(45);
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
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong connections = new AtomicLong();

    public DeviceSocket(
            NodeKey key,
            ActorSystem<?> system,
            ActorRef<Peers.Command> peers,
            SyncCounters counters) {
        this.key = key;
        this.system = system;
        this.peers = peers;
        this.counters = counters;
    }

    /// What a device with this grant speaks to.
    public Flow<Message, Message, NotUsed> connect(Grant grant) {
        // Not one of its own: nobody would end that, and it would outlive the connection.
        var materializer = SystemMaterializer.get(system).materializer();
        var queue =
                Source.<Bytes>queue(OutgoingFrames.FRAMES_QUEUED_MAX).preMaterialize(materializer);
        // Whoever reads nothing any more would keep the connection open beyond its end.
        SharedKillSwitch end = KillSwitches.shared("device");
        var connection =
                new Connection(
                        grant,
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
        Source<Message, NotUsed> out =
                queue.second()
                        .map(
                                frame -> {
                                    if (connection.outgoing.taken(frame)) {
                                        connection.drained();
                                    }
                                    return (Message)
                                            BinaryMessage.create(
                                                    ByteString.fromByteBuffer(
                                                            frame.asReadOnlyBuffer()));
                                });
        connection.challenge();
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
        private final Grant grant;
        private final OutgoingFrames outgoing;
        private final Bytes nonce;
        private volatile Optional<NodeId> peer = Optional.empty();

        Connection(Grant grant, OutgoingFrames outgoing) {
            this.grant = grant;
            this.outgoing = outgoing;
            byte[] drawn = new byte[Proof.NONCE_BYTES];
            random.nextBytes(drawn);
            this.nonce = Bytes.copyOf(drawn);
        }

        void challenge() {
            send(new SyncMessage.Challenge(key.id(), nonce));
        }

        void expectHello() {
            system.scheduler()
                    .scheduleOnce(
                            HELLO_WITHIN,
                            () -> {
                                if (peer.isEmpty()) {
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
                        peer.isPresent() ? hand(peer.get(), message) : greeted(message);
            };
        }

        private CompletionStage<PeerSync.Next> greeted(SyncMessage message) {
            if (!(message instanceof SyncMessage.Hello hello)) {
                counters.count(Counter.FRAMES_MALFORMED);
                refuse("the first message must be Hello");
            } else if (!Proof.holds(hello, key.id(), nonce)) {
                counters.count(Counter.PROOFS_REFUSED);
                refuse("the proof in Hello was not made with the key of " + hello.identity());
            } else if (hello.identity().equals(key.id())) {
                refuse("this is the node itself");
            } else {
                counters.count(Counter.CONNECTED);
                peer = Optional.of(hello.identity());
                Bytes proof =
                        hello.challenge().size() == 0
                                ? Bytes.EMPTY
                                : Proof.of(
                                        key.id(), hello.identity(), hello.challenge(), key::sign);
                tell(
                        hello.identity(),
                        new PeerSync.Command.Connect(number, outgoing, grant, hello, proof));
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

        void drained() {
            peer.ifPresent(to -> tell(to, new PeerSync.Command.Drained(number)));
        }

        void ended() {
            outgoing.close("the connection has ended");
            peer.ifPresent(to -> tell(to, new PeerSync.Command.Disconnected(number)));
        }

        private static CompletionStage<PeerSync.Next> done() {
            return CompletableFuture.completedFuture(new PeerSync.Next());
        }
    }
}
