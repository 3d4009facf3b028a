package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// All blobs whose copies one node sees to or keeps: the sum of what was recorded.
///
/// Not for several threads at once.
///
/// Invariants: numbers are given once and grow, over all restarts; a blob has one number; counts
/// are those of all blobs.
public final class Replications {
    private final NodeId self;
    private final TreeMap<Long, BlobReplication> blobs = new TreeMap<>();
    private final Map<ContentHash, Long> numbers = new HashMap<>();
    private final Map<Stage, SortedSet<Long>> stages = new EnumMap<>(Stage.class);
    private final ReachTotals totals = new ReachTotals();
    private long lastNumber;

    /// One blob with its number.
    public record Numbered(long number, BlobReplication blob) {}

    public Replications(NodeId self) {
        this.self = self;
        for (Stage stage : Stage.values()) {
            stages.put(stage, new TreeSet<>());
        }
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
        return Optional.ofNullable(numbers.get(blob)).flatMap(this::at);
    }

    public Optional<Numbered> at(long number) {
        return Optional.ofNullable(blobs.get(number)).map(blob -> new Numbered(number, blob));
    }

    /// The first blobs with numbers above this one: so that somebody can go through all of them in
    /// small steps while they change.
    public List<Numbered> after(long number, int limit) {
        return blobs.tailMap(number, false).entrySet().stream()
                .limit(limit)
                .map(each -> new Numbered(each.getKey(), each.getValue()))
                .toList();
    }

    /// How many there are at each stage.
    public Map<Stage, Integer> counts() {
        Map<Stage, Integer> counts = new EnumMap<>(Stage.class);
        stages.forEach((stage, all) -> counts.put(stage, all.size()));
        return counts;
    }

    /// Which has been at this stage for longest, by when it was last accepted.
    public OptionalLong oldest(Stage stage) {
        SortedSet<Long> all = of(stage);
        return all.isEmpty() ? OptionalLong.empty() : OptionalLong.of(all.first());
    }

    /// How much there is of each reach, of what somebody wants.
    public Map<Reach, ReachTotals.Total> reaches() {
        return totals.all();
    }

    private SortedSet<Long> of(Stage stage) {
        return stages.computeIfAbsent(stage, _ -> new TreeSet<>());
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
        Long before = numbers.get(beginning.blob());
        BlobReplication known = before == null ? null : remove(before);
        lastNumber = Math.max(lastNumber, number);
        put(number, known == null ? BlobReplication.of(beginning) : known.after(beginning));
    }

    private void happen(long number, ReplicationEvent event) {
        BlobReplication before = remove(number);
        if (before == null) {
            throw new IllegalStateException("no blob has the number " + number + ": " + event);
        }
        BlobReplication after = before.after(event);
        if (!after.isOver()) {
            put(number, after);
        }
    }

    // The one with this number, which is then not there any more.
    private @Nullable BlobReplication remove(long number) {
        BlobReplication blob = blobs.remove(number);
        if (blob != null) {
            numbers.remove(blob.blob());
            of(blob.stage()).remove(number);
            totals.remove(blob);
        }
        return blob;
    }

    private void put(long number, BlobReplication blob) {
        blobs.put(number, blob);
        numbers.put(blob.blob(), number);
        of(blob.stage()).add(number);
        totals.add(blob);
    }

    /// Puts back what a snapshot has kept.
    public static Replications restored(
            NodeId self, long lastNumber, Map<Long, BlobReplication> blobs) {
        var all = new Replications(self);
        blobs.forEach(all::put);
        all.lastNumber = lastNumber;
        return all;
    }

    /// All of them by number, for a snapshot.
    public Map<Long, BlobReplication> all() {
        return Collections.unmodifiableMap(blobs);
    }
}
