package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.handleWebSocketMessages;
import static akka.http.javadsl.server.Directives.path;

import akka.NotUsed;
import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.RemoteAddress;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.ws.Message;
import akka.http.javadsl.server.Route;
import akka.stream.javadsl.Flow;

import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.node.host.AddressGroup;
import org.elohim.node.sync.PushSocket;
import org.elohim.node.sync.RepoSocket;

import java.util.function.Function;

/// `/automerge`, where apps that use automerge-repo sync, and `/ws`, where clients are told of
/// changes as JSON.
public final class ClientRoutes {
    private final RepoSocket repo;
    private final PushSocket push;
    private final Intake intake;
    private final SyncCounters counters;
    private final boolean readOnly;
    private final AddressPlaces places;

    /// @param perAddress how many connections one address may have
    /// @param readOnly whether clients may only look, since this node is an observer
    public ClientRoutes(
            RepoSocket repo,
            PushSocket push,
            Intake intake,
            SyncCounters counters,
            int perAddress,
            boolean readOnly) {
        this.repo = repo;
        this.push = push;
        this.intake = intake;
        this.counters = counters;
        this.readOnly = readOnly;
        this.places = new AddressPlaces(perAddress);
    }

    Route routes(Bearers bearers) {
        return concat(
                path("automerge", () -> bearers.granted(this::repo)),
                path("ws", () -> bearers.granted(this::push)));
    }

    private Route repo(Grant.OfToken grant) {
        return intake.refusal()
                .map(why -> complete(Editing.refused(why)))
                .orElseGet(
                        () ->
                                connect(
                                        "automerge-repo connects to it with new"
                                            + " WebSocketClientAdapter(\"ws://…/automerge?token=TOKEN\")",
                                        left ->
                                                repo.called(
                                                        readOnly ? grant.reading() : grant, left)));
    }

    private Route push(Grant.OfToken grant) {
        return connect(
                "send {\"type\":\"subscribe\",\"doc_ids\":[\"…\"]} over it",
                left -> push.called(grant, left));
    }

    /// @param use of the path, for those who look at it with a browser
    private Route connect(String use, Function<Runnable, Flow<Message, Message, NotUsed>> called) {
        return extractRequest(
                request -> {
                    // Takes no place.
                    if (request.getAttribute(AttributeKeys.webSocketUpgrade).isEmpty()) {
                        return complete(
                                Json.problem(
                                        StatusCodes.UPGRADE_REQUIRED,
                                        "This path speaks WebSocket only: " + use + "."));
                    }
                    String address = from(request);
                    if (!places.take(address)) {
                        counters.count(Counter.CONNECTIONS_TOO_MANY);
                        return complete(tooMany());
                    }
                    return handleWebSocketMessages(called.apply(() -> places.leave(address)));
                });
    }

    private HttpResponse tooMany() {
        return Json.problem(
                StatusCodes.TOO_MANY_REQUESTS,
                "Your address has "
                        + places.perAddress()
                        + " connections here already. Close some, or have the operator raise"
                        + " sync.client_connections_per_address.");
    }

    private static String from(HttpRequest request) {
        return request.getAttribute(AttributeKeys.remoteAddress)
                .flatMap(RemoteAddress::getAddress)
                .map(AddressGroup::of)
                .orElse("");
    }
}
