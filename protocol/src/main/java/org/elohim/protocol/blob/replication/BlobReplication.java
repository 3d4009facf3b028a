package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// What one node knows of a blob's copies, and what follows from it: which are to be made, what
/// they are worth together, which may go. It is the sum of its events and nothing else, so a crash
/// at any point goes on from the last one that was written.
///
/// Who accepted a blob sees to it; other holders do while that cannot be reached. All may do so at
/// once without harm: they only add. Of its own accord a node lets go of nothing but its own whole
/// copy, which it keeps for nobody else, and only where shards carry the promise without any whole
/// one. Shards are never let go, so no two nodes can count on each other's copy while each lets go
/// of its own.
///
/// Each acceptance has a turn, and a holder is told for which turn it keeps something. So a word
/// that nobody wants it any more, however late it comes, takes nothing from somebody who wants it
/// anew.
///
/// Its reach is the widest of those that were told, as long as somebody wants it; whoever puts it
/// after that begins it anew. Whoever holds some of it is told again where it has become wider.
///
/// Invariants: durable is said only where as many holders as [Strategy#losses] tells may be lost,
/// counting confirmed copies alone; `promised` never exceeds what the copies survive; whoever was
/// or will be told that he need not keep it is not counted on; what nobody wants has the narrowest
/// reach.
///
/// @param reach how far it may travel
/// @param stewards for whom it is kept, with the turn of each
/// @param behind who else holds some of it, and has been told a narrower reach
/// @param promised how many nodes may be lost after it was last called durable; 0 while it is not
/// @param releases who is still to be told that he need not keep it, for a turn that is over
/// @param referred which pieces this node's store was told to keep; nothing where it may have lost
///   that as well, and has to be told again
public record BlobReplication(
        NodeId self,
        ContentHash blob,
        long sizeBytes,
        Reach reach,
        SortedMap<NodeId, Long> stewards,
        @Nullable Manifest manifest,
        Copies copies,
        Set<NodeId> behind,
        int promised,
        SortedMap<NodeId, Long> releases,
        @Nullable Set<Piece> referred) {

    public BlobReplication {
        stewards = copied(stewards);
        releases = copied(releases);
        behind = copied(behind);
        referred = referred == null ? null : copied(referred);
        if (sizeBytes < 0 || promised < 0 || promised > Copies.LOSSES_MAX) {
            throw new IllegalArgumentException("size bytes=" + sizeBytes + " promised=" + promised);
        }
    }

    // Most of these are empty, and each event makes several of this.
    private static SortedMap<NodeId, Long> copied(SortedMap<NodeId, Long> turns) {
        return turns.isEmpty()
                ? Collections.emptySortedMap()
                : Collections.unmodifiableSortedMap(new TreeMap<>(turns));
    }

    private static <T extends Comparable<T>> Set<T> copied(Set<T> some) {
        return some.size() < 2
                ? Set.copyOf(some)
                : Collections.unmodifiableSortedSet(new TreeSet<>(some));
    }

    /// What it begins with.
    public static BlobReplication of(Beginning beginning) {
        return new BlobReplication(
                        beginning.self(),
                        beginning.blob(),
                        beginning.sizeBytes(),
                        Reach.DEFAULT,
                        Collections.emptySortedMap(),
                        null,
                        Copies.NONE,
                        Set.of(),
                        0,
                        Collections.emptySortedMap(),
                        Set.of())
                .after(beginning);
    }

    /// The same after this has happened.
    public BlobReplication after(ReplicationEvent event) {
        BlobReplication after = changed(event);
        // Where other pieces are wanted than before, the store may have been told so and a crash
        // have
        // kept that from being written down: what was told last is known no more.
        boolean isAsTold =
                event instanceof ReplicationEvent.Referred
                        || after.wantedHere().equals(wantedHere());
        return isAsTold ? after : after.withReferred(null);
    }

    private BlobReplication changed(ReplicationEvent event) {
        return switch (event) {
            case ReplicationEvent.Accepted(_, _, var told, _, long turn) ->
                    withStewards(latest(stewards, Map.of(self, turn)))
                            .withCopies(confirmed().with(self, Piece.WHOLE))
                            .withReach(stewards.isEmpty() ? told : Reach.widest(reach, told));
            case ReplicationEvent.Adopted adopted ->
                    withStewards(latest(stewards, adopted.stewards()))
                            .withManifest(manifest == null ? adopted.manifest() : manifest)
                            .withCopies(before(adopted).with(self, adopted.piece()))
                            .withReach(heard(adopted));
            case ReplicationEvent.Encoded(var known) -> withManifest(known);
            case ReplicationEvent.Placed(var node, var piece, var told) ->
                    withCopies(copies.with(node, piece)).withTold(node, told);
            case ReplicationEvent.Lost(var node) ->
                    withReleases(without(releases, node))
                            .withCopies(copies.without(node))
                            .withReferred(node.equals(self) ? null : referred);
            case ReplicationEvent.Damaged(var node, var piece) ->
                    withCopies(copies.without(node, piece))
                            .withReferred(node.equals(self) ? null : referred);
            case ReplicationEvent.Dropped(var node, var piece) ->
                    withCopies(copies.without(node, piece));
            case ReplicationEvent.BecameDurable(int losses) -> withPromise(losses);
            case ReplicationEvent.Referred(var pieces) -> withReferred(pieces);
            case ReplicationEvent.Abandoned(var by, long turn) ->
                    stewards.getOrDefault(by, Long.MAX_VALUE) <= turn ? abandonedBy(by) : this;
            case ReplicationEvent.Released(var node) -> withReleases(without(releases, node));
        };
    }

    // What others keep for somebody else counts as long as he wants it; a steward counts on what is
    // kept for it alone.
    private Copies confirmed() {
        return isOwn() ? copies : copies.at(self::equals);
    }

    // What others were found to have in an earlier turn of a steward they may have let go of since.
    private Copies before(ReplicationEvent.Adopted adopted) {
        boolean isLaterTurn =
                adopted.stewards().entrySet().stream()
                        .anyMatch(
                                each ->
                                        stewards.getOrDefault(each.getKey(), Long.MAX_VALUE)
                                                < each.getValue());
        return isLaterTurn ? confirmed() : copies;
    }

    // Who tells of a later turn of everybody for whom it was kept may tell of a new beginning, with
    // which the reach of before is over; or of none, and then that reach is in what he tells. Who
    // tells of earlier turns alone is late.
    private Reach heard(ReplicationEvent.Adopted adopted) {
        SortedMap<NodeId, Long> told = adopted.stewards();
        if (stewards.isEmpty() || areEarlier(stewards, told)) {
            return adopted.reach();
        }
        return areEarlier(told, stewards) ? reach : Reach.widest(reach, adopted.reach());
    }

    private static boolean areEarlier(Map<NodeId, Long> turns, Map<NodeId, Long> others) {
        return turns.entrySet().stream()
                .allMatch(
                        each ->
                                each.getValue()
                                        < others.getOrDefault(each.getKey(), Long.MIN_VALUE));
    }

    private BlobReplication abandonedBy(NodeId by) {
        SortedMap<NodeId, Long> left = without(stewards, by);
        BlobReplication after = withStewards(left);
        if (by.equals(self)) {
            var told = new TreeMap<>(releases);
            copies.nodes().stream()
                    .filter(node -> !node.equals(self))
                    .forEach(node -> told.put(node, stewards.get(self)));
            after = after.withReleases(told).withCopies(copies.at(self::equals));
        }
        return left.isEmpty()
                ? after.withCopies(Copies.NONE).withReach(Reach.DEFAULT)
                : after.withCopies(after.confirmed());
    }

    private static SortedMap<NodeId, Long> latest(
            SortedMap<NodeId, Long> turns, Map<NodeId, Long> others) {
        var latest = new TreeMap<>(turns);
        others.forEach((node, turn) -> latest.merge(node, turn, Math::max));
        return latest;
    }

    private static SortedMap<NodeId, Long> without(SortedMap<NodeId, Long> turns, NodeId node) {
        var left = new TreeMap<>(turns);
        left.remove(node);
        return left;
    }

    // What is wider than before is news for all others that hold some of it.
    private BlobReplication withReach(Reach now) {
        if (now == reach) {
            return this;
        }
        Set<NodeId> untold = behind;
        if (now.compareTo(reach) > 0) {
            untold = new TreeSet<>(copies.nodes());
            untold.remove(self);
        }
        return new BlobReplication(
                self, blob, sizeBytes, now, stewards, manifest, copies, untold, promised, releases,
                referred);
    }

    private BlobReplication withTold(NodeId node, Reach told) {
        boolean isBehind = !node.equals(self) && told.compareTo(reach) < 0;
        if (isBehind == behind.contains(node)) {
            return this;
        }
        var untold = new TreeSet<>(behind);
        if (isBehind) {
            untold.add(node);
        } else {
            untold.remove(node);
        }
        return new BlobReplication(
                self, blob, sizeBytes, reach, stewards, manifest, copies, untold, promised,
                releases, referred);
    }

    private BlobReplication withStewards(SortedMap<NodeId, Long> now) {
        return new BlobReplication(
                self, blob, sizeBytes, reach, now, manifest, copies, behind, promised, releases,
                referred);
    }

    private BlobReplication withManifest(@Nullable Manifest now) {
        return new BlobReplication(
                self, blob, sizeBytes, reach, stewards, now, copies, behind, promised, releases,
                referred);
    }

    // A loss that was promised to be survived is spent; what is left of the promise holds on.
    private BlobReplication withCopies(Copies now) {
        int kept = promised == 0 ? 0 : Math.max(0, Math.min(promised, now.losses(code())));
        Set<NodeId> untold = behind;
        if (!behind.isEmpty()) {
            untold = new TreeSet<>(behind);
            untold.retainAll(now.nodes());
        }
        return new BlobReplication(
                self, blob, sizeBytes, reach, stewards, manifest, now, untold, kept, releases,
                referred);
    }

    private BlobReplication withPromise(int now) {
        return new BlobReplication(
                self, blob, sizeBytes, reach, stewards, manifest, copies, behind, now, releases,
                referred);
    }

    private BlobReplication withReleases(SortedMap<NodeId, Long> now) {
        return new BlobReplication(
                self, blob, sizeBytes, reach, stewards, manifest, copies, behind, promised, now,
                referred);
    }

    private BlobReplication withReferred(@Nullable Set<Piece> now) {
        return new BlobReplication(
                self, blob, sizeBytes, reach, stewards, manifest, copies, behind, promised,
                releases, now);
    }

    ErasureCode code() {
        return manifest == null ? ErasureCode.FOUR_AND_THREE : manifest.layout().code();
    }

    boolean isOwn() {
        return stewards.containsKey(self);
    }

    /// What this node's store is to keep for it: nothing more, and nothing less.
    public Set<Piece> wantedHere() {
        return stewards.isEmpty() ? Set.of() : copies.at(self).pieces();
    }

    /// Whether nothing is left to be remembered of it. Who has nothing of what others see to need
    /// not know of it.
    public boolean isOver() {
        return releases.isEmpty()
                && Set.of().equals(referred)
                && !isOwn()
                && wantedHere().isEmpty();
    }

    public Stage stage() {
        if (stewards.isEmpty()) {
            return Stage.ABANDONED;
        }
        if (!isOwn()) {
            return Stage.KEPT;
        }
        if (!copies.isRebuildable(code())) {
            return Stage.LOST;
        }
        if (promised > 0) {
            return Stage.DURABLE;
        }
        if (copies.nodes().size() > 1) {
            return Stage.PLACED;
        }
        return manifest == null ? Stage.ACCEPTED : Stage.ENCODED;
    }

    /// What has happened by what is known alone: to be written down before anything else is
    /// decided, and asked for again until there is none.
    public Optional<ReplicationEvent> due(Sight sight) {
        Optional<NodeId> gone =
                sight.firstGone(copies.nodes()).or(() -> sight.firstGone(releases.keySet()));
        if (gone.isPresent()) {
            return Optional.of(new ReplicationEvent.Lost(gone.get()));
        }
        var outlook = new Outlook(this, sight);
        if (stewards.isEmpty() || !outlook.acts()) {
            return Optional.empty();
        }
        int wanted = outlook.lossesWanted();
        if (promised < wanted && copies.losses(code()) >= wanted) {
            return Optional.of(new ReplicationEvent.BecameDurable(wanted));
        }
        // Not what this node keeps for somebody else, who counts on it.
        boolean isOwnAlone = stewards.keySet().equals(Set.of(self));
        if (promised > 0
                && isOwnAlone
                && copies.contains(self, Piece.WHOLE)
                && outlook.needsNoWhole()) {
            return Optional.of(new ReplicationEvent.Dropped(self, Piece.WHOLE));
        }
        return Optional.empty();
    }

    /// What is to be done now, what matters most first.
    public List<ReplicationStep> steps(Sight sight) {
        var steps = new ArrayList<ReplicationStep>();
        Set<Piece> here = wantedHere();
        if (!here.equals(referred)) {
            steps.add(new ReplicationStep.Refer(here));
        }
        releases.forEach(
                (node, turn) -> {
                    if (sight.isHere(node)) {
                        steps.add(new ReplicationStep.Release(node, turn));
                    }
                });
        var outlook = new Outlook(this, sight);
        if (!stewards.isEmpty() && outlook.acts()) {
            behind.stream().filter(sight::isHere).forEach(node -> steps.add(offeredAgain(node)));
            steps.addAll(outlook.placing());
        }
        return steps;
    }

    // What it has already it need not be sent, but is told all that goes with it.
    private ReplicationStep offeredAgain(NodeId node) {
        return new ReplicationStep.Place(copies.at(node).pieces().iterator().next(), node);
    }

    /// Whether nothing is due and nothing to be done, neither for this one nor for any other that
    /// differs from it in its name, its turns and its size alone, where both are small or both are
    /// large by [Strategy#CODED_BYTES_MIN]. False where that is not known.
    boolean areSuchSettled(Sight sight) {
        return manifest == null
                && copies.shards().count() == 0
                && due(sight).isEmpty()
                && steps(sight).isEmpty()
                && (stewards.isEmpty() || new Outlook(this, sight).isWhateverTheName());
    }

    /// When waiting for somebody who is away will be over, if for anybody.
    public OptionalLong waitsUntil(Sight sight) {
        var outlook = new Outlook(this, sight);
        return copies.nodes().stream()
                .flatMap(node -> sight.of(node).stream())
                .filter(seen -> !seen.isHere())
                .mapToLong(seen -> seen.awaySinceMillis() + outlook.patienceMillis())
                .filter(until -> until > sight.nowMillis())
                .min();
    }

    /// Whether the next loss may be one too many, which goes before everything else.
    public boolean isUrgent(Sight sight) {
        if (promised == 0) {
            return false;
        }
        Copies here = copies.at(sight::isHere);
        return !here.equals(copies)
                && Absence.millis(copies, here, code()) == Absence.REBOOT_MILLIS;
    }
}
