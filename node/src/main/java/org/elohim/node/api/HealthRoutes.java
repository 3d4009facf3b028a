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
import java.util.function.Supplier;

/// `/health` for people, and one path below it for each of three questions that are kept apart: a
/// service manager restarts what is not live, a load balancer avoids what is not ready, and only a
/// person can mend a family. Needs no token: it tells nothing about the family's data.
final class HealthRoutes {
    private final Health health;
    private final Supplier<FamilyView> family;

    HealthRoutes(Health health, Supplier<FamilyView> family) {
        this.health = health;
        this.family = family;
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
        body.put("cluster", family(family.get()));
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
        FamilyView seen = family.get();
        return Json.response(statusOf(seen.isWell()), family(seen));
    }

    private static Map<String, Object> family(FamilyView seen) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", lowerCase(seen.status()));
        body.put("members", seen.members());
        body.put("unreachable", seen.unreachable());
        return body;
    }

    private Map<String, Object> readiness() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ready", isReady());
        body.put("status", lowerCase(health.readiness()));
        return body;
    }

    private boolean isReady() {
        return health.readiness() == Health.Readiness.READY;
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static StatusCode statusOf(boolean good) {
        return good ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE;
    }
}
