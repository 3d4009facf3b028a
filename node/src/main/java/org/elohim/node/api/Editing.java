package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.extractMethod;
import static akka.http.javadsl.server.Directives.mapRouteResultFuture;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.sync.Intake;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Requests that change something of the family's: refused while the node takes no edits, and else
/// counted until they are answered.
final class Editing {
    private static final Set<HttpMethod> LOOKING = Set.of(HttpMethods.GET, HttpMethods.HEAD);
    // Whoever leaves waits for others, and may be told to stay.
    private static final String RETRY_AFTER_SECONDS = "60";

    private Editing() {}

    /// The inner route, where this request only looks, or edits are taken.
    static Route route(Intake intake, Supplier<Route> inner) {
        return extractMethod(
                method -> {
                    if (LOOKING.contains(method)) {
                        return inner.get();
                    }
                    Optional<String> refusal = intake.begin();
                    return refusal.isPresent()
                            ? complete(refused(refusal.get()))
                            : counted(intake, inner);
                });
    }

    private static Route counted(Intake intake, Supplier<Route> inner) {
        Route route;
        try {
            route = inner.get();
        } catch (RuntimeException bug) {
            intake.end();
            throw bug;
        }
        return mapRouteResultFuture(
                result -> result.whenComplete((_, _) -> intake.end()), () -> route);
    }

    static HttpResponse refused(String why) {
        return Json.problem(
                        StatusCodes.SERVICE_UNAVAILABLE,
                        Character.toUpperCase(why.charAt(0)) + why.substring(1) + ".")
                .addHeader(RawHeader.create("Retry-After", RETRY_AFTER_SECONDS));
    }
}
