package org.elohim.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;

import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.push.PushClients;
import org.elohim.cluster.push.Views;
import org.elohim.cluster.repo.OtherNodes;
import org.elohim.cluster.repo.RepoClients;
import org.elohim.node.api.ClientRoutes;
import org.elohim.node.sync.PushSocket;
import org.elohim.node.sync.RepoSocket;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/// What serves apps that use automerge-repo, and clients that are told of changes, put together.
final class ClientParts {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(3);

    private final ActorSystem<?> system;
    private final ActorRef<RepoClients.Command> clients;
    private final ActorRef<PushClients.Command> told;
    private final ClientRoutes routes;

    /// @param perAddress how many connections one address may have
    ClientParts(
            ActorSystem<?> system,
            RepoClients.Node node,
            JournalReader journal,
            Views views,
            int perAddress,
            boolean readOnly) {
        this.system = system;
        clients = OtherNodes.start(system, node);
        told =
                system.systemActorOf(
                        PushClients.create(
                                new PushClients.Node(
                                        node.index(),
                                        node.onlookers(),
                                        journal,
                                        node.counters(),
                                        node.elsewhere(),
                                        views)),
                        "push-clients",
                        Props.empty());
        routes =
                new ClientRoutes(
                        new RepoSocket(system, clients, node.counters()),
                        new PushSocket(system, told),
                        node.intake(),
                        node.counters(),
                        perAddress,
                        readOnly);
    }

    ClientRoutes routes() {
        return routes;
    }

    /// Done once nothing more will be acknowledged to any client.
    CompletionStage<RepoClients.Closed> close(String why) {
        told.tell(new PushClients.Command.EndAll(why));
        return AskPattern.ask(
                clients,
                done -> new RepoClients.Command.EndAll(why, done),
                CLOSE_WITHIN,
                system.scheduler());
    }
}
