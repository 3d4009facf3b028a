package org.elohim.protocol.blob.replication;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;

/// A set of numbers that mostly follow each other, as ranges.
///
/// Invariants: ranges ascend, are not empty, and do not touch.
public record Numbers(List<Range> ranges) {
    /// `count` numbers from `first` on.
    public record Range(long first, long count) {
        public Range {
            if (first < 0 || count < 1 || first > Long.MAX_VALUE - count) {
                throw new IllegalArgumentException("first=" + first + " count=" + count);
            }
        }

        long end() {
            return first + count;
        }
    }

    public Numbers {
        ranges = List.copyOf(ranges);
        for (int i = 1; i < ranges.size(); i++) {
            if (ranges.get(i).first() <= ranges.get(i - 1).end()) {
                throw new IllegalArgumentException("ranges touch or go back: " + ranges);
            }
        }
    }

    public static Numbers of(Collection<Long> numbers) {
        var ranges = new ArrayList<Range>();
        for (long number : new TreeSet<>(numbers)) {
            if (!ranges.isEmpty() && ranges.getLast().end() == number) {
                Range last = ranges.removeLast();
                ranges.add(new Range(last.first(), last.count() + 1));
            } else {
                ranges.add(new Range(number, 1));
            }
        }
        return new Numbers(ranges);
    }

    public LongStream stream() {
        return ranges.stream().flatMapToLong(range -> LongStream.range(range.first(), range.end()));
    }

    public long count() {
        return ranges.stream().mapToLong(Range::count).sum();
    }
}
