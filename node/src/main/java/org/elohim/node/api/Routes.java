package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.handleExceptions;
import static akka.http.javadsl.server.Directives.handleRejections;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Allow;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.ExceptionHandler;
import akka.http.javadsl.server.ExpectedWebSocketRequestRejection;
import akka.http.javadsl.server.MethodRejection;
import akka.http.javadsl.server.RejectionHandler;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.family.FamilyView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The table of everything the node serves over HTTP, and what is said where nothing is served.
public final class Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

    private Routes() {}

    public static Route of(
            Health health,
            NodeRoutes node,
            BlobRoutes blobs,
            StorageRoutes storage,
            BlobCopyRoutes copies,
            Supplier<FamilyView> family,
            TokenRoutes tokens,
            DeviceRoutes devices,
            ClientRoutes clients,
            ContentRoutes contents,
            DocumentRoutes documents,
            SiblingRoutes siblings,
            FamilyKeyRoutes familyKeys,
            RestartRoutes restart,
            RegistrationRoutes registrations,
            MemberRoutes members,
            RemovalRoutes removal,
            LeaveRoutes leave,
            Changes changes,
            Bearers bearers) {
        // Made once: what an inner route is made of here, is made anew with each request.
        Route all =
                concat(
                        // First: there are many of them.
                        blobs.routes(bearers, changes),
                        new HealthRoutes(health, family).routes(),
                        node.routes(bearers),
                        storage.routes(bearers),
                        copies.routes(bearers),
                        tokens.routes(bearers, changes),
                        devices.routes(bearers),
                        clients.routes(bearers),
                        contents.routes(bearers, changes),
                        documents.routes(bearers, changes),
                        familyKeys.routes(bearers),
                        siblings.routes(bearers),
                        restart.routes(bearers),
                        registrations.routes(bearers),
                        members.routes(bearers),
                        removal.routes(bearers),
                        leave.routes(bearers));
        Route refusing = handleRejections(refusals(), () -> all);
        return handleExceptions(bugs(), () -> refusing);
    }

    private static RejectionHandler refusals() {
        return RejectionHandler.newBuilder()
                .handleAll(
                        MethodRejection.class,
                        rejections ->
                                Directives.complete(
                                        wrongMethod(
                                                rejections.stream()
                                                        .map(MethodRejection::supported)
                                                        .distinct()
                                                        .toArray(HttpMethod[]::new))))
                .handle(
                        ExpectedWebSocketRequestRejection.class,
                        _ ->
                                Directives.complete(
                                        Json.problem(
                                                StatusCodes.UPGRADE_REQUIRED,
                                                "This path speaks WebSocket only.")))
                .handleNotFound(
                        Directives.extractUri(
                                uri ->
                                        Directives.complete(
                                                Json.problem(
                                                        StatusCodes.NOT_FOUND,
                                                        "Nothing is served at "
                                                                + uri.path()
                                                                + "."))))
                .build();
    }

    private static HttpResponse wrongMethod(HttpMethod[] allowed) {
        String names =
                Arrays.stream(allowed).map(HttpMethod::name).collect(Collectors.joining(", "));
        return Json.problem(StatusCodes.METHOD_NOT_ALLOWED, "This path answers " + names + " only.")
                .addHeader(Allow.create(allowed));
    }

    private static ExceptionHandler bugs() {
        return ExceptionHandler.newBuilder()
                .matchAny(
                        bug -> {
                            LOG.error("request failed", bug);
                            return Directives.complete(
                                    Json.problem(
                                            StatusCodes.INTERNAL_SERVER_ERROR,
                                            "The node made a mistake; its log says which."));
                        })
                .build();
    }
}
