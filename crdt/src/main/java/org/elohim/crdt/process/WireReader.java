package org.elohim.crdt.process;

import org.elohim.crdt.Conflicts;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/// Reads what `WireWriter` wrote.
///
/// Invariants: no count is believed beyond the bytes that are there, no nesting beyond what the
/// stack bears; rubbish is an exception of the kinds that `decode` turns into `Malformed`.
final class WireReader {
    private final ByteBuffer in;
    private int depth;

    private WireReader(Bytes bytes) {
        this.in = bytes.asReadOnlyBuffer();
    }

    static <T> Decoded<T> decode(Bytes bytes, Function<WireReader, T> read) {
        var reader = new WireReader(bytes);
        try {
            T parsed = read.apply(reader);
            return reader.in.hasRemaining()
                    ? new Decoded.Malformed<>("bytes left over: " + reader.in.remaining())
                    : new Decoded.Parsed<>(parsed);
        } catch (BufferUnderflowException shortened) {
            return new Decoded.Malformed<>("ends too early");
        } catch (IllegalArgumentException unfit) {
            return new Decoded.Malformed<>(String.valueOf(unfit.getMessage()));
        }
    }

    <E extends Enum<E>> E tag(Class<E> kind) {
        E[] all = kind.getEnumConstants();
        int ordinal = Byte.toUnsignedInt(in.get());
        if (ordinal >= all.length) {
            throw new IllegalArgumentException(kind.getSimpleName() + "=" + ordinal);
        }
        return all[ordinal];
    }

    long number() {
        return in.getLong();
    }

    int count() {
        return in.getInt();
    }

    Bytes bytes() {
        return Bytes.copyOf(raw());
    }

    String text() {
        return new String(raw(), StandardCharsets.UTF_8);
    }

    ContentHash hash() {
        return new ContentHash(bytes());
    }

    <T> List<T> all(Supplier<T> read) {
        int count = length();
        var items = new ArrayList<T>();
        for (int i = 0; i < count; i++) {
            items.add(read.get());
        }
        return items;
    }

    Path path() {
        return new Path(
                all(
                        () ->
                                switch (tag(Tags.PathStep.class)) {
                                    case KEY -> new Path.Step.Key(text());
                                    case INDEX -> new Path.Step.Index(count());
                                }));
    }

    /// Through `Edit`, so that its checks hold on this side too.
    Edit.Step step() {
        var edit = new Edit();
        switch (tag(Tags.EditStep.class)) {
            case PUT -> edit.set(path(), value());
            case DELETE -> edit.delete(path());
            case INSERT -> edit.insert(path(), value());
            case SPLICE -> edit.splice(path(), number(), number(), text());
            case INCREMENT -> edit.increment(path(), number());
            case HIGHLIGHT -> edit.mark(path(), mark(), tag(Edit.Expand.class));
        }
        return edit.steps().getFirst();
    }

    Value value() {
        // An edit goes no deeper, and the engine shows less.
        if (depth == Edit.DEPTH_MAX) {
            throw new IllegalArgumentException("nested deeper than " + Edit.DEPTH_MAX);
        }
        depth++;
        Value value =
                switch (tag(Tags.Kind.class)) {
                    case FIELDS -> fields();
                    case ITEMS -> new Value.Items(all(this::value));
                    case TEXT -> new Value.Text(text(), all(this::mark));
                    case COUNTER -> new Value.Counter(number());
                    case STR -> new Value.Str(text());
                    case INT -> new Value.Int(number());
                    case UINT -> new Value.Uint(number());
                    case REAL -> new Value.Real(Double.longBitsToDouble(number()));
                    case TRUE -> new Value.Bool(true);
                    case FALSE -> new Value.Bool(false);
                    case TIMESTAMP -> new Value.Timestamp(Instant.ofEpochMilli(number()));
                    case BINARY -> new Value.Binary(bytes());
                    case NULL -> new Value.Null();
                    case UNKNOWN -> new Value.Unknown(count());
                    case BLOB -> new Value.Blob(hash());
                };
        depth--;
        return value;
    }

    Conflicts conflicts() {
        return new Conflicts(
                all(() -> new Conflicts.Conflict(path(), claim(), all(this::claim))), count());
    }

    private Conflicts.Claim claim() {
        return new Conflicts.Claim(
                value(),
                new Conflicts.Author(bytes(), hash(), all(this::second).stream().findFirst()));
    }

    private Instant second() {
        long second = number();
        if (second < Instant.MIN.getEpochSecond() || second > Instant.MAX.getEpochSecond()) {
            throw new IllegalArgumentException("second=" + second);
        }
        return Instant.ofEpochSecond(second);
    }

    private Value.Fields fields() {
        int count = length();
        Map<String, Value> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            entries.put(text(), value());
        }
        return new Value.Fields(entries);
    }

    private Value.Mark mark() {
        return new Value.Mark(number(), number(), text(), value());
    }

    private byte[] raw() {
        var raw = new byte[length()];
        in.get(raw);
        return raw;
    }

    /// Whatever is counted takes at least a byte.
    private int length() {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException(
                    "length=" + length + " with bytes left=" + in.remaining());
        }
        return length;
    }
}
