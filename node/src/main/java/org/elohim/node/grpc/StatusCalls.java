package org.elohim.node.grpc;

import akka.http.javadsl.model.HttpResponse;

import org.elohim.cluster.family.FamilyView;
import org.elohim.node.api.Health;
import org.elohim.node.api.NodeRoutes;
import org.elohim.protocol.node.wire.GetStatusRequest;
import org.elohim.protocol.node.wire.NodeStatus;
import org.elohim.protocol.node.wire.Readiness;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// How the node does, for whoever has a token.
final class StatusCalls {
    private final NodeRoutes.Facts facts;
    private final Supplier<FamilyView> family;

    StatusCalls(NodeRoutes.Facts facts, Supplier<FamilyView> family) {
        this.facts = facts;
        this.family = family;
    }

    CompletionStage<HttpResponse> status(GrpcCall call) {
        return call.single(
                Messages.of(GetStatusRequest.parser()),
                Messages.of(NodeStatus.parser()),
                _ -> CompletableFuture.completedFuture(now()));
    }

    private NodeStatus now() {
        FamilyView seen = family.get();
        return NodeStatus.newBuilder()
                .setNode(facts.node().toString())
                .setVersion(facts.version())
                .setReadiness(readiness(facts.health().readiness()))
                .setCluster(seen.status().name().toLowerCase(Locale.ROOT))
                .setMembers(seen.members())
                .setUnreachable(seen.unreachable())
                .setUptimeMillis(facts.uptimeMillis().getAsLong())
                .setDevicesConnected(facts.devices().getAsInt())
                .build();
    }

    private static Readiness readiness(Health.Readiness now) {
        return switch (now) {
            case STARTING -> Readiness.READINESS_STARTING;
            case READY -> Readiness.READINESS_READY;
            case NOT_WRITING -> Readiness.READINESS_NOT_WRITING;
            case STOPPING -> Readiness.READINESS_STOPPING;
        };
    }
}
