package org.elohim.protocol.sync;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/// How fast something gets done, and when it will be.
///
/// Invariants: it looks back over a few seconds and keeps a few numbers; where nothing gets done it
/// promises nothing.
public final class Pace {
    private static final long SPAN_MILLIS = 10_000;
    private static final long SAMPLE_MILLIS = 500;

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long atMillis, long left) {}

    /// So much is left to do by now.
    public void left(long left, long nowMillis) {
        if (!samples.isEmpty() && nowMillis - samples.getLast().atMillis() < SAMPLE_MILLIS) {
            return;
        }
        samples.add(new Sample(nowMillis, left));
        while (nowMillis - samples.getFirst().atMillis() > SPAN_MILLIS) {
            samples.remove();
        }
    }

    /// Begins anew.
    public void clear() {
        samples.clear();
    }

    /// When nothing will be left, as it goes now; nothing where there is no telling.
    public OptionalLong etaMillis() {
        if (samples.isEmpty() || samples.getLast().left() == 0) {
            return OptionalLong.empty();
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long done = first.left() - last.left();
        return done <= 0
                ? OptionalLong.empty()
                : OptionalLong.of(last.left() * (last.atMillis() - first.atMillis()) / done);
    }
}
