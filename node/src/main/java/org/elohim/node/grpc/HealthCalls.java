package org.elohim.node.grpc;

import akka.NotUsed;
import akka.http.javadsl.model.HttpResponse;
import akka.japi.Pair;
import akka.stream.javadsl.Source;

import io.grpc.Status;

import org.elohim.node.api.Health;
import org.elohim.protocol.health.wire.HealthCheckRequest;
import org.elohim.protocol.health.wire.HealthCheckResponse;
import org.elohim.protocol.health.wire.HealthCheckResponse.ServingStatus;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// gRPC's health protocol: what `/health/ready` says to those who speak HTTP.
final class HealthCalls {
    // Whoever watches has time.
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final Health health;
    private final Set<String> services;

    HealthCalls(Health health, Set<String> services) {
        this.health = health;
        this.services = Set.copyOf(services);
    }

    CompletionStage<HttpResponse> check(GrpcCall call) {
        return call.single(
                Messages.of(HealthCheckRequest.parser()),
                Messages.of(HealthCheckResponse.parser()),
                asked ->
                        isKnown(asked)
                                ? CompletableFuture.completedFuture(answer(now()))
                                : CompletableFuture.failedFuture(
                                        new Refused(
                                                Status.Code.NOT_FOUND,
                                                "this node serves no " + asked.getService())));
    }

    CompletionStage<HttpResponse> watch(GrpcCall call) {
        return call.many(
                Messages.of(HealthCheckRequest.parser()),
                Messages.of(HealthCheckResponse.parser()),
                asked ->
                        isKnown(asked)
                                ? changes()
                                : Source.single(answer(ServingStatus.SERVICE_UNKNOWN))
                                        .concat(Source.maybe()));
    }

    private Source<HealthCheckResponse, NotUsed> changes() {
        return Source.tick(Duration.ZERO, LOOK_EVERY, NotUsed.getInstance())
                .mapMaterializedValue(_ -> NotUsed.getInstance())
                .map(_ -> now())
                .statefulMap(
                        () -> ServingStatus.UNKNOWN,
                        (before, now) ->
                                Pair.create(now, Optional.of(now).filter(fresh -> fresh != before)),
                        _ -> Optional.empty())
                .mapConcat(news -> news.stream().toList())
                .map(HealthCalls::answer);
    }

    private boolean isKnown(HealthCheckRequest asked) {
        return asked.getService().isEmpty() || services.contains(asked.getService());
    }

    private ServingStatus now() {
        return switch (health.readiness()) {
            case READY -> ServingStatus.SERVING;
            case STARTING, NOT_WRITING, STOPPING -> ServingStatus.NOT_SERVING;
        };
    }

    private static HealthCheckResponse answer(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
