package org.elohim.crdt;

import org.automerge.AllValues;
import org.automerge.AmValue;
import org.automerge.Cursor;
import org.automerge.ObjectId;
import org.automerge.ObjectType;
import org.automerge.Read;
import org.elohim.crdt.Conflicts.Claim;
import org.elohim.crdt.Conflicts.Conflict;
import org.elohim.crdt.Operation.Place;
import org.elohim.protocol.change.ChangeChunk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Lists the conflicts of a document: the places at which its changes leave more than one value, as
/// far as they can be reached from the root.
final class ConflictReader {
    private final Read read;
    private final Contest contest = new Contest();
    private final Map<Operation.Id, Optional<Shown>> objects = new HashMap<>();

    /// A map or list that is part of what the document shows.
    private record Shown(ObjectId object, Path path) {}

    /// A place, and the map or list in which it is.
    private record Spot(ObjectId holder, Path path) {
        Optional<AmValue> shown(Read read) {
            return switch (path.steps().getLast()) {
                case Path.Step.Key(var name) -> read.get(holder, name);
                case Path.Step.Index(var at) -> read.get(holder, at);
            };
        }

        List<AmValue> all(Read read) {
            return switch (path.steps().getLast()) {
                case Path.Step.Key(var name) -> AllValues.at(read, holder, name);
                case Path.Step.Index(var at) -> AllValues.at(read, holder, at);
            };
        }
    }

    private ConflictReader(Read read) {
        this.read = read;
        objects.put(Operation.Id.ROOT, Optional.of(new Shown(ObjectId.ROOT, Path.ROOT)));
    }

    /// @param changes all of the document, each after those it builds on
    static Conflicts read(Read read, List<ChangeChunk> changes) {
        var reader = new ConflictReader(read);
        changes.forEach(reader.contest::take);
        return reader.conflicts();
    }

    private Conflicts conflicts() {
        var listed = new ArrayList<Conflict>();
        int left = Conflicts.HIDDEN_MAX;
        long more = 0;
        for (List<Contest.Standing> values : contest.contested()) {
            int hidden = values.size() - 1;
            int shown = Math.min(hidden, left);
            if (shown == 0) {
                more += hidden;
                continue;
            }
            Optional<Conflict> conflict =
                    spot(values.getFirst().place(), values.getFirst().id())
                            .flatMap(spot -> conflict(spot, values.subList(0, 1 + shown)));
            if (conflict.isPresent()) {
                listed.add(conflict.get());
                left -= conflict.get().hidden().size();
                more += hidden - shown;
            }
        }
        return new Conflicts(listed, (int) Math.min(Integer.MAX_VALUE, more));
    }

    private Optional<Conflict> conflict(Spot spot, List<Contest.Standing> values) {
        Map<String, AmValue> objectsThere = new HashMap<>();
        for (AmValue value : spot.all(read)) {
            id(value).ifPresent(id -> objectsThere.put(id.toString(), value));
        }
        List<Claim> claims = new ArrayList<>();
        Optional<TreeReader.Listed> shown = Optional.empty();
        for (Contest.Standing each : values) {
            Optional<TreeReader.Listed> listed = listed(each, objectsThere);
            if (listed.isPresent() && (shown.isEmpty() || differ(shown.get(), listed.get()))) {
                claims.add(new Claim(listed.get().value(), each.by()));
            }
            shown = shown.or(() -> listed);
        }
        return claims.size() < 2
                ? Optional.empty()
                : Optional.of(
                        new Conflict(
                                spot.path(), claims.getFirst(), claims.subList(1, claims.size())));
    }

    private Optional<TreeReader.Listed> listed(
            Contest.Standing standing, Map<String, AmValue> objectsThere) {
        return standing.scalar() == null
                ? Optional.ofNullable(objectsThere.get(standing.id().toString()))
                        .map(object -> TreeReader.listed(read, object))
                : Optional.of(TreeReader.listed(read, standing.scalar()));
    }

    /// Counters that were made apart count apart, also where both have come as far.
    private static boolean differ(TreeReader.Listed shown, TreeReader.Listed hidden) {
        return !hidden.whole()
                || hidden.value() instanceof Value.Counter
                || !hidden.value().equals(shown.value());
    }

    /// @param shown what has set the value that is shown there
    private Optional<Spot> spot(Place place, Operation.Id shown) {
        return object(place.object()).flatMap(holder -> spot(holder, place, shown));
    }

    private Optional<Spot> spot(Shown holder, Place place, Operation.Id shown) {
        Optional<ObjectType> type = read.getObjectType(holder.object());
        Optional<Path> path =
                switch (place) {
                    case Place.Key(_, var name) ->
                            type.filter(ObjectType.MAP::equals).map(_ -> holder.path().key(name));
                    case Place.Item _ ->
                            type.filter(ObjectType.LIST::equals)
                                    .flatMap(_ -> index(holder.object(), shown))
                                    .map(index -> holder.path().index(index));
                };
        return path.map(there -> new Spot(holder.object(), there));
    }

    /// The library knows an item by what has set its value, and finds an index also for what is not
    /// there any more.
    private Optional<Integer> index(ObjectId list, Operation.Id shown) {
        long index = read.lookupCursorIndex(list, Cursor.fromString(shown.toString()));
        boolean there =
                index < read.length(list)
                        && read.makeCursor(list, index).toString().equals(shown.toString());
        return there ? Optional.of((int) index) : Optional.empty();
    }

    /// Nothing where it was overwritten or deleted, or is part of what was, or lies too deep.
    private Optional<Shown> object(Operation.Id object) {
        var unknown = new ArrayDeque<Operation.Id>();
        for (Operation.Id at = object; !objects.containsKey(at); at = holder(at)) {
            unknown.push(at);
        }
        for (Operation.Id each : unknown) {
            objects.put(each, contest.home(each).flatMap(home -> object(each, home)));
        }
        return objects.getOrDefault(object, Optional.empty());
    }

    private Optional<Shown> object(Operation.Id object, Place home) {
        return objects.getOrDefault(home.object(), Optional.empty())
                .flatMap(holder -> spot(holder, home, object))
                .filter(spot -> spot.path().steps().size() <= TreeReader.DEPTH_MAX)
                .flatMap(
                        spot ->
                                spot.shown(read)
                                        .flatMap(ConflictReader::id)
                                        .filter(id -> id.toString().equals(object.toString()))
                                        .map(id -> new Shown(id, spot.path())));
    }

    /// Always an older one, so that the way up ends.
    private Operation.Id holder(Operation.Id object) {
        return contest.home(object)
                .map(Place::object)
                .filter(holder -> holder.compareTo(object) < 0)
                .orElse(Operation.Id.ROOT);
    }

    private static Optional<ObjectId> id(AmValue value) {
        return switch (value) {
            case AmValue.Map map -> Optional.of(map.getId());
            case AmValue.List list -> Optional.of(list.getId());
            case AmValue.Text text -> Optional.of(text.getId());
            default -> Optional.empty();
        };
    }
}
