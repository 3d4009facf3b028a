package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/// All blobs whose copies one node sees to or keeps: the sum of what was recorded.
///
/// Not for several threads at once.
///
/// Invariants: numbers are given once and grow, over all restarts; a blob has one number; counts
/// are those of all blobs.
public final class Replications {
    private final NodeId self;
    private BlobTable blobs;
    private ReachTotals totals = new ReachTotals();
    private long lastNumber;

    /// One blob with its number.
    public record Numbered(long number, BlobReplication blob) {}

    /// What was seen of them on the way through.
    ///
    /// @param unsettled those that are to be looked at
    /// @param last the number of the last one that was passed; 0 where there was none
    public record Passed(List<Numbered> unsettled, long last) {
        public Passed {
            unsettled = List.copyOf(unsettled);
        }
    }

    public Replications(NodeId self) {
        this.self = self;
        this.blobs = new BlobTable(self);
    }

    public NodeId self() {
        return self;
    }

    public int size() {
        return blobs.size();
    }

    public long lastNumber() {
        return lastNumber;
    }

    public Optional<Numbered> find(ContentHash blob) {
        long number = blobs.number(blob);
        return number == HashIndex.ABSENT ? Optional.empty() : at(number);
    }

    public Optional<Numbered> at(long number) {
        return Optional.ofNullable(blobs.get(number)).map(blob -> new Numbered(number, blob));
    }

    /// The first blobs with numbers above this one: so that somebody can go through all of them in
    /// small steps while they change.
    public List<Numbered> after(long number, int limit) {
        return blobs.after(number, limit);
    }

    /// Goes by as many with numbers above this one, and tells which of them want something as the
    /// family is seen now, or may do so.
    ///
    /// @param limit so many of which are told are enough
    /// @param also which are to be told in any case
    public Passed pass(long number, int rows, int limit, Sight sight, LongPredicate also) {
        return new Passing(blobs.all(), sight, also).pass(number, rows, limit);
    }

    /// How many there are at each stage.
    public Map<Stage, Integer> counts() {
        Map<Stage, Integer> counts = new EnumMap<>(Stage.class);
        for (Stage stage : Stage.values()) {
            counts.put(stage, blobs.count(stage));
        }
        return counts;
    }

    /// Which has been at this stage for longest, by when it was last accepted.
    public OptionalLong oldest(Stage stage) {
        return blobs.first(stage);
    }

    /// How much there is of each reach, of what somebody wants.
    public Map<Reach, ReachTotals.Total> reaches() {
        return totals.all();
    }

    /// Begins what is to be recorded next.
    public Draft draft() {
        return new Draft(this);
    }

    /// Takes in what was recorded: after it is on the disk, or at a start.
    public void evolve(Recorded recorded) {
        for (Recorded.Part part : recorded.parts()) {
            switch (part) {
                case Recorded.Part.Begun(var given, var beginnings) -> {
                    Iterator<Beginning> each = beginnings.iterator();
                    given.stream().forEach(number -> begin(number, each.next()));
                }
                case Recorded.Part.Happened(var event, var which) ->
                        which.stream().forEach(number -> happen(number, event));
            }
        }
    }

    private void begin(long number, Beginning beginning) {
        Optional<Numbered> before = find(beginning.blob());
        before.ifPresent(
                known -> {
                    blobs.remove(known.number(), known.blob());
                    totals.remove(known.blob());
                });
        lastNumber = Math.max(lastNumber, number);
        put(
                number,
                before.map(known -> known.blob().after(beginning))
                        .orElseGet(() -> BlobReplication.of(beginning)));
    }

    private void happen(long number, ReplicationEvent event) {
        BlobReplication before = blobs.get(number);
        if (before == null) {
            throw new IllegalStateException("no blob has the number " + number + ": " + event);
        }
        BlobReplication after = before.after(event);
        totals.remove(before);
        if (after.isOver()) {
            blobs.remove(number, after);
        } else {
            put(number, after);
        }
    }

    private void put(long number, BlobReplication blob) {
        blobs.put(number, blob);
        totals.add(blob);
    }

    /// Forgets everything: whoever reads it anew from the beginning begins with nothing.
    public void clear() {
        blobs = new BlobTable(self);
        totals = new ReachTotals();
        lastNumber = 0;
    }

    /// All of them as they are now, for a snapshot.
    public Frozen frozen() {
        return new Frozen(blobs.frozen(), lastNumber);
    }

    /// Puts back what a snapshot has kept, all of it or some.
    public void restore(long number, Collection<Numbered> kept) {
        lastNumber = Math.max(lastNumber, number);
        kept.forEach(each -> put(each.number(), each.blob()));
    }
}
