package org.elohim.client.command;

import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Places in a document as they are written on the command line: names and numbers with slashes
/// between them, as in JSON Pointer (RFC 6901).
///
/// Whether a number is an index or a name follows from what stands there; `-` is behind the last
/// item of a list.
final class Places {
    private static final String APPEND = "-";

    private Places() {}

    /// As it is written on the command line.
    static String of(Path path) {
        return path.steps().stream()
                .map(
                        step ->
                                switch (step) {
                                    case Path.Step.Key(var name) ->
                                            name.replace("~", "~0").replace("/", "~1");
                                    case Path.Step.Index(var at) -> String.valueOf(at);
                                })
                .collect(Collectors.joining("/"));
    }

    /// What stands there in this document.
    static Optional<Value> find(Value root, String place) throws Refused {
        Optional<Value> at = Optional.of(root);
        for (String name : names(place)) {
            at = at.flatMap(value -> child(value, name));
        }
        return at;
    }

    private static Optional<Value> child(Value value, String name) {
        return switch (value) {
            case Value.Fields(var entries) -> Optional.ofNullable(entries.get(name));
            case Value.Items(var items) ->
                    index(name).filter(at -> at < items.size()).map(items::get);
            default -> Optional.empty();
        };
    }

    /// Puts a value there; maps on the way that are not there yet are made.
    static void set(Edit edit, Value root, String place, Value value) throws Refused {
        List<String> names = names(place);
        if (names.isEmpty()) {
            throw Refused.usage("the whole document cannot be set; name a place in it");
        }
        Path path = Path.ROOT;
        Value at = root;
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            boolean last = i == names.size() - 1;
            switch (at) {
                case Value.Fields(var entries) -> {
                    path = path.key(name);
                    if (last) {
                        edit.set(path, value);
                    } else if (entries.get(name) == null) {
                        edit.set(path, nested(names.subList(i + 1, names.size()), value));
                        return;
                    } else {
                        at = entries.get(name);
                    }
                }
                case Value.Items(var items) -> {
                    int size = items.size();
                    int index =
                            name.equals(APPEND)
                                    ? size
                                    : index(name)
                                            .filter(number -> number <= size)
                                            .orElseThrow(() -> noIndex(name, size));
                    path = path.index(index);
                    if (index == size) {
                        edit.insert(path, nested(names.subList(i + 1, names.size()), value));
                        return;
                    }
                    if (last) {
                        edit.set(path, value);
                    }
                    at = items.get(index);
                }
                default ->
                        throw Refused.usage(
                                "'%s' is no place in this document: what stands before it is neither a map nor a list"
                                        .formatted(name));
            }
        }
    }

    /// Takes away what stands there.
    static void remove(Edit edit, Value root, String place) throws Refused {
        Path path = Path.ROOT;
        Value at = root;
        for (String name : names(place)) {
            Value inner =
                    child(at, name).orElseThrow(() -> Refused.usage("nothing stands at " + place));
            path =
                    at instanceof Value.Items
                            ? path.index(index(name).orElseThrow())
                            : path.key(name);
            at = inner;
        }
        if (path.equals(Path.ROOT)) {
            throw Refused.usage("the whole document: ./elohim device delete does that");
        }
        edit.delete(path);
    }

    private static Refused noIndex(String name, int size) {
        return Refused.usage(
                "'%s' is no index of a list with %d items; '-' appends".formatted(name, size));
    }

    private static Value nested(List<String> names, Value value) {
        Value nested = value;
        for (String name : names.reversed()) {
            nested = new Value.Fields(Map.of(name, nested));
        }
        return nested;
    }

    private static Optional<Integer> index(String name) {
        return name.matches("0|[1-9][0-9]{0,8}")
                ? Optional.of(Integer.parseInt(name))
                : Optional.empty();
    }

    private static List<String> names(String place) throws Refused {
        String inner = place.startsWith("/") ? place.substring(1) : place;
        if (inner.isEmpty()) {
            return List.of();
        }
        List<String> names =
                Stream.of(inner.split("/", -1))
                        .map(name -> name.replace("~1", "/").replace("~0", "~"))
                        .toList();
        if (names.contains("")) {
            throw Refused.usage("'%s' has a name without letters in it".formatted(place));
        }
        return names;
    }
}
