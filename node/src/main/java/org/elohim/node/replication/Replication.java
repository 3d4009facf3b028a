package org.elohim.node.replication;

import akka.actor.Cancellable;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.server.Route;
import akka.stream.SystemMaterializer;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.cluster.family.Family;
import org.elohim.cluster.family.FamilyTls;
import org.elohim.cluster.family.Standing;
import org.elohim.node.blob.BlobCopies;
import org.elohim.node.blob.BlobElsewhere;
import org.elohim.node.blob.BlobStats;
import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Outcome;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Membership;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The copies of this node's blobs in its family, and of its family's here: put together.
///
/// Invariants: nothing is decided before it is known which nodes the family has, as far as this one
/// ever heard of them.
public final class Replication implements BlobCopies, BlobElsewhere, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Replication.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);
    private static final int FULL_PERCENT = 95;

    private final ActorSystem<?> system;
    private final NodeId self;
    private final BlobStore store;
    private final String disk;
    private final ActorRef<Family.Command> family;
    private final InstantSource clock;
    private final Holders holders;
    private final BlobLine line;
    private final Elsewhere elsewhere;
    private final Fetcher fetcher;
    private final ReplicationLog log;
    private final BlobDoor door;
    private final Comparison comparison;
    private final Map<NodeId, Address> doors = new ConcurrentHashMap<>();
    private final Set<NodeId> asking = ConcurrentHashMap.newKeySet();
    private volatile Set<NodeId> full = Set.of();
    private final Recently recently = new Recently();
    private volatile boolean isCompared;
    private volatile boolean isClosed;
    private Optional<Cancellable> looking = Optional.empty();

    /// What it is made of.
    ///
    /// @param directory of the node's data
    /// @param disk by which the others know whether the store's disk is still the same
    public record Parts(
            ActorSystem<?> system,
            NodeId self,
            BlobStore store,
            Path directory,
            String disk,
            Optional<FamilyTls> tls,
            ActorRef<Family.Command> family,
            InstantSource clock) {}

    public Replication(Parts parts) {
        system = parts.system();
        self = parts.self();
        store = parts.store();
        disk = parts.disk();
        family = parts.family();
        clock = parts.clock();
        holders = new Holders(self, parts.directory());
        line = new BlobLine(system, parts.tls(), node -> Optional.ofNullable(doors.get(node)));
        elsewhere = new Elsewhere(line, holders::others);
        var pieces = new Pieces(store);
        fetcher = new Fetcher(self, store, pieces, line, elsewhere);
        // No limit is configured yet.
        var throttle = new Throttle(0);
        var steps = new StoreSteps(self, store, pieces, fetcher, line, throttle);
        log =
                new ReplicationLog(
                        system,
                        system.systemActorOf(
                                BlobReplicator.create(self, steps, clock), "blobs", Props.empty()));
        door =
                new BlobDoor(
                        self,
                        // What is missing here has to be known before anything is added.
                        node -> isCompared && full.contains(node),
                        pieces,
                        new Receiver(self, store, pieces, fetcher, log),
                        this::room,
                        throttle,
                        SystemMaterializer.get(system).materializer());
        comparison =
                new Comparison(
                        store,
                        log,
                        steps,
                        node -> holders.wasThere(node, room().capacityBytes(), clock.millis()));
    }

    /// What is served of it at the family's door.
    public Route atDoor() {
        return door.route();
    }

    /// Begins, once the door is open.
    public void begin() {
        holders.read(clock.millis());
        family.tell(
                new Family.Command.OnRemoved(
                        gone -> {
                            if (holders.isGone(gone).isNews()) {
                                see();
                            }
                        }));
        looking =
                Optional.of(
                        system.scheduler()
                                .scheduleWithFixedDelay(
                                        LOOK_EVERY,
                                        LOOK_EVERY,
                                        this::look,
                                        system.executionContext()));
        Thread.ofVirtual().name("blob-comparison").start(this::compare);
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
        boolean hasRoom = stats.takenBytes() < stats.capacityBytes() / 100 * FULL_PERCENT;
        return new Room(disk, stats.capacityBytes(), hasRoom);
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
                line.room(node)
                        .toCompletableFuture()
                        .orTimeout(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                        .whenComplete(
                                (room, failed) -> {
                                    asking.remove(node);
                                    if (room != null) {
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

    @Override
    public CompletionStage<Outcome> accepted(ContentHash blob, long sizeBytes) {
        return log.accepted(blob, sizeBytes)
                .handle(
                        (_, failed) ->
                                failed == null
                                        ? new Outcome.Done()
                                        : new Outcome.Failed(
                                                "its copies cannot be seen to: "
                                                        + Downloading.words(failed)));
    }

    /// Answers once it is durable, or when there is no more time.
    public CompletionStage<BlobReplicator.Reached> await(ContentHash blob, Duration patience) {
        return log.await(blob, patience);
    }

    /// How many blobs are how far, and what is being done.
    public CompletionStage<BlobReplicator.View> view() {
        return log.view();
    }

    /// The family's full nodes that may hold blobs, with this one, as far as they can be reached.
    public int holders() {
        return holders.others().here().size() + 1;
    }

    private sealed interface Obtained {
        /// It lies in the own store now.
        record Here() implements Obtained {}

        /// Nobody of the family has it.
        record Nowhere() implements Obtained {}

        /// Somebody has it, or may have it, and it cannot be had now.
        record NotNow(String why) implements Obtained {}
    }

    @Override
    public CompletionStage<Boolean> obtain(ContentHash blob) {
        CompletionStage<Obtained> wanted =
                store.entry(blob).filter(entry -> !entry.damaged()).isPresent()
                        ? isWanted(blob)
                        : fetched(blob);
        return wanted.thenCompose(
                obtained ->
                        switch (obtained) {
                            case Obtained.Here() -> CompletableFuture.completedStage(true);
                            case Obtained.Nowhere() -> CompletableFuture.completedStage(false);
                            case Obtained.NotNow(var why) ->
                                    CompletableFuture.failedStage(new IOException(why));
                        });
    }

    private CompletionStage<Obtained> fetched(ContentHash blob) {
        return fetcher.fetchUnknown(blob)
                .thenApply(
                        fetched ->
                                switch (fetched) {
                                    case Fetcher.Fetched.Kept() -> new Obtained.Here();
                                    case Fetcher.Fetched.NoRoom(var words) ->
                                            new Obtained.NotNow(words);
                                    case Fetcher.Fetched.NotHad(var why, boolean isKnown) ->
                                            isKnown
                                                    ? new Obtained.NotNow(why)
                                                    : new Obtained.Nowhere();
                                });
    }

    /// Which node holds what of a blob, as far as they say so.
    ///
    /// @param sizeBytes -1 where it is not known
    /// @param losses how many nodes may be lost, as far as whoever sees to it has made sure
    /// @param unheard nodes that could not be asked
    public record Where(
            long sizeBytes, int losses, SortedMap<NodeId, Holding> nodes, Set<NodeId> unheard) {
        public Where {
            nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
            unheard = Set.copyOf(unheard);
        }
    }

    /// What one node holds.
    ///
    /// @param saysSo whether it says so itself; else others count on it
    /// @param isSteward whether it sees to the blob's copies
    public record Holding(Set<Piece> pieces, boolean saysSo, boolean isSteward) {
        public Holding {
            pieces = Collections.unmodifiableSortedSet(new TreeSet<>(pieces));
        }
    }

    /// Asks all nodes; nothing where none of those that answer knows it.
    public CompletionStage<Optional<Where>> where(ContentHash blob) {
        return log.find(blob)
                .thenCompose(
                        known ->
                                CompletableFuture.supplyAsync(
                                        () -> where(known, elsewhere.seek(blob)),
                                        Thread::startVirtualThread));
    }

    private Optional<Where> where(Optional<BlobReplication> known, Elsewhere.Said said) {
        if (known.isEmpty() && said.known().isEmpty()) {
            return Optional.empty();
        }
        Copies claimed = known.map(BlobReplication::copies).orElse(Copies.NONE);
        Copies own = claimed.at(self::equals);
        Copies surely = Elsewhere.with(said.copies(), own);
        // Of those that were heard their own word counts alone.
        Copies unheard = Elsewhere.with(claimed, said.claimed()).at(said.unheard()::contains);
        Copies all = Elsewhere.with(surely, unheard);
        Set<NodeId> stewards = new HashSet<>();
        known.ifPresent(each -> stewards.addAll(each.stewards().keySet()));
        said.known().values().forEach(each -> stewards.addAll(each.stewards().keySet()));
        var nodes = new TreeMap<NodeId, Holding>();
        for (NodeId node : all.nodes()) {
            nodes.put(
                    node,
                    new Holding(
                            all.at(node).pieces(),
                            !said.unheard().contains(node),
                            stewards.contains(node)));
        }
        int losses =
                Math.max(
                        known.map(BlobReplication::promised).orElse(0),
                        said.known().values().stream()
                                .mapToInt(BlobFrame.Known::promised)
                                .max()
                                .orElse(0));
        long size = known.map(BlobReplication::sizeBytes).or(said::sizeBytes).orElse(-1L);
        return Optional.of(new Where(size, losses, nodes, said.unheard()));
    }

    private sealed interface Dropped {
        record Done() implements Dropped {}

        record Unknown() implements Dropped {}

        /// Who sees to it cannot be told.
        record NotNow(String why) implements Dropped {}
    }

    /// Whoever sees to it is told so.
    @Override
    public CompletionStage<Outcome> letGo(ContentHash blob) {
        return drop(blob)
                .thenApply(
                        dropped ->
                                switch (dropped) {
                                    case Dropped.Done() -> new Outcome.Done();
                                    case Dropped.Unknown() -> new Outcome.Absent();
                                    case Dropped.NotNow(var why) -> new Outcome.Failed(why);
                                });
    }

    private CompletionStage<Dropped> drop(ContentHash blob) {
        return log.find(blob)
                .thenCompose(
                        known ->
                                CompletableFuture.supplyAsync(
                                        () -> drop(blob, known), Thread::startVirtualThread));
    }

    private Dropped drop(ContentHash blob, Optional<BlobReplication> known) {
        recently.forget(blob);
        Elsewhere.Said said = elsewhere.seek(blob);
        Set<NodeId> stewards = new HashSet<>();
        known.ifPresent(each -> stewards.addAll(each.stewards().keySet()));
        said.known().values().forEach(each -> stewards.addAll(each.stewards().keySet()));
        if (stewards.isEmpty()) {
            return said.unheard().isEmpty()
                    ? new Dropped.Unknown()
                    : new Dropped.NotNow(
                            said.unheard().size() + " nodes of the family cannot be reached");
        }
        String trouble = "";
        for (NodeId steward : stewards) {
            try {
                if (steward.equals(self)) {
                    abandon(blob, known.orElseThrow());
                } else {
                    line.told(steward, new BlobFrame.Drop(blob));
                }
            } catch (IOException | RuntimeException failed) {
                trouble = steward + " sees to it, and: " + Downloading.words(failed);
            }
        }
        return trouble.isEmpty() ? new Dropped.Done() : new Dropped.NotNow(trouble);
    }

    private void abandon(ContentHash blob, BlobReplication known) {
        Long turn = known.stewards().get(self);
        log.abandoned(blob, self, turn == null ? 0 : turn).toCompletableFuture().join();
        if (known.stewards().keySet().equals(Set.of(self))) {
            // As the log will say itself; but whoever is answered is to find that it is gone.
            store.references(blob, 0).toCompletableFuture().join();
        }
    }

    /// Whether a blob that lies here is to be served: what nobody refers to may be a copy that was
    /// fetched for a reader, or be wanted no more, which the family tells.
    private CompletionStage<Obtained> isWanted(ContentHash blob) {
        if (store.entry(blob).filter(entry -> entry.references() > 0).isPresent()
                || recently.contains(blob)) {
            return CompletableFuture.completedStage(new Obtained.Here());
        }
        return log.find(blob)
                .thenCompose(
                        known ->
                                known.<CompletionStage<Obtained>>map(
                                                each ->
                                                        CompletableFuture.completedStage(
                                                                each.stewards().isEmpty()
                                                                        ? new Obtained.Nowhere()
                                                                        : new Obtained.Here()))
                                        .orElseGet(
                                                () ->
                                                        CompletableFuture.supplyAsync(
                                                                () -> isWantedElsewhere(blob),
                                                                Thread::startVirtualThread)));
    }

    private Obtained isWantedElsewhere(ContentHash blob) {
        Elsewhere.Said said = elsewhere.seek(blob);
        if (said.known().values().stream().anyMatch(each -> !each.stewards().isEmpty())) {
            recently.add(blob);
            return new Obtained.Here();
        }
        return said.unheard().isEmpty()
                ? new Obtained.Nowhere()
                : new Obtained.NotNow(
                        said.unheard().size()
                                + " nodes of the family cannot be reached, and may see to it");
    }

    @Override
    public void close() {
        isClosed = true;
        looking.ifPresent(Cancellable::cancel);
        comparison.stop();
    }
}
