package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.delete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.post;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;
import akka.pattern.StatusReply;

import org.elohim.node.family.Leaving;
import org.elohim.node.family.Leaving.Told;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// `/cluster/leave`: a POST begins to leave the family, a DELETE calls it off, a GET tells how far
/// it is.
public final class LeaveRoutes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final ActorRef<Leaving.Command> leaving;
    private final Scheduler scheduler;

    public LeaveRoutes(ActorRef<Leaving.Command> leaving, Scheduler scheduler) {
        this.leaving = leaving;
        this.scheduler = scheduler;
    }

    Route routes(Bearers bearers) {
        return path(
                PathMatchers.segment("cluster").slash("leave"),
                () ->
                        concat(
                                get(() -> bearers.admin(this::tell)),
                                post(
                                        () ->
                                                bearers.admin(
                                                        () ->
                                                                ask(
                                                                        StatusCodes.ACCEPTED,
                                                                        Leaving.Command.Order
                                                                                ::new))),
                                delete(
                                        () ->
                                                bearers.admin(
                                                        () ->
                                                                ask(
                                                                        StatusCodes.OK,
                                                                        Leaving.Command.CallOff
                                                                                ::new)))));
    }

    private Route tell() {
        return onSuccess(
                AskPattern.<Leaving.Command, Told>ask(
                        leaving, Leaving.Command.Tell::new, ANSWER_WITHIN, scheduler),
                told -> complete(Json.response(StatusCodes.OK, shown(told))));
    }

    private Route ask(
            StatusCode done, Function<ActorRef<StatusReply<Told>>, Leaving.Command> command) {
        return onSuccess(
                AskPattern.<Leaving.Command, StatusReply<Told>>ask(
                        leaving, command::apply, ANSWER_WITHIN, scheduler),
                reply -> complete(response(done, reply)));
    }

    private static HttpResponse response(StatusCode done, StatusReply<Told> reply) {
        return reply.isSuccess()
                ? Json.response(done, shown(reply.getValue()))
                : Json.problem(StatusCodes.CONFLICT, String.valueOf(reply.getError().getMessage()));
    }

    static Map<String, Object> shown(Told told) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("state", told.stage().name().toLowerCase(Locale.ROOT));
        shown.put("sentence", sentence(told));
        if (told.needed() > 0) {
            shown.put("needed", told.needed());
            shown.put("held_by", told.holders().stream().map(NodeId::toString).toList());
        }
        if (!told.reasons().isEmpty()) {
            shown.put("waits_because", told.reasons());
        }
        return shown;
    }

    private static String sentence(Told told) {
        return switch (told.stage()) {
            case NO_FAMILY -> "This node belongs to no family.";
            case MEMBER -> "This node is a member of its family, and stays.";
            case WAITING -> waiting(told);
            case TAKING_LEAVE -> "The others hold everything. This node takes its leave of them.";
            case LEFT ->
                    "This node has left its family: others hold all that it has acknowledged. It"
                            + " may be switched off.";
        };
    }

    private static String waiting(Told told) {
        if (told.needed() == 0 && !told.reasons().isEmpty()) {
            return "This node takes no edits any more, and cannot leave: %s."
                    .formatted(String.join("; ", told.reasons()));
        }
        return told.needed() == 0
                ? "This node takes no edits any more, and waits for those that are under way."
                : "This node takes no edits any more, and leaves once %d other full %s everything; %d of them %s now. It waits: %s."
                        .formatted(
                                told.needed(),
                                told.needed() == 1 ? "node holds" : "nodes hold",
                                told.holders().size(),
                                told.holders().size() == 1 ? "does" : "do",
                                String.join("; ", told.reasons()));
    }
}
