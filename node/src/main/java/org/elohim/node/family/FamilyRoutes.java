package org.elohim.node.family;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.handleWebSocketMessages;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.reject;

import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.Query;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.family.Standing;
import org.elohim.node.sync.SyncSocket;
import org.elohim.node.sync.Watch;
import org.elohim.protocol.family.Address;

import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What is served at the family's door: who is here, and sessions. Whoever comes so far is family.
final class FamilyRoutes {
    private FamilyRoutes() {}

    /// Hears where those who ask can be asked themselves.
    @FunctionalInterface
    interface Seen {
        /// One has asked.
        ///
        /// @param misses whether they do not see us in their cluster
        void at(Address door, boolean misses);
    }

    /// @param resting whether this node is about to leave, and is not to be met any more
    /// @param keys what is said of the family's keys
    /// @param blobs what is said of blobs, and sent of them
    static Route of(
            SyncSocket socket,
            Watch watch,
            Supplier<CompletionStage<Standing>> standing,
            Seen seen,
            BooleanSupplier resting,
            Route keys,
            Route blobs) {
        return concat(
                extractRequest(_ -> resting.getAsBoolean() ? complete(leaves()) : reject()),
                path(
                        "family",
                        () -> get(() -> extractRequest(asked -> family(asked, standing, seen)))),
                keys,
                blobs,
                path("sibling", () -> handleWebSocketMessages(socket.calledByFamily(watch))));
    }

    private static HttpResponse leaves() {
        return HttpResponse.create().withStatus(StatusCodes.SERVICE_UNAVAILABLE);
    }

    private static Route family(
            HttpRequest asked, Supplier<CompletionStage<Standing>> standing, Seen seen) {
        Query query = asked.getUri().query();
        boolean misses = query.get("misses").filter(Boolean::parseBoolean).isPresent();
        door(asked, query.get("port")).ifPresent(door -> seen.at(door, misses));
        return answer(standing.get());
    }

    private static Route answer(CompletionStage<Standing> standing) {
        return onSuccess(
                standing,
                told ->
                        complete(
                                HttpEntities.create(
                                        ContentTypes.APPLICATION_JSON, DoorWords.write(told))));
    }

    private static Optional<Address> door(HttpRequest request, Optional<String> port) {
        Optional<InetAddress> from =
                request.getAttribute(AttributeKeys.remoteAddress)
                        .flatMap(remote -> remote.getAddress());
        if (from.isEmpty() || port.isEmpty()) {
            return Optional.empty();
        }
        String host = from.get().getHostAddress();
        try {
            return Optional.of(new Address(host, Integer.parseInt(port.get())));
        } catch (IllegalArgumentException none) {
            return Optional.empty();
        }
    }
}
