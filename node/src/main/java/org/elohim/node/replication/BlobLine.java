package org.elohim.node.replication;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.HttpsConnectionContext;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.settings.ClientConnectionSettings;
import akka.http.javadsl.settings.ConnectionPoolSettings;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.StreamConverters;
import akka.util.ByteString;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrames;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;

import scala.concurrent.duration.FiniteDuration;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Asks the family's other nodes about blobs, at their doors.
///
/// Connections are kept for the next request; one carries one request at a time, so that an answer
/// that is long keeps nobody else waiting.
///
/// Invariants: nobody is spoken to who has not proved to be family; who is asked for another node
/// than he is refuses; an answer on which nothing comes for long fails.
final class BlobLine {
    // Whoever is at work on something says so more often.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(20);
    private static final int CONNECT_MILLIS = 3_000;
    private static final int CONNECTIONS_MAX = 16;
    private static final int WAITING_MAX = 64;
    private static final int WORDS_BYTES_MAX = 2_000;

    private final ActorSystem<?> system;
    private final Optional<HttpsConnectionContext> tls;
    private final ConnectionPoolSettings settings;
    private final Materializer materializer;
    private final Function<NodeId, Optional<Address>> doors;

    /// @param tls nothing where there is no family, so that nobody is reached
    /// @param doors where a node was met last
    BlobLine(
            ActorSystem<?> system,
            Optional<FamilyTls> tls,
            Function<NodeId, Optional<Address>> doors) {
        this.system = system;
        this.tls = tls.map(each -> ConnectionContext.httpsClient(each::createClientSSLEngine));
        this.doors = doors;
        this.materializer = SystemMaterializer.get(system).materializer();
        this.settings =
                ConnectionPoolSettings.create(system.classicSystem())
                        .withMaxConnections(CONNECTIONS_MAX)
                        .withMaxOpenRequests(WAITING_MAX)
                        // What is asked again is up to whoever asks.
                        .withMaxRetries(0)
                        .withConnectionSettings(
                                ClientConnectionSettings.create(system.classicSystem())
                                        .withConnectingTimeout(
                                                FiniteDuration.create(
                                                        CONNECT_MILLIS, TimeUnit.MILLISECONDS)));
    }

    /// The answers to these questions, to be read in a thread that may wait, and closed.
    CompletionStage<FrameInput> ask(
            NodeId node, String what, List<? extends BlobFrame.Question> questions) {
        ByteString body = ByteString.emptyByteString();
        for (BlobFrame question : questions) {
            body = body.concat(ByteString.fromByteBuffer(BlobFrames.encode(question)));
        }
        ByteString all = body;
        return at(node).thenCompose(
                        address ->
                                send(
                                        HttpRequest.POST(uri(address, node, what))
                                                .withEntity(
                                                        HttpEntities.create(
                                                                ContentTypes
                                                                        .APPLICATION_OCTET_STREAM,
                                                                all))))
                .thenApply(
                        response ->
                                new FrameInput(
                                        response.entity()
                                                .withoutSizeLimit()
                                                .getDataBytes()
                                                .runWith(
                                                        StreamConverters.asInputStream(SILENCE_MAX),
                                                        materializer)));
    }

    /// Tells one thing, and returns once that is done there; in a thread that may wait.
    void told(NodeId node, BlobFrame.Question question) throws IOException {
        try (FrameInput answers =
                ask(node, "tell", List.of(question)).toCompletableFuture().join()) {
            for (var next = answers.next(); next.isPresent(); next = answers.next()) {
                if (next.get() instanceof BlobFrame.Verdict(_, var kind, var words)) {
                    if (kind != BlobFrame.Verdict.Kind.DONE) {
                        throw new IOException(words);
                    }
                    return;
                }
            }
        }
        throw new IOException("it has not answered");
    }

    /// What it says of its disk.
    CompletionStage<Room> room(NodeId node) {
        return at(node).thenCompose(address -> send(HttpRequest.GET(uri(address, node, "room"))))
                .thenCompose(response -> text(response))
                .thenApply(Room::parse);
    }

    private CompletionStage<Address> at(NodeId node) {
        return tls.flatMap(_ -> doors.apply(node))
                .<CompletionStage<Address>>map(CompletableFuture::completedStage)
                .orElseGet(
                        () ->
                                CompletableFuture.failedStage(
                                        new IOException("it is not known where it is")));
    }

    private static String uri(Address address, NodeId node, String what) {
        return "https://" + address + "/blobs/" + what + "?to=" + node;
    }

    private CompletionStage<HttpResponse> send(HttpRequest request) {
        return Http.get(system)
                .singleRequest(request, tls.orElseThrow(), settings, system.classicSystem().log())
                .thenCompose(
                        response ->
                                response.status().equals(StatusCodes.OK)
                                        ? CompletableFuture.completedStage(response)
                                        : text(response).thenCompose(words -> refused(words)));
    }

    private static CompletionStage<HttpResponse> refused(String words) {
        return CompletableFuture.failedStage(new IOException("it refuses: " + words));
    }

    private CompletionStage<String> text(HttpResponse response) {
        return response.entity()
                .withSizeLimit(WORDS_BYTES_MAX)
                .toStrict(SILENCE_MAX.toMillis(), materializer)
                .thenApply(body -> response.status().intValue() + " " + body.getData().utf8String())
                .thenApply(said -> said.startsWith("200 ") ? said.substring(4) : said);
    }
}
