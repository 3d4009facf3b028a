package org.elohim.crdt;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Collects the steps of one edit, which an engine then carries out as one change.
///
/// Steps are data and not calls, so that they can be carried out in another process.
public final class Edit {
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
        return add(new Step.Put(notRoot(path), Objects.requireNonNull(value)));
    }

    public Edit delete(Path path) {
        return add(new Step.Delete(notRoot(path)));
    }

    /// Into a list, before the item at this index.
    public Edit insert(Path path, Value value) {
        return add(new Step.Insert(notRoot(path), Objects.requireNonNull(value)));
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
        return add(
                new Step.Highlight(
                        notRoot(path),
                        Objects.requireNonNull(mark),
                        Objects.requireNonNull(expand)));
    }

    public List<Step> steps() {
        return List.copyOf(steps);
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
}
