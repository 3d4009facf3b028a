package org.elohim.node.family;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.HttpsConnectionContext;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.ws.WebSocketRequest;
import akka.http.javadsl.settings.ClientConnectionSettings;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.node.sync.SyncSocket;
import org.elohim.node.sync.Watch;
import org.elohim.protocol.family.Address;

import scala.concurrent.duration.FiniteDuration;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

import javax.net.ssl.SSLException;

/// Asks and calls other nodes at their doors.
///
/// Invariants: nobody is spoken to who has not proved to be family; an answer is read only as far
/// as an honest one goes.
final class FamilyCalls implements Siblings.Calls {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);
    // Half of an answer's time: what is not there by then is tried again sooner.
    private static final Duration CONNECT_WITHIN = Duration.ofMillis(1_500);

    private final ActorSystem<?> system;
    private final SyncSocket socket;
    private final int ownPort;
    private final HttpsConnectionContext tls;
    private final ClientConnectionSettings settings;

    /// @param ownPort of the own door, which is told to those who are asked
    FamilyCalls(ActorSystem<?> system, SyncSocket socket, FamilyTls tls, int ownPort) {
        this.system = system;
        this.socket = socket;
        this.ownPort = ownPort;
        this.tls = ConnectionContext.httpsClient(tls::createClientSSLEngine);
        this.settings =
                ClientConnectionSettings.create(system.classicSystem())
                        .withConnectingTimeout(
                                FiniteDuration.create(
                                        CONNECT_WITHIN.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public CompletionStage<DoorWords> ask(Address address, boolean misses) {
        return answered(
                address,
                HttpRequest.GET("/family?port=" + ownPort + "&misses=" + misses),
                FamilyCalls::words);
    }

    /// Tells a node the family's keys, and hears those that it has.
    CompletionStage<String> exchangeKeys(Address address, String keys) {
        return answered(
                address,
                HttpRequest.POST("/family/key").withEntity(ContentTypes.APPLICATION_JSON, keys),
                FamilyCalls::text);
    }

    private <T> CompletionStage<T> answered(
            Address address,
            HttpRequest request,
            BiFunction<HttpResponse, Materializer, CompletionStage<T>> read) {
        Materializer materializer = SystemMaterializer.get(system).materializer();
        return Source.single(request)
                .via(
                        Http.get(system)
                                .connectionTo(address.host())
                                .toPort(address.port())
                                .withCustomHttpsConnectionContext(tls)
                                .withClientConnectionSettings(settings)
                                .https())
                .completionTimeout(ANSWER_WITHIN)
                .runWith(Sink.head(), materializer)
                .thenCompose(response -> read.apply(response, materializer))
                .exceptionally(failed -> failed(address, failed));
    }

    private static CompletionStage<DoorWords> words(
            HttpResponse response, Materializer materializer) {
        return response.entity()
                .withSizeLimit(DoorWords.BYTES_MAX)
                .toStrict(ANSWER_WITHIN.toMillis(), materializer)
                .thenApply(
                        body -> {
                            if (!response.status().equals(StatusCodes.OK)) {
                                throw new IllegalArgumentException(
                                        "it answers " + response.status());
                            }
                            try {
                                return DoorWords.read(body.getData().toArray());
                            } catch (IOException notJson) {
                                throw new IllegalArgumentException(
                                        "its answer is none: " + notJson.getMessage(), notJson);
                            }
                        });
    }

    private static CompletionStage<String> text(HttpResponse response, Materializer materializer) {
        return response.entity()
                .withSizeLimit(KeysText.BYTES_MAX)
                .toStrict(ANSWER_WITHIN.toMillis(), materializer)
                .thenApply(
                        body -> {
                            String text = body.getData().utf8String();
                            if (!response.status().equals(StatusCodes.OK)) {
                                throw new IllegalArgumentException(
                                        response.status().equals(StatusCodes.CONFLICT)
                                                ? text
                                                : "it answers " + response.status());
                            }
                            return text;
                        });
    }

    @Override
    public CompletionStage<?> call(Address address, Watch watch) {
        return Http.get(system)
                .singleWebSocketRequest(
                        WebSocketRequest.create("wss://" + address + "/sibling"),
                        socket.callingFamily(watch),
                        tls,
                        Optional.empty(),
                        settings,
                        system.classicSystem().log(),
                        SystemMaterializer.get(system).materializer())
                .first()
                .thenAccept(
                        upgrade -> {
                            if (!upgrade.isValid()) {
                                throw new IllegalArgumentException(
                                        "it answers " + upgrade.response().status());
                            }
                        })
                .exceptionally(failed -> failed(address, failed));
    }

    // Returns nothing ever; the type lets it stand in the place of an answer.
    @SuppressWarnings("TypeParameterUnusedInFormals")
    private static <T> T failed(Address address, Throwable failed) {
        Throwable cause = failed;
        while (cause.getCause() != null && !(cause instanceof SSLException)) {
            cause = cause.getCause();
        }
        String words =
                cause instanceof SSLException
                        ? "whoever is at "
                                + address
                                + " has another family key, or none. If the family has changed its"
                                + " key while this node was away, join again with the code that"
                                + " ./elohim family show prints there; if it is none of the family,"
                                + " remove the address. Where cluster.cluster_key is set by hand,"
                                + " both nodes need the same."
                        : String.valueOf(cause.getMessage());
        throw new CompletionException(new IOException(words, failed));
    }
}
