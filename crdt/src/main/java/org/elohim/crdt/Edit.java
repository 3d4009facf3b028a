package org.elohim.crdt;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/// Collects the steps of one edit, which an engine then carries out as one change.
///
/// Steps are data and not calls, so that they can be carried out in another process.
public final class Edit {
    /// So many levels a value may have, itself included: whatever reads it, in this process or
    /// another, does so on a stack that ends. Who reads a whole document is shown fewer levels, and
    /// comes to the rest by its path.
    public static final int DEPTH_MAX = 128;

    private final List<Step> steps = new ArrayList<>();

    /// Automerge's rule whether text typed at the edge of a mark belongs to it.
    public enum Expand {
        BEFORE,
        AFTER,
        BOTH,
        NONE
    }

    public sealed interface Step {
        record Put(Path path, Value value) implements Step {}

        record Delete(Path path) implements Step {}

        record Insert(Path path, Value value) implements Step {}

        record Splice(Path path, long start, long deleteCount, String text) implements Step {}

        record Increment(Path path, long by) implements Step {}

        record Highlight(Path path, Value.Mark mark, Expand expand) implements Step {}
    }

    public Edit() {}

    public Edit set(Path path, Value value) {
        return add(new Step.Put(notRoot(path), notTooDeep(value)));
    }

    public Edit delete(Path path) {
        return add(new Step.Delete(notRoot(path)));
    }

    /// Into a list, before the item at this index.
    public Edit insert(Path path, Value value) {
        return add(new Step.Insert(notRoot(path), notTooDeep(value)));
    }

    public Edit splice(Path path, long start, long deleteCount, String text) {
        if (start < 0 || deleteCount < 0) {
            throw new IllegalArgumentException("start=" + start + " delete=" + deleteCount);
        }
        return add(
                new Step.Splice(notRoot(path), start, deleteCount, Objects.requireNonNull(text)));
    }

    public Edit increment(Path path, long by) {
        return add(new Step.Increment(notRoot(path), by));
    }

    public Edit mark(Path path, Value.Mark mark, Expand expand) {
        notTooDeep(mark.value());
        return add(new Step.Highlight(notRoot(path), mark, Objects.requireNonNull(expand)));
    }

    public List<Step> steps() {
        return List.copyOf(steps);
    }

    /// The steps of another edit as well.
    public Edit all(Edit other) {
        steps.addAll(other.steps);
        return this;
    }

    private Edit add(Step step) {
        steps.add(step);
        return this;
    }

    private static Path notRoot(Path path) {
        if (path.steps().isEmpty()) {
            throw new IllegalArgumentException("the root itself cannot be edited");
        }
        return path;
    }

    private static Value notTooDeep(Value value) {
        if (isDeeper(value, DEPTH_MAX)) {
            throw new IllegalArgumentException("value nested deeper than " + DEPTH_MAX);
        }
        return value;
    }

    private static boolean isDeeper(Value value, int levels) {
        return levels == 0
                || switch (value) {
                    case Value.Fields(var entries) -> anyDeeper(entries.values(), levels - 1);
                    case Value.Items(var items) -> anyDeeper(items, levels - 1);
                    case Value.Text(_, var marks) ->
                            marks.stream().anyMatch(mark -> isDeeper(mark.value(), levels - 1));
                    case Value.Counter _,
                            Value.Str _,
                            Value.Int _,
                            Value.Uint _,
                            Value.Real _,
                            Value.Bool _,
                            Value.Timestamp _,
                            Value.Binary _,
                            Value.Null _,
                            Value.Unknown _,
                            Value.Blob _ ->
                            false;
                };
    }

    private static boolean anyDeeper(Collection<Value> values, int levels) {
        return values.stream().anyMatch(value -> isDeeper(value, levels));
    }
}
