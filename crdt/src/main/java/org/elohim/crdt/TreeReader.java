package org.elohim.crdt;

import org.automerge.AmValue;
import org.automerge.MapEntry;
import org.automerge.Mark;
import org.automerge.ObjectId;
import org.automerge.Read;
import org.elohim.protocol.Bytes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/// Turns what the library shows into values.
final class TreeReader {
    /// Far deeper than documents of people; bounds the stack against those of others.
    static final int DEPTH_MAX = 100;

    static final int TOO_DEEP = -1;

    static final int TOO_LARGE = -2;

    /// So many entries, items and characters are shown of a value among many.
    private static final int LISTED_MAX = 1 << 14;

    /// However large it is.
    private static final long NO_END = Long.MAX_VALUE;

    private final Read read;
    // Of what an entry or an item counts for at least.
    private final int entrySize;
    private final boolean withMarks;
    private long left;

    private TreeReader(Read read, long sizeMax, int entrySize, boolean withMarks) {
        this.read = read;
        this.left = sizeMax;
        this.entrySize = entrySize;
        this.withMarks = withMarks;
    }

    static Optional<Value> read(Read read, Path path) {
        var reader = new TreeReader(read, NO_END, 1, true);
        if (path.steps().isEmpty()) {
            return Optional.of(reader.fields(ObjectId.ROOT, 0));
        }
        return find(read, path.steps()).map(found -> reader.value(found, 0));
    }

    /// The whole document as JSON has it, without marks, unless it would be longer than that: each
    /// character counts, and each entry with what stands between two. What is too long is left
    /// where it is.
    static Optional<Value> view(Read read, long sizeMax) {
        var reader = new TreeReader(read, sizeMax, 2, false);
        if (!reader.fits(() -> reader.entrySize * read.length(ObjectId.ROOT))) {
            return Optional.empty();
        }
        Value root = reader.fields(ObjectId.ROOT, 0);
        return reader.left >= 0 ? Optional.of(root) : Optional.empty();
    }

    /// One value among many.
    ///
    /// @param whole nothing of it was left out for being large
    record Listed(Value value, boolean whole) {}

    static Listed listed(Read read, AmValue value) {
        var reader = new TreeReader(read, LISTED_MAX, 1, true);
        return new Listed(reader.value(value, 0), reader.left >= 0);
    }

    /// The same of a value that is here already.
    static Listed listed(Read read, Value scalar) {
        var reader = new TreeReader(read, LISTED_MAX, 1, true);
        return new Listed(reader.scalar(scalar), reader.left >= 0);
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

    private Value fields(ObjectId id, int depth) {
        var entries = new LinkedHashMap<String, Value>();
        for (MapEntry entry : read.mapEntries(id).orElse(new MapEntry[0])) {
            if (!fits(() -> entry.getKey().length())) {
                return new Value.Unknown(TOO_LARGE);
            }
            entries.put(entry.getKey(), value(entry.getValue(), depth + 1));
        }
        return depth == 0 && id.isRoot() ? new Value.Fields(entries) : Value.Blob.orFields(entries);
    }

    private Value items(ObjectId id, int depth) {
        var items = new ArrayList<Value>();
        for (AmValue item : read.listItems(id).orElse(new AmValue[0])) {
            items.add(value(item, depth + 1));
        }
        return new Value.Items(items);
    }

    private Value text(ObjectId id) {
        if (!fits(() -> read.length(id))) {
            return new Value.Unknown(TOO_LARGE);
        }
        return new Value.Text(read.text(id).orElse(""), withMarks ? marks(id) : List.of());
    }

    /// As many as fit: who reads a value among many hears then that it is not whole.
    private List<Value.Mark> marks(ObjectId id) {
        var marks = new ArrayList<Value.Mark>();
        for (Mark mark : read.marks(id)) {
            if (!fits(() -> entrySize + mark.getName().length())) {
                break;
            }
            marks.add(
                    new Value.Mark(
                            mark.getStart(),
                            mark.getEnd(),
                            mark.getName(),
                            value(mark.getValue(), DEPTH_MAX)));
        }
        return marks;
    }

    private Value value(AmValue value, int depth) {
        return switch (value) {
            case AmValue.Map map -> below(map.getId(), depth, this::fields);
            case AmValue.List list -> below(list.getId(), depth, this::items);
            case AmValue.Text text -> text(text.getId());
            case AmValue.Counter counter -> new Value.Counter(counter.getValue());
            case AmValue.Str str -> scalar(new Value.Str(str.getValue()));
            case AmValue.Int number -> new Value.Int(number.getValue());
            case AmValue.UInt number -> new Value.Uint(number.getValue());
            case AmValue.F64 number -> new Value.Real(number.getValue());
            case AmValue.Bool bool -> new Value.Bool(bool.getValue());
            case AmValue.Bytes bytes -> scalar(new Value.Binary(Bytes.copyOf(bytes.getValue())));
            case AmValue.Timestamp time -> new Value.Timestamp(time.getValue().toInstant());
            case AmValue.Null _ -> new Value.Null();
            case AmValue.Unknown unknown -> new Value.Unknown(unknown.getTypeCode());
            // The library's class is not sealed.
            default -> new Value.Unknown(TOO_DEEP);
        };
    }

    private Value below(ObjectId id, int depth, BiFunction<ObjectId, Integer, Value> inside) {
        if (depth >= DEPTH_MAX) {
            return new Value.Unknown(TOO_DEEP);
        }
        return fits(() -> entrySize * read.length(id))
                ? inside.apply(id, depth)
                : new Value.Unknown(TOO_LARGE);
    }

    private Value scalar(Value scalar) {
        boolean fits =
                switch (scalar) {
                    case Value.Str(var text) -> fits(text::length);
                    case Value.Binary(var bytes) -> fits(bytes::size);
                    default -> true;
                };
        return fits ? scalar : new Value.Unknown(TOO_LARGE);
    }

    private boolean fits(LongSupplier size) {
        if (left == NO_END) {
            return true;
        }
        // Once it is over it stays so: nothing else is looked at.
        if (left >= 0) {
            left -= size.getAsLong();
        }
        return left >= 0;
    }
}
