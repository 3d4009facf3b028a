package org.elohim.cluster.family;

import akka.discovery.Lookup;
import akka.discovery.ServiceDiscovery;

import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Announcement;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import scala.concurrent.Future;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The local network as a place where the family's nodes find each other: each says who and where
/// it is, on every interface, and hears the others.
///
/// Invariants: nobody waits for the network; what is heard is no more than a hint, from whoever it
/// comes; no more of it is kept than a family needs. Neither the family's key nor its name is told,
/// only the tag that follows from the key.
public final class MdnsDiscovery extends ServiceDiscovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MdnsDiscovery.class);
    private static final long LOOK_EVERY_MILLIS = 5_000;
    private static final long GOODBYE_MILLIS = 300;
    private static final int NODES_MAX = 64;

    /// What a node says of itself.
    ///
    /// @param tags of the keys that the family has now
    /// @param listen the address of the door, and
    /// @param port its port
    /// @param incarnation of the cluster that the node is in; empty as long as nobody knows
    /// @param interfaces of the machine, those that lead to others first
    public record Own(
            NodeId node,
            Supplier<Set<String>> tags,
            InetAddress listen,
            int port,
            Supplier<String> incarnation,
            Supplier<List<NetworkInterface>> interfaces) {}

    /// What is heard, as it is counted.
    public enum Heard {
        OURS,
        FOREIGN,
        GARBAGE,
        TOO_MANY
    }

    private final Own own;
    private final Consumer<Address> found;
    private final Thread looking;
    // Of the thread that looks.
    private final Segments segments;
    // Guarded by itself; the last ones to be heard of.
    private final Map<NodeId, Announcement> nodes = new LinkedHashMap<>();
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private volatile boolean closed;

    /// Begins to speak and to listen.
    ///
    /// @param found hears where somebody may be, again and again
    /// @param count hears of what sort each thing is that was heard; must not wait
    public MdnsDiscovery(Own own, Consumer<Address> found, Consumer<Heard> count) {
        this.own = own;
        this.found = found;
        this.segments =
                new Segments(each -> new MdnsSegment(each, this::isOfOthers, this::heard, count));
        this.looking = Thread.ofPlatform().daemon().name("mdns").start(this::look);
    }

    private void look() {
        try {
            while (!closed) {
                try {
                    lookOnce();
                } catch (IOException | RuntimeException failed) {
                    LOG.debug("the local network is not asked", failed);
                }
                // The rhythm of a thread of its own; closing interrupts it.
                Thread.sleep(LOOK_EVERY_MILLIS);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
        segments.close();
    }

    private void lookOnce() throws IOException {
        segments.speak(
                NearAddresses.toSpeakAt(own.listen(), own.interfaces().get()),
                each -> announcements(NearAddresses.beside(each)),
                System.nanoTime());
        // Who was tried in vain may be there by now.
        known().forEach(this::tell);
    }

    private Map<String, Announcement> announcements(List<String> hosts) {
        var announcement = new Announcement(own.node(), own.port(), hosts, own.incarnation().get());
        return own.tags().get().stream()
                .collect(
                        Collectors.toMap(
                                tag -> Announcement.name(tag, own.node()), _ -> announcement));
    }

    private boolean isOfOthers(String name) {
        return own.tags().get().stream()
                .anyMatch(
                        tag ->
                                Announcement.isOf(tag, name)
                                        && !name.equals(Announcement.name(tag, own.node())));
    }

    private void heard(Announcement announcement) {
        synchronized (nodes) {
            // The last to be heard of is the last in the map.
            nodes.remove(announcement.node());
            nodes.put(announcement.node(), announcement);
            if (nodes.size() > NODES_MAX) {
                nodes.remove(nodes.keySet().iterator().next());
            }
        }
        tell(announcement);
        first.complete(null);
    }

    private void tell(Announcement announcement) {
        announcement.addresses().stream()
                .filter(address -> NearAddresses.isNear(address.host()))
                .forEach(found);
    }

    private List<Announcement> known() {
        synchronized (nodes) {
            return List.copyOf(nodes.values());
        }
    }

    /// Answers as soon as somebody is known, and with nobody once the time is over.
    @Override
    public Future<Resolved> lookup(Lookup lookup, FiniteDuration within) {
        return FutureConverters.asScala(
                first.copy()
                        .completeOnTimeout(null, within.toMillis(), TimeUnit.MILLISECONDS)
                        .thenApply(_ -> resolved(lookup.serviceName())));
    }

    private Resolved resolved(String service) {
        List<ResolvedTarget> targets =
                known().stream()
                        .flatMap(each -> each.addresses().stream())
                        .filter(address -> NearAddresses.isNear(address.host()))
                        .map(MdnsDiscovery::target)
                        .toList();
        return new Resolved(service, CollectionConverters.asScala(targets).toList());
    }

    private static ResolvedTarget target(Address address) {
        return new ResolvedTarget(
                address.host(),
                scala.Option.apply(address.port()),
                scala.Option.apply(InetAddress.ofLiteral(address.host())));
    }

    /// Falls silent. Others hear a goodbye, where it is not too late for one.
    @Override
    public void close() {
        closed = true;
        looking.interrupt();
        try {
            looking.join(GOODBYE_MILLIS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
