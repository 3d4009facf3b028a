package org.elohim.node.family;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.id.NodeKey;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/// This node as one of its family: a door at which the others find it, and the search for theirs.
///
/// Invariants: nothing is said at the door to anybody who has not proved to have the family's key.
public final class Family {
    private static final Duration OPEN_REQUESTS_TIMEOUT = Duration.ofSeconds(3);

    private final ActorSystem<?> system;
    private final NodeKey key;
    private final FamilyTls tls;
    private final SyncSocket socket;
    private final KnownAddresses known;

    public Family(
            ActorSystem<?> system,
            NodeKey key,
            String familyKey,
            SyncSocket socket,
            Path directory) {
        this.system = system;
        this.key = key;
        this.socket = socket;
        this.tls = new FamilyTls(FamilyCertificates.of(FamilyKey.of(familyKey)), key);
        this.known = new KnownAddresses(directory);
    }

    /// A door that is open, and who was found.
    public record Open(InetSocketAddress door, ActorRef<Siblings.Command> siblings) {}

    /// Opens the door and looks for the others, at first where they were met before and at these
    /// addresses.
    public CompletionStage<Open> open(String listen, int port, List<Address> addresses) {
        ActorRef<Siblings.Command> siblings =
                system.systemActorOf(
                        Siblings.create(key.id(), known::remember), "siblings", Props.empty());
        known.all().forEach(each -> siblings.tell(new Siblings.Command.MayBeAt(each)));
        addresses.forEach(each -> siblings.tell(new Siblings.Command.MayBeAt(each)));
        return Http.get(system)
                .newServerAt(listen, port)
                .enableHttps(ConnectionContext.httpsServer(() -> tls.createServerSSLEngine("", 0)))
                .bind(
                        FamilyRoutes.of(
                                key.id(),
                                socket,
                                Siblings.watch(siblings),
                                seen -> siblings.tell(new Siblings.Command.MayBeAt(seen))))
                .thenApply(binding -> opened(binding, siblings));
    }

    private Open opened(ServerBinding binding, ActorRef<Siblings.Command> siblings) {
        binding.addToCoordinatedShutdown(OPEN_REQUESTS_TIMEOUT, system);
        InetSocketAddress door = binding.localAddress();
        siblings.tell(
                new Siblings.Command.Begin(new FamilyCalls(system, socket, tls, door.getPort())));
        return new Open(door, siblings);
    }
}
