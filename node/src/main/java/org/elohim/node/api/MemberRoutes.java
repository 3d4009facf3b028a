package org.elohim.node.api;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onSuccess;
import static akka.http.javadsl.server.Directives.path;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.Standing;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// `/cluster/members`: who belongs to the family's cluster, who leads it, and who is out of reach.
public final class MemberRoutes {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final ActorRef<Family.Command> family;
    private final Scheduler scheduler;
    private final LongSupplier clockMillis;

    /// @param clockMillis the family's
    public MemberRoutes(
            ActorRef<Family.Command> family, Scheduler scheduler, LongSupplier clockMillis) {
        this.family = family;
        this.scheduler = scheduler;
        this.clockMillis = clockMillis;
    }

    Route routes(Bearers bearers) {
        return path(
                PathMatchers.segment("cluster").slash("members"),
                () -> get(() -> bearers.admin(this::members)));
    }

    private Route members() {
        return onSuccess(
                standing(),
                standing ->
                        complete(
                                Json.response(
                                        StatusCodes.OK, shown(standing, clockMillis.getAsLong()))));
    }

    private CompletionStage<Standing> standing() {
        return AskPattern.ask(family, Family.Command.Tell::new, ANSWER_WITHIN, scheduler);
    }

    static Map<String, Object> shown(Standing standing, long nowMillis) {
        Optional<NodeId> leader = standing.account().leader();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("node", standing.account().node().toString());
        shown.put("incarnation", standing.account().incarnation());
        leader.ifPresent(each -> shown.put("leader", each.toString()));
        standing.highest().map(Term::number).ifPresent(term -> shown.put("term", term));
        shown.put("acting", standing.acting().isPresent());
        shown.put(
                "members",
                standing.members().stream().map(each -> member(each, leader, nowMillis)).toList());
        return shown;
    }

    private static Map<String, Object> member(
            Standing.Member member, Optional<NodeId> leader, long nowMillis) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("node", member.node().toString());
        shown.put("role", role(member, leader));
        shown.put("status", member.status());
        shown.put("reach", member.reach().name().toLowerCase(Locale.ROOT));
        shown.put(
                "since_seconds",
                TimeUnit.MILLISECONDS.toSeconds(Math.max(0, nowMillis - member.sinceMillis())));
        member.door().ifPresent(door -> shown.put("address", door.toString()));
        shown.put("actors", member.actors());
        return shown;
    }

    private static String role(Standing.Member member, Optional<NodeId> leader) {
        return switch (member.part()) {
            case Part.OBSERVER -> "observer";
            case Part.FULL -> leader.equals(Optional.of(member.node())) ? "primary" : "replica";
        };
    }
}
