package org.elohim.node.replication;

import akka.actor.Cancellable;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.server.Route;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyTls;
import org.elohim.cluster.family.Standing;
import org.elohim.node.blob.BlobStats;
import org.elohim.node.blob.BlobStore;
import org.elohim.protocol.blob.replication.FailureDomain;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Membership;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The copies of this node's blobs in its family, and of its family's here: put together.
///
/// Invariants: nothing is decided before it is known which nodes the family has, as far as this one
/// ever heard of them.
public final class Replication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Replication.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

    private final ActorSystem<?> system;
    private final NodeId self;
    private final BlobStore store;
    private final String disk;
    private final FailureDomain domain;
    private final ActorRef<Family.Command> family;
    private final InstantSource clock;
    private final Holders holders;
    private final BlobLine line;
    private final ReplicationLog log;
    private final Acceptances acceptances;
    private final Fetcher fetcher;
    private final Throttle throttle;
    private final FamilyBlobs blobs;
    private final RoomLine rooms;
    private final RoomDoor door;
    private final Optional<FamilyTls> tls;
    private final Answering answering;
    private final Comparison comparison;
    private final Coding coding = new Coding();
    private final Map<NodeId, Address> doors = new ConcurrentHashMap<>();
    // Where they are asked about blobs, as they said last.
    private final Map<NodeId, Address> places = new ConcurrentHashMap<>();
    private final Set<NodeId> asking = ConcurrentHashMap.newKeySet();
    private volatile Set<NodeId> full = Set.of();
    private volatile boolean isCompared;
    private volatile boolean isClosed;
    private volatile Optional<BlobListener> listener = Optional.empty();
    private Optional<Cancellable> looking = Optional.empty();

    /// What it is made of.
    ///
    /// @param directory of the node's data
    /// @param disk by which the others know whether the store's disk is still the same
    /// @param domain what fails together with this node
    /// @param sendBytesPerSecond to the others; 0 where there is no limit
    public record Parts(
            ActorSystem<?> system,
            NodeId self,
            BlobStore store,
            Path directory,
            String disk,
            FailureDomain domain,
            long sendBytesPerSecond,
            Optional<FamilyTls> tls,
            ActorRef<Family.Command> family,
            InstantSource clock) {}

    public Replication(Parts parts) {
        system = parts.system();
        self = parts.self();
        store = parts.store();
        disk = parts.disk();
        domain = parts.domain();
        family = parts.family();
        clock = parts.clock();
        holders = new Holders(self, parts.directory());
        tls = parts.tls();
        rooms = new RoomLine(system, tls, node -> Optional.ofNullable(doors.get(node)));
        line =
                new BlobLine(
                        tls,
                        node -> Optional.ofNullable(places.get(node)),
                        BlobListener.WRITE_WITHIN,
                        BlobLine.SILENCE_MAX);
        var elsewhere = new Elsewhere(line, holders::others);
        var pieces = new Pieces(store, coding);
        fetcher = new Fetcher(self, store, pieces, line, elsewhere);
        throttle = new Throttle(parts.sendBytesPerSecond());
        var steps = new StoreSteps(self, store, pieces, fetcher, line, throttle);
        log =
                new ReplicationLog(
                        system,
                        system.systemActorOf(
                                BlobReplicator.create(self, steps, clock), "blobs", Props.empty()));
        acceptances = new Acceptances(log::accepted);
        blobs = new FamilyBlobs(self, store, pieces, log, elsewhere, fetcher, line, acceptances);
        door = new RoomDoor(self, this::room);
        answering =
                new Answering(
                        // What is missing here has to be known before anything is added.
                        node -> isCompared && full.contains(node),
                        pieces,
                        new Receiver(self, store, pieces, fetcher, log),
                        throttle);
        comparison =
                new Comparison(
                        store,
                        log,
                        steps,
                        node ->
                                holders.wasThere(
                                        node, store.stats().capacityBytes(), clock.millis()));
        // Before the ledger can tell who is gone, which it does once at each start: else who has
        // removed a steward counts it among those that are away, since blobs name it for ever.
        family.tell(
                new Family.Command.OnRemoved(
                        gone -> {
                            if (holders.isGone(gone).isNews()) {
                                see();
                            }
                        }));
    }

    /// The blobs themselves, whoever of the family has them.
    public FamilyBlobs blobs() {
        return blobs;
    }

    /// What is served of it at the family's door.
    public Route atDoor() {
        return door.route();
    }

    /// Begins, once the door is open.
    ///
    /// @param port where others ask about blobs; 0 for any
    /// @throws IOException where nothing can listen there
    public void begin(InetAddress listen, int port) throws IOException {
        if (tls.isPresent()) {
            listener =
                    Optional.of(
                            new BlobListener(
                                    listen, port, tls.get(), answering, BlobListener.WRITE_WITHIN));
        }
        holders.read(clock.millis());
        looking =
                Optional.of(
                        system.scheduler()
                                .scheduleWithFixedDelay(
                                        LOOK_EVERY,
                                        LOOK_EVERY,
                                        this::look,
                                        system.executionContext()));
        Thread.ofVirtual().name("blob-comparison").start(this::compare);
        Thread.ofPlatform().daemon().name("shard-loops").start(coding::choose);
    }

    private void compare() {
        String before = holders.disks().get(self);
        if (before != null && !before.equals(disk)) {
            LOG.warn("the disk of the blobs is another one: what it held is fetched again");
        }
        while (!isClosed) {
            try {
                List<Comparison.Missing> missing = comparison.run();
                isCompared = true;
                if (!heard(self, room())) {
                    see();
                }
                comparison.follow(missing);
                return;
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException failed) {
                LOG.warn("blobs are compared again: {}", Downloading.words(failed));
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(AGAIN_AFTER);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private Room room() {
        BlobStats stats = store.stats();
        int port = listener.map(BlobListener::port).orElse(0);
        return new Room(disk, domain, stats.capacityBytes(), store.hasRoom(), port);
    }

    private void look() {
        CompletionStage<Standing> standing =
                AskPattern.ask(family, Family.Command.Tell::new, ANSWER_WITHIN, system.scheduler());
        var _ =
                standing.whenComplete(
                        (stands, failed) -> {
                            if (stands != null) {
                                look(stands);
                            }
                        });
    }

    private void look(Standing standing) {
        Map<NodeId, Address> told = new HashMap<>();
        Set<NodeId> members = new HashSet<>();
        for (Standing.Member member : standing.members()) {
            if (member.part() == Membership.Part.FULL) {
                members.add(member.node());
                member.door().ifPresent(address -> told.put(member.node(), address));
            }
        }
        full = Set.copyOf(members);
        doors.putAll(told);
        if (isCompared) {
            var _ = heard(self, room());
        }
        Elsewhere.Nodes known = holders.others();
        Set<NodeId> asked = new HashSet<>(members);
        asked.addAll(known.here());
        asked.remove(self);
        asked.forEach(this::ask);
    }

    private void ask(NodeId node) {
        if (!asking.add(node)) {
            return;
        }
        var _ =
                rooms.ask(node)
                        .toCompletableFuture()
                        .orTimeout(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                        .whenComplete(
                                (room, failed) -> {
                                    asking.remove(node);
                                    if (room != null) {
                                        place(node, room.port());
                                        var _ = heard(node, room);
                                    } else {
                                        LOG.debug("not heard node={}", node, failed);
                                        if (holders.missed(node, clock.millis()).isNews()) {
                                            LOG.info("a holder of blobs is away node={}", node);
                                            see();
                                        }
                                    }
                                });
    }

    private void place(NodeId node, int port) {
        Address at = doors.get(node);
        if (at != null && port > 0) {
            places.put(node, new Address(at.host(), port));
        }
    }

    private boolean heard(NodeId node, Room room) {
        Holders.Change change = holders.heard(node, room);
        if (change.hasAnotherDisk() && !node.equals(self)) {
            LOG.warn("a node has lost the blobs that it held node={}", node);
            log.loseAll(node);
        }
        if (change.isNews()) {
            see();
        }
        return change.isNews();
    }

    private void see() {
        if (isCompared) {
            log.see(new BlobReplicator.See(holders.seen()));
        }
    }

    /// Answers once it is durable, or when there is no more time.
    public CompletionStage<BlobReplicator.Reached> await(ContentHash blob, Duration patience) {
        return log.await(blob, patience);
    }

    /// How many blobs are how far, and what is being done.
    public CompletionStage<BlobReplicator.View> view() {
        return log.view();
    }

    /// How much there is of each reach.
    public CompletionStage<Map<Reach, ReachTotals.Total>> reaches() {
        return log.reaches();
    }

    /// The family's full nodes that may hold blobs, with this one, as far as they can be reached.
    public int holders() {
        return holders.others().here().size() + 1;
    }

    /// What of blobs was sent to the others.
    public long sentBytes() {
        return throttle.sentBytes();
    }

    @Override
    public void close() {
        isClosed = true;
        looking.ifPresent(Cancellable::cancel);
        comparison.stop();
        acceptances.close();
        listener.ifPresent(BlobListener::close);
        line.close();
        fetcher.close();
    }
}
