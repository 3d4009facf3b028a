package org.elohim.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;

import org.elohim.cluster.repo.RepoClients;
import org.elohim.cluster.sync.Intake;
import org.elohim.node.api.RepoRoutes;
import org.elohim.node.sync.RepoSocket;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/// What serves apps that use automerge-repo, put together.
final class RepoParts {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(3);

    private final ActorSystem<?> system;
    private final ActorRef<RepoClients.Command> clients;
    private final RepoRoutes routes;

    /// @param perAddress how many connections one address may have
    RepoParts(
            ActorSystem<?> system,
            RepoClients.Node node,
            Intake intake,
            int perAddress,
            boolean readOnly) {
        this.system = system;
        clients = system.systemActorOf(RepoClients.create(node), "repo-clients", Props.empty());
        routes =
                new RepoRoutes(
                        new RepoSocket(system, clients, node.counters()),
                        intake,
                        node.counters(),
                        perAddress,
                        readOnly);
    }

    RepoRoutes routes() {
        return routes;
    }

    /// Done once nothing more will be acknowledged to any client.
    CompletionStage<RepoClients.Closed> close(String why) {
        return AskPattern.ask(
                clients,
                done -> new RepoClients.Command.EndAll(why, done),
                CLOSE_WITHIN,
                system.scheduler());
    }
}
