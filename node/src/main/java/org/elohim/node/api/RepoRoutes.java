package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.handleWebSocketMessages;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.RemoteAddress;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.node.host.AddressGroup;
import org.elohim.node.sync.RepoSocket;

/// `/automerge`, where apps that use automerge-repo sync.
public final class RepoRoutes {
    private final RepoSocket socket;
    private final Intake intake;
    private final SyncCounters counters;
    private final boolean readOnly;
    private final AddressPlaces places;

    /// @param perAddress how many connections one address may have
    /// @param readOnly whether clients may only look, since this node is an observer
    public RepoRoutes(
            RepoSocket socket,
            Intake intake,
            SyncCounters counters,
            int perAddress,
            boolean readOnly) {
        this.socket = socket;
        this.intake = intake;
        this.counters = counters;
        this.readOnly = readOnly;
        this.places = new AddressPlaces(perAddress);
    }

    Route routes(Bearers bearers) {
        return path(
                "automerge",
                () -> bearers.granted(grant -> extractRequest(request -> connect(request, grant))));
    }

    private Route connect(HttpRequest request, Grant.OfToken grant) {
        if (request.getAttribute(AttributeKeys.webSocketUpgrade).isEmpty()) {
            // Takes no place; whoever looks at it with a browser is told what speaks here.
            return complete(
                    Json.problem(
                            StatusCodes.UPGRADE_REQUIRED,
                            "This path speaks WebSocket only: automerge-repo connects to it with"
                                + " new BrowserWebSocketClientAdapter(\"ws://…/automerge?token=TOKEN\")."));
        }
        return intake.refusal()
                .map(why -> complete(Editing.refused(why)))
                .orElseGet(() -> connect(from(request), grant));
    }

    private Route connect(String address, Grant.OfToken grant) {
        if (!places.take(address)) {
            counters.count(Counter.CONNECTIONS_TOO_MANY);
            return complete(
                    Json.problem(
                            StatusCodes.TOO_MANY_REQUESTS,
                            "Your address has "
                                    + places.perAddress()
                                    + " connections here already. Close some, or have the operator"
                                    + " raise sync.automerge_connections_per_address."));
        }
        return handleWebSocketMessages(
                socket.called(readOnly ? grant.reading() : grant, () -> places.leave(address)));
    }

    private static String from(HttpRequest request) {
        return request.getAttribute(AttributeKeys.remoteAddress)
                .flatMap(RemoteAddress::getAddress)
                .map(AddressGroup::of)
                .orElse("");
    }
}
