package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.ledger.LedgerKeeper;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.Ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/// `/devices`: those that have come to any node of the family, for whoever may administer it.
public final class RegistrationRoutes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private final ActorRef<LedgerKeeper.Command> ledger;
    private final Scheduler scheduler;

    public RegistrationRoutes(ActorRef<LedgerKeeper.Command> ledger, Scheduler scheduler) {
        this.ledger = ledger;
        this.scheduler = scheduler;
    }

    Route routes(Bearers bearers) {
        return path("devices", () -> get(() -> bearers.admin(this::list)));
    }

    private Route list() {
        CompletionStage<LedgerKeeper.All> all =
                AskPattern.ask(ledger, LedgerKeeper.Command.Tell::new, ANSWER_WITHIN, scheduler);
        return onSuccess(all, found -> complete(Json.response(StatusCodes.OK, shown(found))));
    }

    private static Map<String, Object> shown(LedgerKeeper.All all) {
        List<Map<String, Object>> devices =
                all.devices().stream().map(device -> shown(device, all.lastSeen())).toList();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("devices", devices);
        shown.put("nodes_that_count", all.nodes());
        shown.put("changes_passed_over", all.ignored());
        return shown;
    }

    private static Map<String, Object> shown(Ledger.Device device, Map<NodeId, Instant> lastSeen) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", device.id().toString());
        shown.put("label", device.label());
        device.by().ifPresent(node -> shown.put("first_seen_by", node.toString()));
        shown.put("registered", device.registration().isPresent());
        device.registration()
                .ifPresent(
                        registration -> {
                            shown.put("registered_by", registration.term().leader().toString());
                            shown.put("registered_in_term", registration.term().number());
                            shown.put(
                                    "registered_at",
                                    Instant.ofEpochMilli(registration.atMillis()).toString());
                        });
        Instant here = lastSeen.get(device.id());
        if (here != null) {
            shown.put("last_seen_here", here.toString());
        }
        return shown;
    }
}
