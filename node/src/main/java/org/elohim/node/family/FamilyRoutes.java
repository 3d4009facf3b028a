package org.elohim.node.family;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.handleWebSocketMessages;
import static akka.http.javadsl.server.Directives.parameterOptional;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.server.Route;

import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;

import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Consumer;

/// What is served at the family's door: who is here, and sessions. Whoever comes so far is family.
final class FamilyRoutes {
    private FamilyRoutes() {}

    /// @param seen hears where those who ask can be asked themselves
    static Route of(
            NodeId self, SyncSocket socket, SyncSocket.Watch watch, Consumer<Address> seen) {
        return concat(
                path(
                        "family",
                        () ->
                                get(
                                        () ->
                                                parameterOptional(
                                                        "port",
                                                        port ->
                                                                extractRequest(
                                                                        request -> {
                                                                            door(request, port)
                                                                                    .ifPresent(
                                                                                            seen);
                                                                            return answer(self);
                                                                        })))),
                path("sibling", () -> handleWebSocketMessages(socket.calledByFamily(watch))));
    }

    private static Route answer(NodeId self) {
        return complete(
                HttpEntities.create(
                        ContentTypes.APPLICATION_JSON, "{\"node\":\"%s\"}".formatted(self)));
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
