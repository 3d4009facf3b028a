package org.elohim.node.config;

import java.util.List;
import java.util.stream.Collectors;

/// A value as it stands in the file, before a key's type has judged it.
sealed interface Raw {
    record Text(String text) implements Raw {}

    record Whole(long number) implements Raw {}

    record Truth(boolean truth) implements Raw {}

    record Items(List<Raw> items) implements Raw {
        public Items {
            items = List.copyOf(items);
        }
    }

    /// A kind of value that no key has.
    record Other(String kind) implements Raw {}

    default String kind() {
        return switch (this) {
            case Text _ -> "text";
            case Whole _ -> "a whole number";
            case Truth _ -> "true or false";
            case Items _ -> "a list";
            case Other(var kind) -> kind;
        };
    }

    /// The value for an error line.
    default String shown() {
        return switch (this) {
            case Text(var text) -> "\"" + TomlText.shown(text) + "\"";
            case Whole(var number) -> Long.toString(number);
            case Truth(var truth) -> Boolean.toString(truth);
            case Items(var items) ->
                    items.stream()
                            .limit(ITEMS_SHOWN_MAX)
                            .map(Raw::shown)
                            .collect(
                                    Collectors.joining(
                                            ", ",
                                            "[",
                                            items.size() > ITEMS_SHOWN_MAX ? ", …]" : "]"));
            case Other(var kind) -> "(" + kind + ")";
        };
    }

    int ITEMS_SHOWN_MAX = 4;
}
