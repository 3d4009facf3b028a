package org.elohim.node.sync;

import static java.nio.charset.StandardCharsets.UTF_8;

import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.ws.Message;
import akka.http.javadsl.model.ws.TextMessage;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;

import org.elohim.cluster.push.Place;
import org.elohim.cluster.push.PushCarrier;
import org.elohim.cluster.push.PushClient;
import org.elohim.cluster.push.PushClients;
import org.elohim.cluster.push.Views;
import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// WebSockets of clients that are told of documents as JSON, each between its texts and its
/// [PushClient].
public final class PushSocket {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    // A client says what it wants, and not much more.
    private static final int TEXTS_PER_SECOND = 100;
    private static final String NO_TEXT = "a binary message where JSON is text";

    private final ActorSystem<?> system;
    private final ActorRef<PushClients.Command> clients;

    public PushSocket(ActorSystem<?> system, ActorRef<PushClients.Command> clients) {
        this.system = system;
        this.clients = clients;
    }

    /// Says to the client what is to be said, as JSON.
    private record Told(OutgoingFrames frames) implements PushCarrier {
        @Override
        public void stands(DocumentId document, boolean available) {
            frames.send(PushWords.stands(document, available));
        }

        @Override
        public void changed(
                DocumentId document, Place place, List<Bytes> changes, Optional<Views.View> view) {
            frames.send(PushWords.changed(document, place, changes, view));
        }

        @Override
        public void unsubscribed(DocumentId document) {
            frames.send(PushWords.unsubscribed(document));
        }

        @Override
        public void failed(String reason) {
            frames.send(PushWords.failed(reason));
        }

        @Override
        public void close(String reason) {
            frames.close(reason);
        }

        @Override
        public boolean isCongested() {
            return frames.isCongested();
        }
    }

    /// What a client with this grant speaks to.
    ///
    /// @param left is run once, when it has gone
    public Flow<Message, Message, NotUsed> called(Grant.OfToken grant, Runnable left) {
        WayOut out = WayOut.open(system, left);
        CompletionStage<ActorRef<PushClient.Command>> client =
                AskPattern.ask(
                        clients,
                        replyTo ->
                                new PushClients.Command.Connect(
                                        new Told(out.frames()), grant, replyTo),
                        ANSWER_WITHIN,
                        system.scheduler());
        Sink<Message, NotUsed> in =
                Flow.<Message>create()
                        .via(out.end().flow())
                        .throttle(TEXTS_PER_SECOND, Duration.ofSeconds(1))
                        .mapAsync(1, message -> commands(client, message))
                        .mapAsync(
                                1,
                                commands ->
                                        client.thenApply(
                                                to -> {
                                                    commands.forEach(to::tell);
                                                    return to;
                                                }))
                        .watchTermination(
                                (_, ended) -> {
                                    ended.whenComplete(
                                            (_, _) -> {
                                                out.frames().end();
                                                tell(client, new PushClient.Command.Disconnected());
                                            });
                                    return NotUsed.getInstance();
                                })
                        .to(Sink.ignore());
        return Flow.fromSinkAndSourceCoupled(
                in, out.queued().map(frame -> sent(out, client, frame)));
    }

    private CompletionStage<List<PushClient.Command>> commands(
            CompletionStage<ActorRef<PushClient.Command>> client, Message message) {
        if (!(message instanceof TextMessage text)) {
            return CompletableFuture.completedFuture(broken(NO_TEXT));
        }
        if (text.isStrict()) {
            return CompletableFuture.completedFuture(commands(text.getStrictText()));
        }
        return text.getStreamedText()
                .idleTimeout(FrameLimit.GRACE)
                .runFold(
                        new Collected(
                                PushWords.TEXT_BYTES_MAX,
                                () ->
                                        tell(
                                                client,
                                                new PushClient.Command.Broken(
                                                        SocketFrames.TOO_MUCH))),
                        (collected, part) -> collected.take(part.getBytes(UTF_8)),
                        SystemMaterializer.get(system).materializer())
                .thenApply(
                        collected ->
                                collected
                                        .whole()
                                        .map(all -> commands(new String(all.toArray(), UTF_8)))
                                        .orElseGet(List::of))
                .exceptionally(_ -> broken(SocketFrames.TOO_MUCH));
    }

    private static List<PushClient.Command> commands(String text) {
        try {
            return text.length() > PushWords.TEXT_BYTES_MAX
                    ? broken(SocketFrames.TOO_MUCH)
                    : PushWords.read(text);
        } catch (IllegalArgumentException misspelt) {
            return broken(String.valueOf(misspelt.getMessage()));
        }
    }

    private static List<PushClient.Command> broken(String reason) {
        return List.of(new PushClient.Command.Broken(reason));
    }

    private static Message sent(
            WayOut out, CompletionStage<ActorRef<PushClient.Command>> client, Bytes frame) {
        if (out.frames().taken(frame)) {
            tell(client, new PushClient.Command.Drained());
        }
        return TextMessage.create(new String(frame.toArray(), UTF_8));
    }

    private static void tell(
            CompletionStage<ActorRef<PushClient.Command>> client, PushClient.Command command) {
        client.thenAccept(to -> to.tell(command));
    }
}
