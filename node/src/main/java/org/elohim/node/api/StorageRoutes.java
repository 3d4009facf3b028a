package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.node.blob.BlobStats;
import org.elohim.node.blob.Blobs;

import java.util.LinkedHashMap;
import java.util.Map;

/// `GET /storage/stats`: how full the store of blobs is.
public final class StorageRoutes {
    private final Blobs blobs;

    public StorageRoutes(Blobs blobs) {
        this.blobs = blobs;
    }

    Route routes(Bearers bearers) {
        return path(
                PathMatchers.segment("storage").slash("stats"),
                () ->
                        get(
                                () ->
                                        bearers.granted(
                                                _ ->
                                                        complete(
                                                                Json.response(
                                                                        StatusCodes.OK,
                                                                        shown())))));
    }

    private Map<String, Object> shown() {
        BlobStats stats = blobs.store().stats();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("blobs", stats.blobs());
        shown.put("taken_bytes", stats.takenBytes());
        shown.put("capacity_bytes", stats.capacityBytes());
        shown.put("segments", stats.segments());
        shown.put("free_segments", stats.freeSegments());
        shown.put("cache_bytes", blobs.reads().cacheBytes());
        shown.put("cache_capacity_bytes", blobs.reads().cacheBytesMax());
        shown.put("uploads", blobs.uploads().size());
        return shown;
    }
}
