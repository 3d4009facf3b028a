package org.elohim.node.sync;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.ws.Message;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;

import org.elohim.cluster.repo.RepoClient;
import org.elohim.cluster.repo.RepoClients;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.Frame;
import org.elohim.protocol.automerge.FrameCodec;
import org.elohim.protocol.change.Decoded;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// WebSockets of automerge-repo clients, each between its frames and its [RepoClient].
///
/// Invariants: one frame of a client is worked on at a time, and none while ours to it are stuck.
public final class RepoSocket {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    private static final int FRAMES_PER_SECOND = 5_000;

    private final ActorSystem<?> system;
    private final ActorRef<RepoClients.Command> clients;
    private final SyncCounters counters;

    public RepoSocket(
            ActorSystem<?> system, ActorRef<RepoClients.Command> clients, SyncCounters counters) {
        this.system = system;
        this.clients = clients;
        this.counters = counters;
    }

    /// What a client with this grant speaks to.
    ///
    /// @param left is run once, when it has gone
    public Flow<Message, Message, NotUsed> called(Grant.OfToken grant, Runnable left) {
        WayOut out = WayOut.open(system, left);
        CompletionStage<ActorRef<RepoClient.Command>> client =
                AskPattern.ask(
                        clients,
                        replyTo -> new RepoClients.Command.Connect(out.frames(), grant, replyTo),
                        ANSWER_WITHIN,
                        system.scheduler());
        Sink<Message, NotUsed> in =
                SocketFrames.reading(
                                FrameCodec.FRAME_BYTES_MAX,
                                SystemMaterializer.get(system).materializer(),
                                reason -> tell(client, new RepoClient.Command.Broken(reason)))
                        .via(out.end().flow())
                        .filter(frame -> frame.size() > 0)
                        .throttle(FRAMES_PER_SECOND, Duration.ofSeconds(1))
                        .mapAsync(1, frame -> received(client, frame))
                        .watchTermination(
                                (_, ended) -> {
                                    ended.whenComplete(
                                            (_, _) -> {
                                                out.frames().end();
                                                tell(client, new RepoClient.Command.Disconnected());
                                            });
                                    return NotUsed.getInstance();
                                })
                        .to(Sink.ignore());
        return Flow.fromSinkAndSourceCoupled(
                in, out.queued().map(frame -> sent(out, client, frame)));
    }

    // An ask would cost a name and a timer for each frame.
    private CompletionStage<Done> received(
            CompletionStage<ActorRef<RepoClient.Command>> client, Bytes bytes) {
        counters.count(Counter.FRAMES_RECEIVED);
        return switch (FrameCodec.decode(bytes)) {
            case Decoded.Malformed<Frame>(var reason) -> {
                tell(client, new RepoClient.Command.Broken(reason));
                yield CompletableFuture.completedFuture(Done.done());
            }
            case Decoded.Parsed<Frame>(var frame) -> {
                var taken = new CompletableFuture<Done>();
                Runnable next = () -> taken.complete(Done.done());
                yield client.thenCompose(
                        to -> {
                            to.tell(new RepoClient.Command.Received(frame, next));
                            return taken;
                        });
            }
        };
    }

    private static Message sent(
            WayOut out, CompletionStage<ActorRef<RepoClient.Command>> client, Bytes frame) {
        if (out.frames().taken(frame)) {
            tell(client, new RepoClient.Command.Drained());
        }
        return SocketFrames.message(frame);
    }

    private static void tell(
            CompletionStage<ActorRef<RepoClient.Command>> client, RepoClient.Command command) {
        client.thenAccept(to -> to.tell(command));
    }
}
