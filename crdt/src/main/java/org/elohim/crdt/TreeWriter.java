package org.elohim.crdt;

import org.automerge.AmValue;
import org.automerge.ExpandMark;
import org.automerge.NewValue;
import org.automerge.ObjectId;
import org.automerge.ObjectType;
import org.automerge.Transaction;

import java.util.Date;
import java.util.List;

/// Carries out the steps of an edit in one transaction.
///
/// Invariants: types and indexes are checked before each native call; what does not fit is an
/// `IllegalArgumentException`, upon which the whole transaction is rolled back.
final class TreeWriter {
    private final Transaction transaction;

    TreeWriter(Transaction transaction) {
        this.transaction = transaction;
    }

    void write(Edit.Step step) {
        switch (step) {
            case Edit.Step.Put(var path, var value) -> {
                ObjectId parent = parent(path);
                switch (path.steps().getLast()) {
                    case Path.Step.Key(var name) -> put(parent, name, value);
                    case Path.Step.Index(var at) ->
                            putAt(parent, below(parent, at, 0), value, false);
                }
            }
            case Edit.Step.Insert(var path, var value) -> {
                ObjectId parent = parent(path);
                if (!(path.steps().getLast() instanceof Path.Step.Index(var at))) {
                    throw misfit("insert needs an index", path);
                }
                putAt(parent, below(parent, at, 1), value, true);
            }
            case Edit.Step.Delete(var path) -> {
                ObjectId parent = parent(path);
                switch (path.steps().getLast()) {
                    case Path.Step.Key(var name) -> transaction.delete(parent, name);
                    case Path.Step.Index(var at) ->
                            transaction.delete(parent, below(parent, at, 0));
                }
            }
            case Edit.Step.Splice(var path, var start, var deleteCount, var text) -> {
                ObjectId id = textAt(path);
                long length = transaction.length(id);
                if (start > length || deleteCount > length - start) {
                    throw misfit("length=" + length, path);
                }
                transaction.spliceText(id, start, deleteCount, text);
            }
            case Edit.Step.Increment(var path, var by) -> increment(path, by);
            case Edit.Step.Highlight(var path, var mark, var expand) ->
                    mark(textAt(path), mark, ExpandMark.valueOf(expand.name()));
        }
    }

    private void increment(Path path, long by) {
        ObjectId parent = parent(path);
        if (!(TreeReader.find(transaction, path.steps()).orElse(null) instanceof AmValue.Counter)) {
            throw misfit("no counter", path);
        }
        switch (path.steps().getLast()) {
            case Path.Step.Key(var name) -> transaction.increment(parent, name, by);
            case Path.Step.Index(var at) -> transaction.increment(parent, (long) at, by);
        }
    }

    private ObjectId parent(Path path) {
        boolean keyed = path.steps().getLast() instanceof Path.Step.Key;
        if (path.steps().size() == 1) {
            if (!keyed) {
                throw misfit("the root is a map", path);
            }
            return ObjectId.ROOT;
        }
        List<Path.Step> above = path.steps().subList(0, path.steps().size() - 1);
        AmValue parent = TreeReader.find(transaction, above).orElse(null);
        if (keyed && parent instanceof AmValue.Map map) {
            return map.getId();
        }
        if (!keyed && parent instanceof AmValue.List list) {
            return list.getId();
        }
        throw misfit(keyed ? "no map" : "no list", path);
    }

    private ObjectId textAt(Path path) {
        if (TreeReader.find(transaction, path.steps()).orElse(null) instanceof AmValue.Text text) {
            return text.getId();
        }
        throw misfit("no text", path);
    }

    private long below(ObjectId list, int at, int more) {
        long length = transaction.length(list);
        if (at >= length + more) {
            throw new IllegalArgumentException("index=" + at + " length=" + length);
        }
        return at;
    }

    private void put(ObjectId parent, String key, Value value) {
        switch (value) {
            case Value.Fields fields -> fill(transaction.set(parent, key, ObjectType.MAP), fields);
            case Value.Blob blob ->
                    fill(transaction.set(parent, key, ObjectType.MAP), blob.fields());
            case Value.Items items -> fill(transaction.set(parent, key, ObjectType.LIST), items);
            case Value.Text text -> fill(transaction.set(parent, key, ObjectType.TEXT), text);
            case Value.Int(var number) -> transaction.set(parent, key, narrow(number));
            default -> transaction.set(parent, key, scalar(value));
        }
    }

    private void putAt(ObjectId parent, long at, Value value, boolean insert) {
        ObjectType type =
                switch (value) {
                    case Value.Fields _, Value.Blob _ -> ObjectType.MAP;
                    case Value.Items _ -> ObjectType.LIST;
                    case Value.Text _ -> ObjectType.TEXT;
                    default -> null;
                };
        if (value instanceof Value.Int(var number)) {
            if (insert) {
                transaction.insert(parent, at, narrow(number));
            } else {
                transaction.set(parent, at, narrow(number));
            }
            return;
        }
        if (type == null) {
            if (insert) {
                transaction.insert(parent, at, scalar(value));
            } else {
                transaction.set(parent, at, scalar(value));
            }
            return;
        }
        fill(
                insert ? transaction.insert(parent, at, type) : transaction.set(parent, at, type),
                value);
    }

    private void fill(ObjectId id, Value value) {
        switch (value) {
            case Value.Fields(var entries) ->
                    // Sorted, so that the same edit gives the same bytes.
                    entries.keySet().stream()
                            .sorted()
                            .forEach(
                                    key ->
                                            put(
                                                    id,
                                                    key,
                                                    entries.getOrDefault(key, new Value.Null())));
            case Value.Blob blob -> fill(id, blob.fields());
            case Value.Items(var items) -> {
                for (int i = 0; i < items.size(); i++) {
                    putAt(id, i, items.get(i), true);
                }
            }
            case Value.Text(var text, var marks) -> {
                transaction.spliceText(id, 0, 0, text);
                marks.forEach(mark -> mark(id, mark, ExpandMark.AFTER));
            }
            default -> throw new IllegalArgumentException("not a container: " + value);
        }
    }

    private void mark(ObjectId id, Value.Mark mark, ExpandMark expand) {
        long length = transaction.length(id);
        if (mark.start() < 0 || mark.start() >= mark.end() || mark.end() > length) {
            throw new IllegalArgumentException("mark " + mark + " length=" + length);
        }
        if (mark.value() instanceof Value.Int(var number)) {
            transaction.mark(id, mark.start(), mark.end(), mark.name(), number, expand);
            return;
        }
        transaction.mark(id, mark.start(), mark.end(), mark.name(), scalar(mark.value()), expand);
    }

    /// The library turns every `NewValue.integer` into a float, in silence; only its calls with an
    /// `int` write integers. So wider ones are refused rather than rounded.
    private static int narrow(long number) {
        if (number != (int) number) {
            throw new IllegalArgumentException("integer beyond 32 bits: " + number);
        }
        return (int) number;
    }

    private static NewValue scalar(Value value) {
        return switch (value) {
            case Value.Counter(var count) -> NewValue.counter(count);
            case Value.Str(var text) -> NewValue.str(text);
            case Value.Int(var number) -> NewValue.integer(number);
            case Value.Uint(var number) -> NewValue.uint(number);
            case Value.Real(var number) -> NewValue.f64(number);
            case Value.Bool(var truth) -> NewValue.bool(truth);
            case Value.Timestamp(var at) -> NewValue.timestamp(Date.from(at));
            case Value.Binary(var bytes) -> NewValue.bytes(bytes.toArray());
            case Value.Null _ -> NewValue.NULL;
            case Value.Fields _, Value.Items _, Value.Text _, Value.Blob _, Value.Unknown _ ->
                    throw new IllegalArgumentException("not a scalar: " + value);
        };
    }

    private static IllegalArgumentException misfit(String what, Path path) {
        return new IllegalArgumentException(what + " at " + path);
    }
}
