package org.elohim.node.family;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;

import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyTls;
import org.elohim.cluster.family.Standing;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeKey;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// This node as one of its family: a door at which the others find it, and the search for theirs.
///
/// Invariants: nothing is said at the door to anybody who has not proved to have the family's key.
public final class FamilyDoor {
    private static final Duration OPEN_REQUESTS_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

    private final ActorSystem<?> system;
    private final NodeKey key;
    private final FamilyTls tls;
    private final SyncSocket socket;
    private final KnownAddresses known;
    private final ActorRef<Family.Command> family;

    public FamilyDoor(
            ActorSystem<?> system,
            NodeKey key,
            FamilyTls tls,
            SyncSocket socket,
            Path directory,
            ActorRef<Family.Command> family) {
        this.system = system;
        this.key = key;
        this.socket = socket;
        this.tls = tls;
        this.family = family;
        this.known = new KnownAddresses(directory);
    }

    /// A door that is open, and who was found.
    ///
    /// @param asked the doors of others that are asked first
    public record Open(
            InetSocketAddress door, ActorRef<Siblings.Command> siblings, Set<Address> asked) {
        public Open {
            asked = Set.copyOf(asked);
        }
    }

    /// Opens the door and looks for the others, at first where they were met before and at these
    /// addresses.
    public CompletionStage<Open> open(String listen, int port, List<Address> addresses) {
        ActorRef<Siblings.Command> siblings =
                system.systemActorOf(
                        Siblings.create(key.id(), known::remember, family),
                        "siblings",
                        Props.empty());
        Set<Address> asked = new LinkedHashSet<>(known.all());
        asked.addAll(addresses);
        asked.forEach(each -> siblings.tell(new Siblings.Command.MayBeAt(each)));
        return Http.get(system)
                .newServerAt(listen, port)
                .enableHttps(ConnectionContext.httpsServer(() -> tls.createServerSSLEngine("", 0)))
                .bind(
                        FamilyRoutes.of(
                                socket,
                                Siblings.watch(siblings),
                                this::standing,
                                (door, misses) ->
                                        siblings.tell(new Siblings.Command.AskedBy(door, misses))))
                .thenApply(binding -> opened(binding, siblings, asked));
    }

    private CompletionStage<Standing> standing() {
        return AskPattern.ask(family, Family.Command.Tell::new, ANSWER_WITHIN, system.scheduler());
    }

    private Open opened(
            ServerBinding binding, ActorRef<Siblings.Command> siblings, Set<Address> asked) {
        binding.addToCoordinatedShutdown(OPEN_REQUESTS_TIMEOUT, system);
        InetSocketAddress door = binding.localAddress();
        siblings.tell(
                new Siblings.Command.Begin(new FamilyCalls(system, socket, tls, door.getPort())));
        return new Open(door, siblings, asked);
    }
}
