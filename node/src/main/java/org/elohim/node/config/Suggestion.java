package org.elohim.node.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What somebody may have meant by a name that does not exist.
final class Suggestion {
    // Longer names are no typing mistakes, and the comparison is quadratic.
    private static final int NAME_CHARS_MAX = 64;
    // One slip in four characters still looks like the same word.
    private static final int CHARS_PER_SLIP = 4;

    private record Candidate(String name, int distance) {}

    private Suggestion() {}

    /// ` (did you mean …?)`, or nothing where no known name is close.
    static String of(String name, List<String> known) {
        return closest(name, known).map(found -> " (did you mean " + found + "?)").orElse("");
    }

    static Optional<String> closest(String name, List<String> known) {
        String plain = plain(name);
        if (plain.isEmpty() || plain.length() > NAME_CHARS_MAX) {
            return Optional.empty();
        }
        return known.stream()
                .map(candidate -> new Candidate(candidate, distance(plain, plain(candidate))))
                .filter(found -> found.distance() <= 1 + plain.length() / CHARS_PER_SLIP)
                // A word of two letters is not close to every other word of two letters.
                .filter(found -> found.distance() < plain.length())
                .min(Comparator.comparingInt(Candidate::distance))
                .map(Candidate::name);
    }

    /// `maxCpuPercent`, `max-cpu-percent` and `max_cpu_percent` are one name to a person.
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    private static int distance(String from, String to) {
        int[] above = new int[to.length() + 1];
        for (int j = 0; j < above.length; j++) {
            above[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[above.length];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int change = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[to.length()];
    }
}
