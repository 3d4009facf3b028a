package org.elohim.crdt;

import org.elohim.protocol.Bytes;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Values as JSON has them: objects, lists, strings, numbers, yes and no, and null.
///
/// Invariants: of a plain value there is one form. A string is a `Text` without marks; a whole
/// number is an `Int`, a `Uint` where it needs the last of 64 bits, and else a `Real`. What a
/// document has beyond that is shown as the nearest: a time as ISO 8601, bytes as Base64, a number
/// that is none and what is not known as null.
public final class Plain {
    private static final double LONG_END = 0x1p63;
    private static final double UINT_END = 0x1p64;

    private Plain() {}

    /// What is shown of this value.
    public static Value of(Value value) {
        return switch (value) {
            case Value.Fields(var entries) -> {
                Map<String, Value> plain = HashMap.newHashMap(entries.size());
                entries.forEach((key, entry) -> plain.put(key, of(entry)));
                yield new Value.Fields(plain);
            }
            case Value.Items(var items) -> {
                List<Value> plain = new ArrayList<>(items.size());
                items.forEach(item -> plain.add(of(item)));
                yield new Value.Items(plain);
            }
            case Value.Blob blob -> of(blob.fields());
            case Value.Text(var text, var marks) when marks.isEmpty() -> value;
            case Value.Text(var text, _) -> text(text);
            case Value.Str(var text) -> text(text);
            case Value.Timestamp(var at) -> text(at.toString());
            case Value.Binary(var bytes) ->
                    text(Base64.getEncoder().encodeToString(bytes.toArray()));
            case Value.Counter(long count) -> new Value.Int(count);
            case Value.Uint(long number) when number >= 0 -> new Value.Int(number);
            case Value.Real(double number) -> number(number);
            case Value.Unknown _ -> new Value.Null();
            case Value.Int _, Value.Uint _, Value.Bool _, Value.Null _ -> value;
        };
    }

    private static Value text(String text) {
        return new Value.Text(text, List.of());
    }

    /// A number of floating point.
    public static Value number(double number) {
        if (!Double.isFinite(number)) {
            return new Value.Null();
        }
        if (number != Math.rint(number) || number < -LONG_END || number >= UINT_END) {
            return new Value.Real(number);
        }
        return number < LONG_END
                ? new Value.Int((long) number)
                : new Value.Uint(new BigDecimal(number).toBigInteger().longValue());
    }

    /// The same for equal values and for no others. A text: whoever chooses values whose hashes are
    /// equal makes a table of these slow, and a table of texts not.
    static String name(Value plain) {
        var name = new StringBuilder();
        name(plain, name);
        return name.toString();
    }

    private static void name(Value plain, StringBuilder name) {
        switch (plain) {
            case Value.Fields(var entries) -> {
                name.append('{').append(entries.size());
                for (String key : new TreeSet<>(entries.keySet())) {
                    name.append(':').append(key.length()).append(':').append(key);
                    name(entries.getOrDefault(key, new Value.Null()), name);
                }
            }
            case Value.Items(var items) -> {
                name.append('[').append(items.size()).append(':');
                items.forEach(item -> name(item, name));
            }
            case Value.Text(var text, _) ->
                    name.append('t').append(text.length()).append(':').append(text);
            case Value.Int(long number) -> name.append('i').append(number).append(';');
            case Value.Uint(long number) -> name.append('u').append(number).append(';');
            case Value.Real(double number) ->
                    name.append('r').append(Double.doubleToLongBits(number)).append(';');
            case Value.Bool(boolean truth) -> name.append(truth ? 'y' : 'n');
            case Value.Null _ -> name.append('0');
            case Value.Counter _,
                    Value.Str _,
                    Value.Timestamp _,
                    Value.Binary _,
                    Value.Unknown _,
                    Value.Blob _ ->
                    throw new IllegalArgumentException("not plain: " + plain.getClass());
        }
    }

    /// What is to be written for this to be shown. Wide integers become floats, as JavaScript has
    /// them.
    ///
    /// @throws IllegalArgumentException in words where no number in a document says the same
    static Value stored(Value plain) {
        return switch (plain) {
            case Value.Fields(var entries) -> {
                if (Value.Blob.orFields(blobText(entries)) instanceof Value.Blob blob) {
                    yield blob;
                }
                Map<String, Value> stored = HashMap.newHashMap(entries.size());
                entries.forEach((key, entry) -> stored.put(key, stored(entry)));
                yield new Value.Fields(stored);
            }
            case Value.Items(var items) -> {
                List<Value> stored = new ArrayList<>(items.size());
                items.forEach(item -> stored.add(stored(item)));
                yield new Value.Items(stored);
            }
            case Value.Int(long number) when number != (int) number ->
                    exact((double) number, plain, Long.toString(number));
            case Value.Uint(long number) ->
                    exact(
                            new BigDecimal(Long.toUnsignedString(number)).doubleValue(),
                            plain,
                            Long.toUnsignedString(number));
            default -> plain;
        };
    }

    private static Value exact(double number, Value plain, String digits) {
        if (!number(number).equals(plain)) {
            throw new IllegalArgumentException(
                    "the number "
                            + digits
                            + " has more digits than a document can hold; write it as a string");
        }
        return new Value.Real(number);
    }

    /// Of a blob the hash is a string of another kind than people write.
    private static Map<String, Value> blobText(Map<String, Value> entries) {
        return entries.size() == 1 && entries.get(Value.Blob.KEY) instanceof Value.Text(var hex, _)
                ? Map.of(Value.Blob.KEY, new Value.Str(hex))
                : entries;
    }

    static boolean isBlob(Value plain) {
        return plain instanceof Value.Fields(var entries)
                && Value.Blob.orFields(blobText(entries)) instanceof Value.Blob;
    }

    /// The same as text where that is how a time is shown.
    static Value likeTimestamp(String text) {
        try {
            var at = new Value.Timestamp(Instant.parse(text));
            return at.at().toString().equals(text) ? at : text(text);
        } catch (DateTimeException noTime) {
            return text(text);
        }
    }

    /// The same as text where that is how bytes are shown.
    static Value likeBinary(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            return Base64.getEncoder().encodeToString(bytes).equals(text)
                    ? new Value.Binary(Bytes.copyOf(bytes))
                    : text(text);
        } catch (IllegalArgumentException noBytes) {
            return text(text);
        }
    }
}
