package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.post;

import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.node.restart.Restart;

import java.util.Map;
import java.util.Optional;

/// `POST /restart`: the node's actors end and begin again, as when two clusters of a family merge.
/// For an operator who cannot end the process, or does not want to.
public final class RestartRoutes {
    private final Restart restart;

    public RestartRoutes(Restart restart) {
        this.restart = restart;
    }

    Route routes(Bearers bearers) {
        return path("restart", () -> post(() -> bearers.admin(this::order)));
    }

    private Route order() {
        restart.restart("its operator has ordered it", Optional.empty());
        return complete(Json.response(StatusCodes.ACCEPTED, Map.of("restarting", true)));
    }
}
