package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathEnd;
import static akka.http.javadsl.server.Directives.pathPrefix;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.family.FamilyView;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// `/health` for people, and one path below it for each of the three questions. Needs no token: it
/// tells a service manager what it must know and nothing about the family's data.
final class HealthRoutes {
    private final Health health;

    HealthRoutes(Health health) {
        this.health = health;
    }

    Route routes() {
        return pathPrefix(
                "health",
                () ->
                        concat(
                                pathEnd(() -> get(() -> complete(whole()))),
                                path("live", () -> get(() -> complete(live()))),
                                path("ready", () -> get(() -> complete(ready()))),
                                path("cluster", () -> get(() -> complete(cluster())))));
    }

    private HttpResponse whole() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("live", true);
        body.putAll(readiness());
        body.put("cluster", family(health.family()));
        return Json.response(statusOf(isReady()), body);
    }

    /// That this answers is what it says.
    private HttpResponse live() {
        return Json.response(StatusCodes.OK, Map.of("live", true));
    }

    private HttpResponse ready() {
        return Json.response(statusOf(isReady()), readiness());
    }

    private HttpResponse cluster() {
        FamilyView seen = health.family();
        return Json.response(statusOf(seen.isWell()), family(seen));
    }

    private static Map<String, Object> family(FamilyView seen) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", seen.status().name().toLowerCase(Locale.ROOT));
        body.put("members", seen.members());
        body.put("unreachable", seen.unreachable());
        return body;
    }

    private Map<String, Object> readiness() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ready", isReady());
        switch (health.readiness()) {
            case Health.Readiness.Starting() -> body.put("status", "starting");
            case Health.Readiness.Ready() -> body.put("status", "ready");
            case Health.Readiness.Stopping() -> body.put("status", "stopping");
            case Health.Readiness.JournalFailed(var reason) -> {
                body.put("status", "journal failed");
                body.put("reason", reason);
            }
        }
        return body;
    }

    private boolean isReady() {
        return health.readiness() instanceof Health.Readiness.Ready;
    }

    private static StatusCode statusOf(boolean good) {
        return good ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE;
    }
}
