package org.elohim.node.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// How the values of a key are read and written.
///
/// Invariants: what `toToml` writes, `ofRaw` reads back as an equal value. The readers throw
/// `IllegalArgumentException` with the reason; that of a secret never repeats the value.
///
/// @param ofText reads a flag's or a variable's value
/// @param ofRaw reads a value of the file
record ValueType<T>(
        Function<String, T> ofText, Function<Raw, T> ofRaw, Function<T, String> toToml) {
    // Longer than any family's list, short enough to be started and dialled.
    private static final int ITEMS_MAX = 64;

    static ValueType<Boolean> truth() {
        return new ValueType<>(
                text ->
                        switch (text) {
                            case "true" -> true;
                            case "false" -> false;
                            default -> throw new IllegalArgumentException("not true or false");
                        },
                raw -> raw instanceof Raw.Truth(var truth) ? truth : refuse(raw),
                String::valueOf);
    }

    static ValueType<Integer> whole(int min, int max) {
        return new ValueType<>(
                text -> inRange(parseWhole(text), min, max),
                raw ->
                        raw instanceof Raw.Whole(var number)
                                ? inRange(number, min, max)
                                : refuse(raw),
                String::valueOf);
    }

    /// Milliseconds as a number, or a duration in words.
    static ValueType<Integer> millis(int min, int max) {
        return new ValueType<>(
                text -> inRange(parseMillis(text), min, max),
                raw ->
                        switch (raw) {
                            case Raw.Text(var text) ->
                                    inRange(DurationText.parse(text).toMillis(), min, max);
                            case Raw.Whole(var number) -> inRange(number, min, max);
                            case Raw.Truth _, Raw.Items _, Raw.Other _ -> refuse(raw);
                        },
                String::valueOf);
    }

    static ValueType<ByteSize> size(ByteSize min, ByteSize max) {
        return new ValueType<>(
                text -> inRange(ByteSize.parse(text), min, max),
                raw ->
                        switch (raw) {
                            case Raw.Text(var text) -> inRange(ByteSize.parse(text), min, max);
                            case Raw.Whole(var bytes) when bytes >= 0 ->
                                    inRange(new ByteSize(bytes), min, max);
                            case Raw.Whole _ -> throw new IllegalArgumentException("negative");
                            case Raw.Truth _, Raw.Items _, Raw.Other _ -> refuse(raw);
                        },
                size -> TomlText.quote(size.toString()));
    }

    static <T> ValueType<T> text(Function<String, T> parse) {
        return new ValueType<>(
                parse,
                raw -> raw instanceof Raw.Text(var text) ? parse.apply(text) : refuse(raw),
                value -> TomlText.quote(value.toString()));
    }

    /// A list of texts; separated by commas where it is one text itself.
    static <T> ValueType<List<T>> list(Function<String, T> parse) {
        return new ValueType<>(
                text -> items(List.of(text.split(",", -1)), String::strip, parse),
                raw ->
                        raw instanceof Raw.Items(var items)
                                ? items(
                                        items,
                                        item ->
                                                item instanceof Raw.Text(var text)
                                                        ? text
                                                        : refuse(item),
                                        parse)
                                : refuse(raw),
                list ->
                        list.stream()
                                .map(item -> TomlText.quote(item.toString()))
                                .collect(Collectors.joining(", ", "[", "]")));
    }

    /// This type in other words, for values that are kept in another form than they are written.
    <U> ValueType<U> map(Function<T, U> to, Function<U, T> from) {
        return new ValueType<>(ofText.andThen(to), ofRaw.andThen(to), toToml.compose(from));
    }

    private static <I, T> List<T> items(
            List<I> items, Function<I, String> text, Function<String, T> parse) {
        if (items.size() > ITEMS_MAX) {
            throw new IllegalArgumentException("more than " + ITEMS_MAX + " entries");
        }
        var parsed = new ArrayList<T>();
        for (int i = 0; i < items.size(); i++) {
            try {
                parsed.add(parse.apply(text.apply(items.get(i))));
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException(
                        "entry " + (i + 1) + ": " + wrong.getMessage(), wrong);
            }
        }
        if (new HashSet<>(parsed).size() < parsed.size()) {
            throw new IllegalArgumentException("an entry stands twice");
        }
        return List.copyOf(parsed);
    }

    private static long parseMillis(String text) {
        return text.matches("-?[0-9]+") ? parseWhole(text) : DurationText.parse(text).toMillis();
    }

    private static long parseWhole(String text) {
        // Eighteen digits always fit.
        if (!text.matches("-?[0-9]{1,18}")) {
            throw new IllegalArgumentException("not a whole number");
        }
        return Long.parseLong(text);
    }

    private static int inRange(long number, int min, int max) {
        if (number < min || number > max) {
            throw new IllegalArgumentException("out of range");
        }
        return (int) number;
    }

    private static ByteSize inRange(ByteSize size, ByteSize min, ByteSize max) {
        if (size.compareTo(min) < 0 || size.compareTo(max) > 0) {
            throw new IllegalArgumentException("out of range");
        }
        return size;
    }

    // Returns nothing ever; the type lets it stand as a branch of an expression.
    @SuppressWarnings("TypeParameterUnusedInFormals")
    private static <T> T refuse(Raw raw) {
        throw new IllegalArgumentException("wrong type, this is " + raw.kind());
    }
}
