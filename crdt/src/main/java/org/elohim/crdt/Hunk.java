package org.elohim.crdt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A place where two sequences differ: what stands there in the one, and what in the other.
///
/// Found by the greedy algorithm of Myers: as few places as possible, and as small.
///
/// @param from of the one, `to` excluded; the same of the other
record Hunk(int from, int to, int otherFrom, int otherTo) {
    // Beyond so many differences the smallest ones are not looked for any more: what lies between
    // the first and the last is one.
    private static final int DISTANCE_MAX = 1_000;
    private static final int DISTANCE_MIN = 8;

    /// Long sequences are compared less thoroughly: a fraction of a second, whatever they hold.
    private static final long WORK_MAX = 64L << 20;

    /// Where they differ, in ascending order and never next to each other.
    static List<Hunk> between(int[] one, int[] other) {
        int start = Arrays.mismatch(one, other);
        if (start < 0) {
            return List.of();
        }
        int end = one.length;
        int otherEnd = other.length;
        while (end > start && otherEnd > start && one[end - 1] == other[otherEnd - 1]) {
            end--;
            otherEnd--;
        }
        int most =
                Math.clamp(
                        WORK_MAX / (end + otherEnd - 2L * start + 1), DISTANCE_MIN, DISTANCE_MAX);
        var search =
                new Search(
                        Arrays.copyOfRange(one, start, end),
                        Arrays.copyOfRange(other, start, otherEnd),
                        most);
        var found = new ArrayList<Hunk>();
        for (Hunk hunk : search.hunks()) {
            found.add(
                    new Hunk(
                            hunk.from + start,
                            hunk.to + start,
                            hunk.otherFrom + start,
                            hunk.otherTo + start));
        }
        return found;
    }

    /// Furthest points on each diagonal, after each number of differences.
    private static final class Search {
        private final int[] one;
        private final int[] other;
        private final int most;
        private final int[] furthest;
        private final List<int[]> trace = new ArrayList<>();

        Search(int[] one, int[] other, int most) {
            this.one = one;
            this.other = other;
            this.most = Math.min(most, one.length + other.length);
            this.furthest = new int[2 * this.most + 3];
        }

        List<Hunk> hunks() {
            for (int distance = 0; distance <= most; distance++) {
                if (reachesEnd(distance)) {
                    return gaps(matches(distance));
                }
                trace.add(
                        Arrays.copyOfRange(furthest, most + 1 - distance, most + 1 + distance + 1));
            }
            return List.of(new Hunk(0, one.length, 0, other.length));
        }

        private boolean reachesEnd(int distance) {
            for (int diagonal = -distance; diagonal <= distance; diagonal += 2) {
                int at = most + 1 + diagonal;
                int x =
                        down(diagonal, distance, furthest[at - 1], furthest[at + 1])
                                ? furthest[at + 1]
                                : furthest[at - 1] + 1;
                while (x < one.length
                        && x - diagonal < other.length
                        && one[x] == other[x - diagonal]) {
                    x++;
                }
                furthest[at] = x;
                if (x >= one.length && x - diagonal >= other.length) {
                    return true;
                }
            }
            return false;
        }

        private static boolean down(int diagonal, int distance, int left, int right) {
            return diagonal == -distance || (diagonal != distance && left < right);
        }

        /// For each of the one the place in the other that it goes with, or -1.
        private int[] matches(int distance) {
            int[] matches = new int[one.length];
            Arrays.fill(matches, -1);
            int x = one.length;
            int y = other.length;
            for (int d = distance; d > 0; d--) {
                int[] before = trace.get(d - 1);
                int diagonal = x - y;
                // The middle of it is diagonal 0.
                int left = at(before, diagonal - 1, d - 1);
                int right = at(before, diagonal + 1, d - 1);
                boolean down = down(diagonal, d, left, right);
                int lastX = down ? right : left;
                int lastY = lastX - (down ? diagonal + 1 : diagonal - 1);
                while (x > lastX && y > lastY) {
                    matches[--x] = --y;
                }
                x = lastX;
                y = lastY;
            }
            while (x > 0) {
                matches[--x] = --y;
            }
            return matches;
        }

        private static int at(int[] furthest, int diagonal, int distance) {
            int index = diagonal + distance;
            return index < 0 || index >= furthest.length ? 0 : furthest[index];
        }

        private List<Hunk> gaps(int[] matches) {
            var gaps = new ArrayList<Hunk>();
            int from = 0;
            int otherFrom = 0;
            for (int x = 0; x <= one.length; x++) {
                int y = x == one.length ? other.length : matches[x];
                if (y < 0) {
                    continue;
                }
                if (x > from || y > otherFrom) {
                    gaps.add(new Hunk(from, x, otherFrom, y));
                }
                from = x + 1;
                otherFrom = y + 1;
            }
            return gaps;
        }
    }
}
