package org.elohim.client.command;

import org.elohim.client.blob.BlobProgress;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// How far a blob has come, as one line: a bar, how much, how fast, how long still, or how long
/// nothing has moved.
///
/// The time is handed in. For two threads: one that moves, one that shows.
final class BlobBar {
    // Short enough to follow a line that changes, long enough not to flicker.
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int BAR_CHARACTERS = 20;
    private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};

    private record Sample(long nanos, long done) {}

    private final ArrayDeque<Sample> samples = new ArrayDeque<>();
    private BlobProgress.Stage stage = BlobProgress.Stage.HASHING;
    private long done;
    private long total = -1;
    private long movedAt;

    synchronized void moved(BlobProgress.Stage nowAt, long nowDone, long nowTotal, long nanos) {
        // What an earlier try has done is no speed of this one.
        boolean isAnew = samples.isEmpty() || nowAt != stage || nowDone < done;
        if (isAnew) {
            samples.clear();
        }
        if (isAnew || nowDone > done) {
            movedAt = nanos;
        }
        stage = nowAt;
        done = nowDone;
        total = nowTotal;
        if (isAnew || nanos - samples.getLast().nanos() >= SAMPLE_NANOS) {
            samples.addLast(new Sample(nanos, done));
        }
        while (samples.size() > 2 && nanos - samples.getFirst().nanos() > WINDOW_NANOS) {
            samples.removeFirst();
        }
    }

    /// The line as it is now; empty before anything was done.
    synchronized String line(long nanos) {
        if (samples.isEmpty()) {
            return "";
        }
        if (stage == BlobProgress.Stage.WAITING) {
            return "Waiting for others to hold it, " + time(nanos - samples.getFirst().nanos());
        }
        var line = new StringBuilder(word());
        if (total > 0) {
            line.append(" ").append(bar()).append("%4d %%".formatted(100 * done / total));
        }
        line.append("  ").append(size(done));
        if (total >= 0) {
            line.append(" of ").append(size(total));
        }
        if (done != total && nanos - movedAt >= STALLED_NANOS) {
            return line.append("  stalled for ").append(time(nanos - movedAt)).toString();
        }
        double rate = bytesPerSecond();
        if (rate > 0) {
            line.append("  ").append(size((long) rate)).append("/s");
            if (total > done) {
                double seconds = (total - done) / rate;
                line.append("  ").append(time((long) (seconds * 1e9))).append(" left");
            }
        }
        return line.toString();
    }

    private String word() {
        return switch (stage) {
            case HASHING -> "Reading ";
            case SENDING -> "Sending ";
            case RECEIVING -> "Getting ";
            case WAITING -> "Waiting ";
        };
    }

    private String bar() {
        int filled = (int) (BAR_CHARACTERS * done / total);
        return "[" + "#".repeat(filled) + "-".repeat(BAR_CHARACTERS - filled) + "]";
    }

    private double bytesPerSecond() {
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long span = last.nanos() - first.nanos();
        return span <= 0 ? 0 : (last.done() - first.done()) * 1e9 / span;
    }

    private static String time(long nanos) {
        Duration time = Duration.ofNanos(nanos);
        return time.toHours() > 0
                ? "%d:%02d:%02d"
                        .formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart())
                : "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
    }

    /// In thousands, as disks and files are told of.
    static String size(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.95 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
