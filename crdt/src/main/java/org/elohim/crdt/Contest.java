package org.elohim.crdt;

import org.elohim.crdt.Conflicts.Author;
import org.elohim.crdt.Operation.Deed;
import org.elohim.crdt.Operation.Place;
import org.elohim.protocol.change.ChangeChunk;
import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Finds out of the changes of a document at which places more than one value stands.
///
/// The engine tells all values of a place where it is asked for that one, but never who has written
/// them.
///
/// Invariants: memory is that of the values of maps, and of the items that were set anew: what is
/// typed or inserted contends with nothing.
final class Contest {
    private final Map<Operation.Id, Standing> standing = new HashMap<>();
    private final Map<Operation.Id, Place> homes = new HashMap<>();

    /// What nobody has overwritten.
    ///
    /// @param scalar nothing where it is an object, which is known by its id
    record Standing(Operation.Id id, Place place, @Nullable Value scalar, Author by) {}

    /// Takes in a change; each comes after those it builds on.
    void take(ChangeChunk change) {
        var author = new Author(change.actor(), change.hash(), change.time());
        OperationReader.each(change, operation -> take(operation, author));
    }

    private void take(Operation operation, Author author) {
        Place place = operation.place();
        switch (operation.deed()) {
            case Deed.Insert(var object) -> {
                if (object) {
                    homes.put(operation.id(), place);
                }
            }
            case Deed.Make() -> {
                homes.put(operation.id(), place);
                replace(operation, new Standing(operation.id(), place, null, author));
            }
            case Deed.Put(var value) ->
                    replace(operation, new Standing(operation.id(), place, value, author));
            case Deed.Delete() -> operation.over().forEach(standing::remove);
            case Deed.Increment(var by) ->
                    operation
                            .over()
                            .forEach(id -> standing.computeIfPresent(id, (_, s) -> counted(s, by)));
            case Deed.Other() -> {}
        }
    }

    private void replace(Operation operation, Standing with) {
        operation.over().forEach(standing::remove);
        standing.put(operation.id(), with);
    }

    /// Who counts on from a counter knows it, and overwrites all else there.
    private static @Nullable Standing counted(Standing known, long more) {
        return known.scalar() instanceof Value.Counter(var count)
                ? new Standing(
                        known.id(), known.place(), new Value.Counter(count + more), known.by())
                : null;
    }

    /// What stands at each place where it does not stand alone; the value that wins comes first,
    /// and so does the place that was contested last.
    List<List<Standing>> contested() {
        Set<Place> taken = new HashSet<>();
        Set<Place> contested = new HashSet<>();
        for (Standing each : standing.values()) {
            if (!taken.add(each.place())) {
                contested.add(each.place());
            }
        }
        Comparator<Standing> latestFirst = Comparator.comparing(Standing::id).reversed();
        return standing.values().stream()
                .filter(each -> contested.contains(each.place()))
                .sorted(latestFirst)
                .collect(Collectors.groupingBy(Standing::place))
                .values()
                .stream()
                .sorted(Comparator.comparing(List::getFirst, latestFirst))
                .toList();
    }

    /// Where this object was made.
    Optional<Place> home(Operation.Id object) {
        return Optional.ofNullable(homes.get(object));
    }
}
