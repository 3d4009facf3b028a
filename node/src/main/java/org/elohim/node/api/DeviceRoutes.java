package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.handleWebSocketMessages;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Intake;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.node.sync.SyncSocket;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// `/device`, where devices sync, and `/sync/counters`, which tells what came of it.
public final class DeviceRoutes {
    private final SyncSocket socket;
    private final DocumentIndex index;
    private final SyncCounters counters;
    private final Intake intake;
    private final boolean readOnly;

    /// @param readOnly whether devices may only look, since this node is an observer
    public DeviceRoutes(
            SyncSocket socket,
            DocumentIndex index,
            SyncCounters counters,
            Intake intake,
            boolean readOnly) {
        this.intake = intake;
        this.readOnly = readOnly;
        this.socket = socket;
        this.index = index;
        this.counters = counters;
    }

    Route routes(Bearers bearers) {
        return concat(
                path("device", () -> bearers.granted(this::device)),
                path(
                        PathMatchers.segment("sync").slash("counters"),
                        () -> get(() -> bearers.admin(this::counters))));
    }

    private Route device(Grant.OfToken grant) {
        return intake.refusal()
                .map(why -> complete(Editing.refused(why)))
                .orElseGet(
                        () ->
                                handleWebSocketMessages(
                                        socket.called(readOnly ? grant.reading() : grant)));
    }

    private Route counters() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("documents", index.size());
        counters.all()
                .forEach(
                        (counter, count) ->
                                body.put(counter.name().toLowerCase(Locale.ROOT), count));
        return complete(Json.response(StatusCodes.OK, body));
    }
}
