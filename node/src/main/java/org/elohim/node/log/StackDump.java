package org.elohim.node.log;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// What the threads of this process do at this moment, for the log: so that what hangs explains
/// itself to whoever reads it later.
///
/// Invariants: no longer than its bounds; those that work or wait for a lock come first, since the
/// others mostly wait for work. Virtual threads are not in it: Java does not tell of them.
public final class StackDump {
    static final int LINES_MAX = 600;
    static final int FRAMES_MAX = 24;

    private StackDump() {}

    public static String now() {
        return of(Thread.getAllStackTraces());
    }

    static String of(Map<Thread, StackTraceElement[]> threads) {
        List<Map.Entry<Thread, StackTraceElement[]>> sorted = new ArrayList<>(threads.entrySet());
        sorted.sort(
                Comparator.comparingInt(
                                (Map.Entry<Thread, StackTraceElement[]> each) ->
                                        rank(each.getKey().getState()))
                        .thenComparing(each -> each.getKey().getName()));
        var lines = new ArrayList<String>();
        for (var each : sorted) {
            lines.add("\"%s\" %s".formatted(each.getKey().getName(), each.getKey().getState()));
            StackTraceElement[] frames = each.getValue();
            for (int i = 0; i < frames.length && i < FRAMES_MAX; i++) {
                lines.add("    at " + frames[i]);
            }
            if (frames.length > FRAMES_MAX) {
                lines.add("    and %d more".formatted(frames.length - FRAMES_MAX));
            }
        }
        return first(lines, LINES_MAX);
    }

    private static int rank(Thread.State state) {
        return switch (state) {
            case BLOCKED -> 0;
            case RUNNABLE -> 1;
            case TIMED_WAITING -> 2;
            case WAITING, NEW, TERMINATED -> 3;
        };
    }

    /// The first of these lines.
    public static String first(List<String> lines, int max) {
        return lines.size() <= max
                ? String.join("\n", lines)
                : String.join("\n", lines.subList(0, max))
                        + "\nand %d more lines".formatted(lines.size() - max);
    }
}
