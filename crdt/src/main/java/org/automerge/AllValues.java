package org.automerge;

import org.jspecify.annotations.NullMarked;

import java.util.List;

/// All values that stand at one place of a document, of which `Read.get` shows the one that wins.
///
/// In the library's package, because what `Read.getAll` returns is visible only from here, by a
/// mistake of version 0.0.7. To be removed with the first version in which `Conflicts` is public.
@NullMarked
public final class AllValues {
    private AllValues() {}

    public static List<AmValue> at(Read read, ObjectId map, String key) {
        return read.getAll(map, key).map(all -> List.copyOf(all.values())).orElse(List.of());
    }

    public static List<AmValue> at(Read read, ObjectId list, int index) {
        return read.getAll(list, index).map(all -> List.copyOf(all.values())).orElse(List.of());
    }
}
