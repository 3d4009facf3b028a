package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.onSuccess;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.id.NodeId;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Whether this node takes changes. An observer adds nothing to its family: what was changed there
/// would reach nobody else, a revoked token would go on everywhere. So it says where to go instead.
public final class Changes {
    private final Optional<Supplier<CompletionStage<List<Place>>>> elsewhere;

    /// A full node of the family.
    ///
    /// @param host where it was met; nothing where it has only called
    public record Place(NodeId node, Optional<String> host) {
        /// These nodes at the addresses that are known.
        public static List<Place> of(List<NodeId> nodes, List<Acquaintances.Found> found) {
            return nodes.stream()
                    .map(
                            node ->
                                    new Place(
                                            node,
                                            found.stream()
                                                    .filter(
                                                            each ->
                                                                    each.node()
                                                                            .equals(
                                                                                    Optional.of(
                                                                                            node)))
                                                    .map(each -> each.address().host())
                                                    .findFirst()))
                    .toList();
        }

        @Override
        public String toString() {
            return host.map(at -> node + " on " + at).orElseGet(node::toString);
        }
    }

    private Changes(Optional<Supplier<CompletionStage<List<Place>>>> elsewhere) {
        this.elsewhere = elsewhere;
    }

    /// A full node takes them.
    public static Changes taken() {
        return new Changes(Optional.empty());
    }

    /// An observer knows who does.
    public static Changes takenBy(Supplier<CompletionStage<List<Place>>> fullNodes) {
        return new Changes(Optional.of(fullNodes));
    }

    /// The inner route where changes are taken.
    Route here(Supplier<Route> inner) {
        return elsewhere.isPresent()
                ? onSuccess(elsewhere.get().get(), places -> complete(refusal(places)))
                : inner.get();
    }

    private static HttpResponse refusal(List<Place> places) {
        String where =
                places.isEmpty()
                        ? "It has met none yet."
                        : "Those that it has met: "
                                + places.stream()
                                        .map(Place::toString)
                                        .collect(Collectors.joining(", "))
                                + ".";
        return Json.problem(
                StatusCodes.CONFLICT,
                "This node is an observer of its family, and what is changed here would reach"
                    + " nobody else. Nothing was changed; ask a full node of the family for it. "
                        + where,
                Map.of("full_nodes", places.stream().map(Changes::shown).toList()));
    }

    private static Map<String, Object> shown(Place place) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("node", place.node().toString());
        place.host().ifPresent(host -> shown.put("host", host));
        return shown;
    }
}
