package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.sync.Grant;
import org.elohim.node.replication.FamilyBlobs;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// `GET /blobs/{hash}/where`: which node of the family holds what of a blob.
public final class BlobCopyRoutes {
    private final Function<ContentHash, CompletionStage<Optional<FamilyBlobs.Where>>> asked;

    /// Tells what these say.
    ///
    /// @param asked asks all nodes
    public BlobCopyRoutes(
            Function<ContentHash, CompletionStage<Optional<FamilyBlobs.Where>>> asked) {
        this.asked = asked;
    }

    Route routes(Bearers bearers) {
        return path(
                PathMatchers.segment("blobs").slash(PathMatchers.segment()).slash("where"),
                text -> get(() -> bearers.granted(grant -> where(grant, text))));
    }

    private Route where(Grant.OfToken grant, String text) {
        if (!grant.allowsBlobs(Access.READ, Reach.COMMONS)) {
            return complete(Json.problem(StatusCodes.FORBIDDEN, "This token may not read blobs."));
        }
        ContentHash blob;
        try {
            blob = ContentHash.parse(text);
        } catch (IllegalArgumentException none) {
            return complete(
                    Json.problem(StatusCodes.BAD_REQUEST, String.valueOf(none.getMessage())));
        }
        return onSuccess(
                asked.apply(blob),
                found ->
                        complete(
                                answer(
                                        blob,
                                        found.filter(
                                                where ->
                                                        grant.allowsBlobs(
                                                                Access.READ, where.reach())))));
    }

    private static HttpResponse answer(ContentHash blob, Optional<FamilyBlobs.Where> found) {
        return found.map(where -> Json.response(StatusCodes.OK, shown(blob, where)))
                .orElseGet(
                        () ->
                                Json.problem(
                                        StatusCodes.NOT_FOUND,
                                        "No node of the family that can be reached knows a blob of"
                                                + " this name, or it is not for this token."));
    }

    private static Map<String, Object> shown(ContentHash blob, FamilyBlobs.Where where) {
        List<Map<String, Object>> nodes = new ArrayList<>();
        where.nodes()
                .forEach(
                        (node, holding) -> {
                            Map<String, Object> shown = new LinkedHashMap<>();
                            shown.put("node", node.toString());
                            shown.put(
                                    "pieces",
                                    holding.pieces().stream().map(Piece::toString).toList());
                            shown.put("confirmed", holding.saysSo());
                            shown.put("steward", holding.isSteward());
                            holding.goodSince()
                                    .ifPresent(
                                            moment -> shown.put("good_since", moment.toString()));
                            nodes.add(shown);
                        });
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("hash", blob.toString());
        shown.put("size", where.sizeBytes());
        shown.put("reach", where.reach().toString());
        shown.put("tier", where.losses() > 0 ? "durable" : "accepted");
        shown.put("losses", where.losses());
        shown.put("nodes", nodes);
        shown.put("unheard", where.unheard().stream().map(Object::toString).sorted().toList());
        return shown;
    }
}
