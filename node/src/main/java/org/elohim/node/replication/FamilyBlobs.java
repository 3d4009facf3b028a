package org.elohim.node.replication;

import org.elohim.node.blob.BlobCopies;
import org.elohim.node.blob.BlobElsewhere;
import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Outcome;
import org.elohim.node.blob.Recently;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/// The family's blobs as somebody at this node sees them: to be had, found and let go, wherever in
/// the family they lie.
///
/// Invariants: a blob that nobody wants any more is not served, though it lies here.
public final class FamilyBlobs implements BlobCopies, BlobElsewhere {
    private final NodeId self;
    private final BlobStore store;
    private final Pieces pieces;
    private final ReplicationLog log;
    private final Elsewhere elsewhere;
    private final Fetcher fetcher;
    private final BlobLine line;
    private final Acceptances acceptances;
    // So that each read of one need not ask all nodes again; so long it may be served here after
    // its last steward has let it go elsewhere.
    private final Recently<Reach> recently = new Recently<>();
    // Of blobs of which nothing is known here.
    private final Map<ContentHash, CompletableFuture<Optional<Reach>>> asked =
            new ConcurrentHashMap<>();

    FamilyBlobs(
            NodeId self,
            BlobStore store,
            Pieces pieces,
            ReplicationLog log,
            Elsewhere elsewhere,
            Fetcher fetcher,
            BlobLine line,
            Acceptances acceptances) {
        this.self = self;
        this.store = store;
        this.pieces = pieces;
        this.log = log;
        this.elsewhere = elsewhere;
        this.fetcher = fetcher;
        this.line = line;
        this.acceptances = acceptances;
    }

    @Override
    public CompletionStage<Outcome> accepted(
            ContentHash blob, long sizeBytes, Reach reach, long lettingsGo) {
        return acceptances.add(blob, sizeBytes, reach, lettingsGo);
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
    /// @param reach how far it may travel; the narrowest where nobody wants it
    /// @param losses how many nodes may be lost, as far as whoever sees to it has made sure
    /// @param unheard nodes that could not be asked
    public record Where(
            long sizeBytes,
            Reach reach,
            int losses,
            SortedMap<NodeId, Holding> nodes,
            Set<NodeId> unheard) {
        public Where {
            nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
            unheard = Set.copyOf(unheard);
        }
    }

    /// What one node holds.
    ///
    /// @param saysSo whether it says so itself; else others count on it
    /// @param isSteward whether it sees to the blob's copies
    /// @param goodSince when at the latest it has looked at them, and found them good
    public record Holding(
            Set<Piece> pieces, boolean saysSo, boolean isSteward, Optional<Instant> goodSince) {
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
                            stewards.contains(node),
                            goodSince(node, known, said)));
        }
        int losses =
                Math.max(
                        known.map(BlobReplication::promised).orElse(0),
                        said.known().values().stream()
                                .mapToInt(BlobFrame.Known::promised)
                                .max()
                                .orElse(0));
        long size = known.map(BlobReplication::sizeBytes).or(said::sizeBytes).orElse(-1L);
        Reach reach =
                Reach.widest(
                        known.map(BlobReplication::reach).orElse(Reach.DEFAULT),
                        said.reach().orElse(Reach.DEFAULT));
        return Optional.of(new Where(size, reach, losses, nodes, said.unheard()));
    }

    private Optional<Instant> goodSince(
            NodeId node, Optional<BlobReplication> known, Elsewhere.Said said) {
        if (node.equals(self)) {
            return known.flatMap(each -> pieces.goodSince(each, each.copies().at(self).pieces()));
        }
        return Optional.ofNullable(said.known().get(node))
                .map(BlobFrame.Known::goodSince)
                .filter(second -> second > 0)
                .map(Instant::ofEpochSecond);
    }

    /// What is known here counts; where nothing is, the others are asked, once for all who want to
    /// know it at the time.
    @Override
    public CompletionStage<Optional<Reach>> reach(ContentHash blob) {
        return log.find(blob)
                .thenCompose(
                        known ->
                                known.filter(each -> !each.stewards().isEmpty())
                                        .map(BlobReplication::reach)
                                        .or(() -> recently.of(blob))
                                        .<CompletionStage<Optional<Reach>>>map(
                                                reach ->
                                                        CompletableFuture.completedStage(
                                                                Optional.of(reach)))
                                        .orElseGet(() -> reachElsewhere(blob)));
    }

    private CompletionStage<Optional<Reach>> reachElsewhere(ContentHash blob) {
        CompletableFuture<Optional<Reach>> asking =
                asked.computeIfAbsent(
                        blob,
                        sought ->
                                CompletableFuture.supplyAsync(
                                        () -> elsewhere.seek(sought).reach(),
                                        Thread::startVirtualThread));
        return asking.whenComplete(
                (said, _) -> {
                    if (said != null) {
                        said.ifPresent(reach -> recently.add(blob, reach));
                    }
                    asked.remove(blob, asking);
                });
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
    }

    /// Whether a blob that lies here is to be served: what nobody refers to may be a copy that was
    /// fetched for a reader, or be wanted no more, which the family tells.
    private CompletionStage<Obtained> isWanted(ContentHash blob) {
        if (recently.of(blob).isPresent()) {
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
        Optional<Reach> reach = said.reach();
        if (reach.isPresent()) {
            recently.add(blob, reach.get());
            return new Obtained.Here();
        }
        return said.unheard().isEmpty()
                ? new Obtained.Nowhere()
                : new Obtained.NotNow(
                        said.unheard().size()
                                + " nodes of the family cannot be reached, and may see to it");
    }
}
