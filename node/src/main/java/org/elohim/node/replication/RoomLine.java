package org.elohim.node.replication;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.HttpsConnectionContext;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.settings.ClientConnectionSettings;
import akka.http.javadsl.settings.ConnectionPoolSettings;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;

import scala.concurrent.duration.FiniteDuration;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Asks the family's other nodes at their doors what they say of their disks.
final class RoomLine {
    private static final int CONNECT_MILLIS = 3_000;
    private static final int WORDS_MILLIS = 3_000;
    private static final int WORDS_BYTES_MAX = 2_000;

    private final ActorSystem<?> system;
    private final Optional<HttpsConnectionContext> tls;
    private final ConnectionPoolSettings settings;
    private final Materializer materializer;
    private final Function<NodeId, Optional<Address>> doors;

    /// @param tls nothing where there is no family, so that nobody is reached
    /// @param doors where a node was met last
    RoomLine(
            ActorSystem<?> system,
            Optional<FamilyTls> tls,
            Function<NodeId, Optional<Address>> doors) {
        this.system = system;
        this.tls = tls.map(each -> ConnectionContext.httpsClient(each::createClientSSLEngine));
        this.doors = doors;
        this.materializer = SystemMaterializer.get(system).materializer();
        this.settings =
                ConnectionPoolSettings.create(system.classicSystem())
                        // It is asked again soon anyway.
                        .withMaxRetries(0)
                        .withConnectionSettings(
                                ClientConnectionSettings.create(system.classicSystem())
                                        .withConnectingTimeout(
                                                FiniteDuration.create(
                                                        CONNECT_MILLIS, TimeUnit.MILLISECONDS)));
    }

    CompletionStage<Room> ask(NodeId node) {
        Optional<Address> door = tls.flatMap(_ -> doors.apply(node));
        if (door.isEmpty()) {
            return CompletableFuture.failedStage(new IOException("it is not known where it is"));
        }
        var request = HttpRequest.GET("https://" + door.get() + "/blobs/room?to=" + node);
        return Http.get(system)
                .singleRequest(request, tls.orElseThrow(), settings, system.classicSystem().log())
                .thenCompose(
                        response ->
                                text(response)
                                        .thenCompose(
                                                words ->
                                                        response.status().equals(StatusCodes.OK)
                                                                ? CompletableFuture.completedStage(
                                                                        Room.parse(words))
                                                                : refused(words)));
    }

    private static CompletionStage<Room> refused(String words) {
        return CompletableFuture.failedStage(new IOException("it refuses: " + words));
    }

    private CompletionStage<String> text(HttpResponse response) {
        return response.entity()
                .withSizeLimit(WORDS_BYTES_MAX)
                .toStrict(WORDS_MILLIS, materializer)
                .thenApply(body -> body.getData().utf8String());
    }
}
