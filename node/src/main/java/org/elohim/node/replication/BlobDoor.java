package org.elohim.node.replication;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathPrefix;
import static akka.http.javadsl.server.Directives.post;

import akka.NotUsed;
import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;
import akka.stream.BoundedSourceQueue;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.elohim.protocol.id.NodeId;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What is served of blobs at the family's door.
///
/// Invariants: only full nodes of the family are answered, each as the one that its certificate
/// proves, and only by the node that they mean.
final class BlobDoor {
    /// Of a request.
    static final int REQUEST_BYTES_MAX = 8 << 20;

    static final int QUESTIONS_MAX = 4_096;

    private static final Duration REQUEST_WITHIN = Duration.ofSeconds(60);
    private static final Duration ALIVE_EVERY = Duration.ofSeconds(5);

    private final NodeId self;
    private final Predicate<NodeId> isFull;
    private final Pieces pieces;
    private final Receiver receiver;
    private final Supplier<Room> room;
    private final Throttle throttle;
    private final Materializer materializer;

    /// @param isFull whether a node of the family is known for one that holds everything
    BlobDoor(
            NodeId self,
            Predicate<NodeId> isFull,
            Pieces pieces,
            Receiver receiver,
            Supplier<Room> room,
            Throttle throttle,
            Materializer materializer) {
        this.self = self;
        this.isFull = isFull;
        this.pieces = pieces;
        this.receiver = receiver;
        this.room = room;
        this.throttle = throttle;
        this.materializer = materializer;
    }

    Route route() {
        return pathPrefix(
                "blobs",
                () ->
                        concat(
                                path(
                                        "room",
                                        () ->
                                                get(
                                                        () ->
                                                                extractRequest(
                                                                        asked ->
                                                                                complete(
                                                                                        room(
                                                                                                asked))))),
                                path("fetch", () -> asked((_, questions) -> fetch(questions))),
                                path("offer", () -> asked(this::take)),
                                path("tell", () -> asked(this::take))));
    }

    private HttpResponse room(HttpRequest asked) {
        return isMeant(asked)
                ? HttpResponse.create().withEntity(room.get().text())
                : refusal("this is " + self);
    }

    private boolean isMeant(HttpRequest asked) {
        return asked.getUri().query().get("to").filter(self.toString()::equals).isPresent();
    }

    private Route asked(
            BiFunction<NodeId, List<BlobFrame.Question>, Source<ByteString, NotUsed>> answer) {
        return post(
                () ->
                        extractRequest(
                                asked -> onSuccess(answered(asked, answer), r -> complete(r))));
    }

    private CompletionStage<HttpResponse> answered(
            HttpRequest asked,
            BiFunction<NodeId, List<BlobFrame.Question>, Source<ByteString, NotUsed>> answer) {
        Optional<NodeId> peer =
                asked.getAttribute(AttributeKeys.sslSession)
                        .flatMap(session -> FamilyTls.peer(session.getSession()));
        if (!isMeant(asked)) {
            return refused(asked, "this is " + self);
        }
        if (peer.filter(isFull).isEmpty()) {
            return refused(asked, "blobs are for the full nodes of the family");
        }
        return asked.entity()
                .withSizeLimit(REQUEST_BYTES_MAX)
                .toStrict(REQUEST_WITHIN.toMillis(), materializer)
                .thenApply(
                        body -> {
                            try {
                                List<BlobFrame.Question> questions =
                                        questions(body.getData().toArray());
                                return HttpResponse.create()
                                        .withEntity(
                                                HttpEntities.createChunked(
                                                        ContentTypes.APPLICATION_OCTET_STREAM,
                                                        answer.apply(
                                                                peer.orElseThrow(), questions)));
                            } catch (IOException malformed) {
                                return refusal(String.valueOf(malformed.getMessage()));
                            }
                        });
    }

    private CompletionStage<HttpResponse> refused(HttpRequest asked, String words) {
        asked.discardEntityBytes(materializer);
        return CompletableFuture.completedStage(refusal(words));
    }

    private static HttpResponse refusal(String words) {
        return HttpResponse.create().withStatus(StatusCodes.FORBIDDEN).withEntity(words);
    }

    private static List<BlobFrame.Question> questions(byte[] body) throws IOException {
        var questions = new ArrayList<BlobFrame.Question>();
        try (var in = new FrameInput(new ByteArrayInputStream(body))) {
            for (var next = in.next(); next.isPresent(); next = in.next()) {
                if (!(next.get() instanceof BlobFrame.Question question)
                        || questions.size() == QUESTIONS_MAX) {
                    throw new IOException("no question, or too many");
                }
                questions.add(question);
            }
        }
        return questions;
    }

    private Source<ByteString, NotUsed> fetch(List<BlobFrame.Question> questions) {
        List<BlobFrame.Want> wants =
                questions.stream()
                        .filter(BlobFrame.Want.class::isInstance)
                        .map(BlobFrame.Want.class::cast)
                        .toList();
        // On the dispatcher for what waits.
        return Source.unfoldResource(
                () -> new Fetching(pieces, wants, throttle), Fetching::next, Fetching::close);
    }

    // Answers as they come, and a word now and then that it is still at work.
    private Source<ByteString, NotUsed> take(NodeId from, List<BlobFrame.Question> questions) {
        var answers =
                Source.<ByteString>queue(Math.max(1, questions.size()))
                        .preMaterialize(materializer);
        BoundedSourceQueue<ByteString> queue = answers.first();
        if (questions.isEmpty()) {
            queue.complete();
        }
        var open = new AtomicInteger(questions.size());
        for (int i = 0; i < questions.size(); i++) {
            int index = i;
            var _ =
                    receiver.take(from, index, questions.get(index))
                            .<BlobFrame>thenApply(answer -> answer)
                            .exceptionally(
                                    failed ->
                                            new BlobFrame.Verdict(
                                                    index,
                                                    BlobFrame.Verdict.Kind.FAILED,
                                                    Downloading.words(failed)))
                            .thenAccept(
                                    answer -> {
                                        // There is room for each of them.
                                        var _ = queue.offer(frame(answer));
                                        if (open.decrementAndGet() == 0) {
                                            queue.complete();
                                        }
                                    });
        }
        ByteString alive = frame(new BlobFrame.Alive(0));
        return answers.second().keepAlive(ALIVE_EVERY, () -> alive);
    }

    private static ByteString frame(BlobFrame frame) {
        return ByteString.fromByteBuffer(BlobFrames.encode(frame));
    }
}
