package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.protocol.id.NodeId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// `/node`: this process and its machine, for who administers it. Answers 200 also where the node
/// is not ready: that is what it tells.
public final class NodeRoutes {
    private final Facts facts;

    /// What there is to tell.
    ///
    /// @param data where the node keeps everything
    /// @param uptimeMillis of the process
    /// @param devices how many are connected
    public record Facts(
            NodeId node,
            String version,
            Path data,
            Health health,
            LongSupplier uptimeMillis,
            IntSupplier devices) {}

    public NodeRoutes(Facts facts) {
        this.facts = facts;
    }

    Route routes(Bearers bearers) {
        return path("node", () -> get(() -> bearers.admin(this::node)));
    }

    // A disk that fails may take its time, which nobody else is to wait for.
    private Route node() {
        return onSuccess(
                CompletableFuture.supplyAsync(this::shown, Thread::startVirtualThread),
                shown -> complete(Json.response(StatusCodes.OK, shown)));
    }

    private Map<String, Object> shown() {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("node", facts.node().toString());
        shown.put("version", facts.version());
        shown.put("status", facts.health().readiness().name().toLowerCase(Locale.ROOT));
        shown.put("uptime_seconds", facts.uptimeMillis().getAsLong() / 1_000.0);
        shown.put("devices_connected", facts.devices().getAsInt());
        shown.put("data", facts.data().toString());
        try {
            var disk = Files.getFileStore(facts.data());
            Map<String, Object> room = new LinkedHashMap<>();
            room.put("free_bytes", disk.getUsableSpace());
            room.put("total_bytes", disk.getTotalSpace());
            shown.put("disk", room);
        } catch (IOException unknown) {
            shown.put("disk_trouble", unknown.toString());
        }
        return shown;
    }
}
