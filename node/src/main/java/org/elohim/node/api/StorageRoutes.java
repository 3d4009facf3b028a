package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.node.blob.BlobStats;
import org.elohim.node.blob.Blobs;
import org.elohim.node.blob.ScrubStats;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.reach.Reach;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// `GET /storage/stats`: how full the store of blobs is, what looking at all of it has found, and
/// how far the copies are; `GET /storage/reach/LEVEL`: how much there is of a reach.
public final class StorageRoutes {
    private static final ReachTotals.Total NOTHING = new ReachTotals.Total(0, 0);

    private final Blobs blobs;
    private final Supplier<CompletionStage<Map<String, Object>>> copies;
    private final Supplier<CompletionStage<Map<Reach, ReachTotals.Total>>> reaches;

    /// Tells of these.
    ///
    /// @param copies what there is to be seen of the blobs' copies in the family
    /// @param reaches how much there is of each reach
    public StorageRoutes(
            Blobs blobs,
            Supplier<CompletionStage<Map<String, Object>>> copies,
            Supplier<CompletionStage<Map<Reach, ReachTotals.Total>>> reaches) {
        this.blobs = blobs;
        this.copies = copies;
        this.reaches = reaches;
    }

    Route routes(Bearers bearers) {
        return concat(
                path(
                        PathMatchers.segment("storage").slash("stats"),
                        () -> get(() -> bearers.granted(_ -> stats()))),
                path(
                        PathMatchers.segment("storage")
                                .slash("reach")
                                .slash(PathMatchers.segment()),
                        level -> get(() -> bearers.granted(_ -> reach(level)))));
    }

    private Route stats() {
        return onSuccess(
                copies.get(),
                seen -> {
                    Map<String, Object> shown = shown();
                    shown.put("replication", seen);
                    return complete(Json.response(StatusCodes.OK, shown));
                });
    }

    private Route reach(String level) {
        Reach reach;
        try {
            reach = Reach.parse(level);
        } catch (IllegalArgumentException none) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(none.getMessage())));
        }
        return onSuccess(
                reaches.get(),
                all ->
                        complete(
                                Json.response(
                                        StatusCodes.OK,
                                        shown(reach, all.getOrDefault(reach, NOTHING)))));
    }

    private static Map<String, Object> shown(Reach reach, ReachTotals.Total total) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("reach", reach.toString());
        shown.put("blobs", total.blobs());
        shown.put("content_bytes", total.contentBytes());
        return shown;
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
        shown.put("unfinished", stats.unfinished());
        shown.put("unfinished_bytes", stats.unfinishedBytes());
        blobs.store().scrubStats().ifPresent(scrub -> shown.put("scrub", shown(scrub)));
        return shown;
    }

    private static Map<String, Object> shown(ScrubStats scrub) {
        Map<String, Object> shown = new LinkedHashMap<>();
        scrub.lastPass().ifPresent(at -> shown.put("last_pass", at.toString()));
        scrub.lastFullPass().ifPresent(at -> shown.put("last_full_pass", at.toString()));
        scrub.pass()
                .ifPresent(
                        pass ->
                                shown.put(
                                        "running",
                                        Map.of(
                                                "full", pass.full(),
                                                "begun", pass.begun().toString(),
                                                "blobs", pass.blobs(),
                                                "bytes", pass.bytes())));
        shown.put("bytes", scrub.bytes());
        shown.put("damaged_found", scrub.damagedFound());
        shown.put("unreadable_found", scrub.unreadableFound());
        shown.put("healed", scrub.healed());
        shown.put("damaged_now", scrub.damagedNow());
        return shown;
    }
}
