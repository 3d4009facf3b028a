package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What is to be recorded next, with all that follows from it at once; [Replications] itself
/// changes only once it is on the disk.
///
/// Invariants: to be used before anything else is recorded, and once.
public final class Draft {
    private final Replications base;
    // Blobs as they are after what was drafted; nothing for those that are over.
    private final Map<Long, Optional<BlobReplication>> changed = new LinkedHashMap<>();
    private final Map<ContentHash, Long> given = new HashMap<>();
    private final List<Group> groups = new ArrayList<>();
    // Where a blob's next event may stand at the earliest.
    private final Map<ContentHash, Integer> from = new HashMap<>();
    private final Map<ReplicationEvent, List<Integer>> groupsOf = new HashMap<>();
    private final List<Integer> begun = new ArrayList<>();
    private long lastNumber;

    // Of beginnings each has its own event, of all else all have the one.
    private record Group(
            @Nullable ReplicationEvent event, SortedMap<Long, Optional<Beginning>> numbers) {}

    Draft(Replications base) {
        this.base = base;
        this.lastNumber = base.lastNumber();
    }

    public boolean isEmpty() {
        return groups.isEmpty();
    }

    /// A blob was put here: its content is on the disk.
    ///
    /// @param isReferred whether the store was told to keep it, and surely nothing else since
    public long accepted(ContentHash blob, long sizeBytes, Reach reach, boolean isReferred) {
        long number = ++lastNumber;
        begin(
                number,
                new ReplicationEvent.Accepted(blob, sizeBytes, reach, base.self(), number),
                isReferred);
        return number;
    }

    /// Another node has given a piece of it to this one, which is on the disk.
    ///
    /// @param isReferred as for [#accepted]
    public long adopted(
            ContentHash blob,
            long sizeBytes,
            Reach reach,
            Piece piece,
            SortedMap<NodeId, Long> stewards,
            @Nullable Manifest manifest,
            boolean isReferred) {
        long number = ++lastNumber;
        begin(
                number,
                new ReplicationEvent.Adopted(
                        blob, sizeBytes, reach, base.self(), piece, stewards, manifest),
                isReferred);
        return number;
    }

    private void begin(long number, Beginning beginning, boolean isReferred) {
        ContentHash blob = beginning.blob();
        Optional<Replications.Numbered> before = find(blob);
        before.ifPresent(known -> changed.put(known.number(), Optional.empty()));
        given.put(blob, number);
        changed.put(
                number,
                Optional.of(
                        before.map(known -> known.blob().after(beginning))
                                .orElseGet(() -> BlobReplication.of(beginning))));
        add(blob, number, null, Optional.of(beginning));
        // Of what is known already other pieces may have to be told as well.
        if (isReferred && before.isEmpty()) {
            at(number)
                    .map(BlobReplication::wantedHere)
                    .ifPresent(here -> happened(number, new ReplicationEvent.Referred(here)));
        }
    }

    /// This has happened to the blob with this number; false where there is none any more, since
    /// nobody keeps anything of it, or it has a newer number.
    public boolean happened(long number, ReplicationEvent event) {
        Optional<BlobReplication> before = at(number);
        if (before.isEmpty()) {
            return false;
        }
        BlobReplication after = before.get().after(event);
        changed.put(number, after.isOver() ? Optional.empty() : Optional.of(after));
        add(after.blob(), number, event, Optional.empty());
        return true;
    }

    /// Adds what follows from what was drafted.
    public void settle(Sight sight) {
        for (long number : List.copyOf(changed.keySet())) {
            settle(number, sight);
        }
    }

    /// Adds what follows for this blob from what is known.
    public void settle(long number, Sight sight) {
        Optional<ReplicationEvent> due = at(number).flatMap(blob -> blob.due(sight));
        while (due.isPresent()) {
            happened(number, due.get());
            due = at(number).flatMap(blob -> blob.due(sight));
        }
    }

    /// The blob with this number after all that was drafted.
    public Optional<BlobReplication> at(long number) {
        Optional<BlobReplication> now = changed.get(number);
        return now == null ? base.at(number).map(Replications.Numbered::blob) : now;
    }

    /// The blob of this name after all that was drafted.
    public Optional<Replications.Numbered> find(ContentHash blob) {
        Long number = given.get(blob);
        long known =
                number == null
                        ? base.find(blob).map(Replications.Numbered::number).orElse(0L)
                        : number;
        return at(known).map(state -> new Replications.Numbered(known, state));
    }

    private void add(
            ContentHash blob,
            long number,
            @Nullable ReplicationEvent event,
            Optional<Beginning> beginning) {
        int first = from.getOrDefault(blob, 0);
        List<Integer> same =
                event == null ? begun : groupsOf.computeIfAbsent(event, _ -> new ArrayList<>());
        int group = same.stream().filter(each -> each >= first).findFirst().orElse(groups.size());
        if (group == groups.size()) {
            groups.add(new Group(event, new TreeMap<>()));
            same.add(group);
        }
        groups.get(group).numbers().put(number, beginning);
        from.put(blob, group + 1);
    }

    /// Whatever was changed, and numbers that are not there any more.
    public Set<Long> touched() {
        return Collections.unmodifiableSet(changed.keySet());
    }

    public Recorded recorded() {
        return new Recorded(groups.stream().map(Draft::part).toList());
    }

    private static Recorded.Part part(Group group) {
        var numbers = Numbers.of(group.numbers().keySet());
        return group.event() == null
                ? new Recorded.Part.Begun(
                        numbers,
                        group.numbers().values().stream().flatMap(Optional::stream).toList())
                : new Recorded.Part.Happened(group.event(), numbers);
    }
}
