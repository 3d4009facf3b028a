package org.elohim.crdt;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.FieldReader;
import org.elohim.protocol.id.ContentHash;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Reads the operations of a change that the engine has taken in, for what the engine does not tell
/// of them: who has written a value.
///
/// A change holds them in columns, each a run-length encoded field of all its operations. Columns
/// that this version does not know are passed over.
///
/// Invariants: bytes of whatever kind never throw; behind a mistake there are no more operations.
final class OperationReader {
    /// Of a change, and of what they take the place of: as many as it may have bytes. A run may
    /// claim any number, though no engine would have taken that in.
    static final int OPERATIONS_MAX = ChunkReader.BODY_BYTES_MAX;

    private static final int TYPE_AT = 8;
    private static final int PLAIN = 1;

    // Names of columns: four bits of its kind below its number.
    private static final int OBJECT_ACTOR = 0x01;
    private static final int OBJECT_COUNTER = 0x02;
    private static final int ITEM_ACTOR = 0x11;
    private static final int ITEM_COUNTER = 0x13;
    private static final int KEY = 0x15;
    private static final int INSERT = 0x34;
    private static final int ACTION = 0x42;
    private static final int VALUE_KIND = 0x56;
    private static final int VALUE = 0x57;
    private static final int OVER_COUNT = 0x70;
    private static final int OVER_ACTOR = 0x71;
    private static final int OVER_COUNTER = 0x73;

    private final List<Bytes> actors = new ArrayList<>();
    private final Map<Integer, FieldReader> columns = new HashMap<>();
    private final FieldReader front;
    private final ByteBuffer chunk;
    private final long startOp;
    private int left = OPERATIONS_MAX;
    private boolean misfit;

    private OperationReader(ChangeChunk change) {
        this.chunk = change.bytes().asReadOnlyBuffer();
        this.front = new FieldReader(chunk);
        this.startOp = change.startOp();
    }

    static void each(ChangeChunk change, Consumer<Operation> use) {
        var reader = new OperationReader(change);
        reader.readFront();
        reader.readOperations(use);
    }

    static long count(ChangeChunk change) {
        var reader = new OperationReader(change);
        reader.readFront();
        Column<Long> actions = reader.numbers(ACTION);
        long count = 0;
        while (actions.hasNext() && reader.fits()) {
            actions.next();
            count++;
        }
        return count;
    }

    private void readFront() {
        front.skip("magic and checksum", TYPE_AT);
        // The engine hands out no other; a deflated one would have to be inflated first.
        misfit = front.unsignedByte("type") != PLAIN;
        long _ = front.unsigned("length");
        List<ContentHash> _ = front.hashes("deps", ChunkReader.DEPS_MAX);
        actors.add(front.prefixed("author", ChunkReader.ACTOR_BYTES_MAX));
        long _ = front.unsigned("seq");
        long _ = front.unsigned("start op");
        long _ = front.signed("time");
        Bytes _ = front.prefixed("message", ChunkReader.BODY_BYTES_MAX);
        int others = front.count("other actors", 1, Integer.MAX_VALUE);
        for (int i = 0; i < others && !front.failed(); i++) {
            actors.add(front.prefixed("actor", ChunkReader.ACTOR_BYTES_MAX));
        }
        int count = front.count("columns", 2, Integer.MAX_VALUE);
        var names = new ArrayList<Long>();
        var lengths = new ArrayList<Integer>();
        for (int i = 0; i < count && !front.failed(); i++) {
            names.add(front.unsigned("column"));
            lengths.add(front.count("column's length", 1, ChunkReader.BODY_BYTES_MAX));
        }
        for (int i = 0; i < lengths.size() && !front.failed(); i++) {
            int at = front.position();
            front.skip("column", lengths.get(i));
            if (!front.failed()) {
                columns.put(
                        names.get(i).intValue(), new FieldReader(chunk.slice(at, lengths.get(i))));
            }
        }
        misfit |= front.failed();
    }

    private void readOperations(Consumer<Operation> use) {
        var objects = new Ids(numbers(OBJECT_ACTOR), numbers(OBJECT_COUNTER), false);
        var items = new Ids(numbers(ITEM_ACTOR), deltas(ITEM_COUNTER), true);
        var keys = new Column<>(column(KEY), OperationReader::text);
        var inserts = new Switches(column(INSERT));
        Column<Long> actions = numbers(ACTION);
        Column<Long> kinds = numbers(VALUE_KIND);
        FieldReader values = column(VALUE);
        Column<Long> overCounts = numbers(OVER_COUNT);
        var overs = new Ids(numbers(OVER_ACTOR), deltas(OVER_COUNTER), true);
        for (long counter = startOp; actions.hasNext() && fits(); counter++) {
            Long action = actions.next();
            Operation.Id id = new Operation.Id(counter, actors.getFirst());
            Operation.Id object = objects.next();
            Operation.Id item = items.next();
            String key = keys.next();
            boolean insert = inserts.next();
            Value value = value(kinds.next(), values, insert);
            List<Operation.Id> over = all(overs, overCounts.next());
            if (action == null || values.failed() || misfit) {
                return;
            }
            Operation.Place place =
                    key != null
                            ? new Operation.Place.Key(object, key)
                            : new Operation.Place.Item(object, insert ? id : item);
            use.accept(new Operation(id, place, deed(action.intValue(), insert, value), over));
        }
    }

    private List<Operation.Id> all(Ids ids, @Nullable Long count) {
        if (count == null) {
            return List.of();
        }
        var all = new ArrayList<Operation.Id>();
        for (long i = 0; i < count && fits(); i++) {
            all.add(ids.next());
        }
        return all;
    }

    private boolean fits() {
        left--;
        misfit |= left < 0;
        return !misfit;
    }

    private static Operation.Deed deed(int action, boolean insert, Value value) {
        boolean makes = action == 0 || action == 2 || action == 4 || action == 6;
        if (insert) {
            return new Operation.Deed.Insert(makes);
        }
        if (makes) {
            return new Operation.Deed.Make();
        }
        return switch (action) {
            case 1 -> new Operation.Deed.Put(value);
            case 3 -> new Operation.Deed.Delete();
            case 5 ->
                    value instanceof Value.Int(var by)
                            ? new Operation.Deed.Increment(by)
                            : new Operation.Deed.Other();
            default -> new Operation.Deed.Other();
        };
    }

    /// Four bits of kind below the value's length.
    private static Value value(@Nullable Long kindAndLength, FieldReader values, boolean passed) {
        if (kindAndLength == null) {
            return new Value.Null();
        }
        int length = (int) Math.min(Integer.MAX_VALUE, kindAndLength >>> 4);
        if (passed) {
            values.skip("value", length);
            return new Value.Null();
        }
        Bytes raw = values.bytes("value", length);
        var in = new FieldReader(raw);
        int kind = (int) (kindAndLength & 0xf);
        Value value = scalar(kind, raw, in);
        return in.failed() ? new Value.Unknown(kind) : value;
    }

    private static Value scalar(int kind, Bytes raw, FieldReader in) {
        return switch (kind) {
            case 0 -> new Value.Null();
            case 1 -> new Value.Bool(false);
            case 2 -> new Value.Bool(true);
            case 3 -> new Value.Uint(in.unsigned("number"));
            case 4 -> new Value.Int(in.signed("number"));
            case 5 -> new Value.Real(raw.size() == Double.BYTES ? real(raw) : Double.NaN);
            case 6 -> new Value.Str(new String(raw.toArray(), StandardCharsets.UTF_8));
            case 7 -> new Value.Binary(raw);
            case 8 -> new Value.Counter(in.signed("count"));
            case 9 -> new Value.Timestamp(Instant.ofEpochMilli(in.signed("time")));
            default -> new Value.Unknown(kind);
        };
    }

    private static double real(Bytes raw) {
        return Double.longBitsToDouble(Long.reverseBytes(raw.longAt(0)));
    }

    private static String text(FieldReader in) {
        return new String(
                in.prefixed("key", ChunkReader.BODY_BYTES_MAX).toArray(), StandardCharsets.UTF_8);
    }

    private FieldReader column(int name) {
        return columns.getOrDefault(name, new FieldReader(Bytes.EMPTY));
    }

    private Column<Long> numbers(int name) {
        return new Column<>(column(name), in -> in.unsigned("number"));
    }

    private Column<Long> deltas(int name) {
        return new Column<>(column(name), in -> in.signed("difference"));
    }

    /// Ids, their two halves in two columns.
    private final class Ids {
        private final Column<Long> actor;
        private final Column<Long> counter;
        private final boolean relative;
        private long last;

        /// @param relative each counter is told by its difference to the one before
        Ids(Column<Long> actor, Column<Long> counter, boolean relative) {
            this.actor = actor;
            this.counter = counter;
            this.relative = relative;
        }

        Operation.Id next() {
            Long index = actor.next();
            Long number = counter.next();
            if (number != null) {
                last = relative ? last + number : number;
            }
            if (index == null) {
                return Operation.Id.ROOT;
            }
            if (number == null || index >= actors.size()) {
                misfit = true;
                return Operation.Id.ROOT;
            }
            return new Operation.Id(last, actors.get(index.intValue()));
        }
    }

    /// Yes and no, told by how long each lasts; it begins with no.
    private static final class Switches {
        private final FieldReader in;
        private boolean on = true;
        private long left;

        Switches(FieldReader in) {
            this.in = in;
        }

        boolean next() {
            while (left == 0) {
                if (in.remaining() == 0) {
                    return false;
                }
                left = in.unsigned("length");
                on = !on;
            }
            left--;
            return on;
        }
    }
}
