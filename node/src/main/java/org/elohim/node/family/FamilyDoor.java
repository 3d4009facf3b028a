package org.elohim.node.family;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyTls;
import org.elohim.cluster.family.MdnsDiscovery;
import org.elohim.cluster.family.Standing;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.node.host.HostAddresses;
import org.elohim.node.sync.SyncSocket;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeKey;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// This node as one of its family: a door at which the others find it, and the search for theirs.
///
/// Invariants: nothing is said at the door to anybody who has not proved to have the family's key.
public final class FamilyDoor {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

    private final ActorSystem<?> system;
    private final NodeKey key;
    private final FamilyTls tls;
    private final FamilyKeys keys;
    private final Doorkeeper doorkeeper;
    private final SyncSocket socket;
    private final KnownAddresses known;
    // Of the cluster that this node is in; empty as long as it is in none.
    private final AtomicReference<String> incarnation = new AtomicReference<>("");
    private final ActorRef<Family.Command> family;
    private final AtomicBoolean resting = new AtomicBoolean();

    public FamilyDoor(
            ActorSystem<?> system,
            NodeKey key,
            FamilyTls tls,
            FamilyKeys keys,
            Doorkeeper doorkeeper,
            SyncSocket socket,
            Path directory,
            ActorRef<Family.Command> family) {
        this.system = system;
        this.key = key;
        this.socket = socket;
        this.tls = tls;
        this.keys = keys;
        this.doorkeeper = doorkeeper;
        this.family = family;
        this.known = new KnownAddresses(directory);
    }

    /// A door that is open, who was found, and who gives them new keys.
    ///
    /// @param asked the doors of others that are asked first
    /// @param rest shuts the door and searches for nobody, or opens it again
    public record Open(
            InetSocketAddress door,
            ActorRef<Siblings.Command> siblings,
            Set<Address> asked,
            KeyHerald herald,
            Leaving.Rest rest) {
        public Open {
            asked = Set.copyOf(asked);
        }

        /// Others may be there, says a code.
        public void mayBeAt(List<Address> addresses) {
            siblings.tell(new Siblings.Command.OfCode(addresses));
        }
    }

    /// Opens the door and looks for the others, at first where they were met before and at these
    /// addresses.
    ///
    /// @param blobs what is served of blobs there
    public CompletionStage<Open> open(
            String listen, int port, List<Address> addresses, Route blobs) {
        ActorRef<Siblings.Command> siblings =
                system.systemActorOf(
                        Siblings.create(
                                key.id(),
                                known,
                                family,
                                standing -> incarnation.set(standing.account().incarnation())),
                        "siblings",
                        // It writes down where it met somebody, and waits for the disk.
                        DispatcherSelector.blocking());
        Set<Address> asked = new LinkedHashSet<>(known.all());
        asked.addAll(addresses);
        asked.forEach(each -> siblings.tell(new Siblings.Command.MayBeAt(each)));
        return new Door(system, tls, keys::tags, doorkeeper)
                .open(
                        listen,
                        port,
                        FamilyRoutes.of(
                                socket,
                                Siblings.watch(siblings),
                                this::standing,
                                (from, misses) ->
                                        siblings.tell(new Siblings.Command.AskedBy(from, misses)),
                                resting::get,
                                KeyRoutes.of(keys, InstantSource.system()),
                                blobs))
                .thenApply(door -> opened(door, siblings, asked));
    }

    /// Makes the node known in its local network, and looks there for the others.
    ///
    /// @param counters of what is heard there
    public void announce(Open open, String listen, SyncCounters counters) {
        var own =
                new MdnsDiscovery.Own(
                        key.id(),
                        keys::tags,
                        listeningAt(listen),
                        open.door().getPort(),
                        incarnation::get,
                        HostAddresses::interfaces);
        var network =
                new MdnsDiscovery(
                        own,
                        heard -> open.siblings().tell(new Siblings.Command.HeardOf(heard)),
                        heard -> counters.count(counter(heard)));
        CoordinatedShutdown.get(system)
                .addTask(
                        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
                        "fall silent in the local network",
                        // Of a thread of its own: where the shared ones are busy, the end waits.
                        () ->
                                CompletableFuture.supplyAsync(
                                        () -> {
                                            network.close();
                                            return Done.done();
                                        },
                                        Thread::startVirtualThread));
    }

    private static SyncCounters.Counter counter(MdnsDiscovery.Heard heard) {
        return switch (heard) {
            case OURS -> SyncCounters.Counter.ANNOUNCEMENTS_OURS;
            case FOREIGN -> SyncCounters.Counter.ANNOUNCEMENTS_FOREIGN;
            case GARBAGE -> SyncCounters.Counter.ANNOUNCEMENTS_GARBAGE;
            case TOO_MANY -> SyncCounters.Counter.ANNOUNCEMENTS_TOO_MANY;
        };
    }

    private static InetAddress listeningAt(String listen) {
        try {
            // Consists of numbers, so nobody is asked.
            return InetAddress.getByName(listen);
        } catch (UnknownHostException none) {
            throw new IllegalArgumentException("no address: " + listen, none);
        }
    }

    private CompletionStage<Standing> standing() {
        return AskPattern.ask(family, Family.Command.Tell::new, ANSWER_WITHIN, system.scheduler());
    }

    private Open opened(
            InetSocketAddress door, ActorRef<Siblings.Command> siblings, Set<Address> asked) {
        var calls = new FamilyCalls(system, socket, tls, door.getPort());
        siblings.tell(new Siblings.Command.Begin(calls));
        var herald =
                new KeyHerald(system, keys, siblings, calls::exchangeKeys, InstantSource.system());
        herald.begin();
        return new Open(door, siblings, asked, herald, now -> rest(siblings, now));
    }

    private void rest(ActorRef<Siblings.Command> siblings, boolean now) {
        resting.set(now);
        siblings.tell(new Siblings.Command.Rest(now));
    }
}
