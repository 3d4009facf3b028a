package org.elohim.crdt;

import org.automerge.AmValue;
import org.automerge.MapEntry;
import org.automerge.ObjectId;
import org.automerge.Read;
import org.elohim.protocol.Bytes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// Turns what the library shows into values.
final class TreeReader {
    /// Far deeper than documents of people; bounds the stack against those of others.
    static final int DEPTH_MAX = 100;

    static final int TOO_DEEP = -1;

    private TreeReader() {}

    static Optional<Value> read(Read read, Path path) {
        if (path.steps().isEmpty()) {
            return Optional.of(fields(read, ObjectId.ROOT, 0));
        }
        return find(read, path.steps()).map(found -> value(read, found, 0));
    }

    /// What stands at the end of these steps, of which there is at least one.
    static Optional<AmValue> find(Read read, List<Path.Step> steps) {
        ObjectId at = ObjectId.ROOT;
        boolean map = true;
        Optional<AmValue> found = Optional.empty();
        for (int i = 0; i < steps.size(); i++) {
            if (i > 0) {
                switch (found.orElseThrow()) {
                    case AmValue.Map inner -> {
                        at = inner.getId();
                        map = true;
                    }
                    case AmValue.List inner -> {
                        at = inner.getId();
                        map = false;
                    }
                    default -> {
                        return Optional.empty();
                    }
                }
            }
            found =
                    switch (steps.get(i)) {
                        case Path.Step.Key(var name) -> map ? read.get(at, name) : Optional.empty();
                        case Path.Step.Index(var index) ->
                                !map && index < read.length(at)
                                        ? read.get(at, index)
                                        : Optional.empty();
                    };
            if (found.isEmpty()) {
                return found;
            }
        }
        return found;
    }

    private static Value fields(Read read, ObjectId id, int depth) {
        var entries = new LinkedHashMap<String, Value>();
        for (MapEntry entry : read.mapEntries(id).orElse(new MapEntry[0])) {
            entries.put(entry.getKey(), value(read, entry.getValue(), depth + 1));
        }
        return depth == 0 && id.isRoot() ? new Value.Fields(entries) : Value.Blob.orFields(entries);
    }

    private static Value items(Read read, ObjectId id, int depth) {
        var items = new ArrayList<Value>();
        for (AmValue item : read.listItems(id).orElse(new AmValue[0])) {
            items.add(value(read, item, depth + 1));
        }
        return new Value.Items(items);
    }

    private static Value text(Read read, ObjectId id) {
        List<Value.Mark> marks =
                read.marks(id).stream()
                        .map(
                                mark ->
                                        new Value.Mark(
                                                mark.getStart(),
                                                mark.getEnd(),
                                                mark.getName(),
                                                value(read, mark.getValue(), DEPTH_MAX)))
                        .toList();
        return new Value.Text(read.text(id).orElse(""), marks);
    }

    private static Value value(Read read, AmValue value, int depth) {
        return switch (value) {
            case AmValue.Map map ->
                    depth >= DEPTH_MAX
                            ? new Value.Unknown(TOO_DEEP)
                            : fields(read, map.getId(), depth);
            case AmValue.List list ->
                    depth >= DEPTH_MAX
                            ? new Value.Unknown(TOO_DEEP)
                            : items(read, list.getId(), depth);
            case AmValue.Text text -> text(read, text.getId());
            case AmValue.Counter counter -> new Value.Counter(counter.getValue());
            case AmValue.Str str -> new Value.Str(str.getValue());
            case AmValue.Int number -> new Value.Int(number.getValue());
            case AmValue.UInt number -> new Value.Uint(number.getValue());
            case AmValue.F64 number -> new Value.Real(number.getValue());
            case AmValue.Bool bool -> new Value.Bool(bool.getValue());
            case AmValue.Bytes bytes -> new Value.Binary(Bytes.copyOf(bytes.getValue()));
            case AmValue.Timestamp time -> new Value.Timestamp(time.getValue().toInstant());
            case AmValue.Null _ -> new Value.Null();
            case AmValue.Unknown unknown -> new Value.Unknown(unknown.getTypeCode());
            // The library's class is not sealed.
            default -> new Value.Unknown(TOO_DEEP);
        };
    }
}
