package org.elohim.crdt;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Where in a document: keys of maps and indexes of lists, from the root on.
public record Path(List<Step> steps) {
    public static final Path ROOT = new Path(List.of());

    public sealed interface Step {
        record Key(String name) implements Step {
            public Key {
                Objects.requireNonNull(name);
            }
        }

        record Index(int at) implements Step {
            public Index {
                if (at < 0) {
                    throw new IllegalArgumentException("index=" + at);
                }
            }
        }
    }

    public Path {
        steps = List.copyOf(steps);
    }

    public static Path of(String... keys) {
        Path path = ROOT;
        for (String key : keys) {
            path = path.key(key);
        }
        return path;
    }

    public Path key(String name) {
        return then(new Step.Key(name));
    }

    public Path index(int at) {
        return then(new Step.Index(at));
    }

    private Path then(Step step) {
        var longer = new ArrayList<>(steps);
        longer.add(step);
        return new Path(longer);
    }
}
