package org.elohim.node.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a `Range` header asks for, of a content of known length.
///
/// Invariants: of what is asked for in ranges no byte is given twice; what cannot be read asks for
/// everything, as does what asks for too many.
sealed interface ByteRanges {
    int RANGES_MAX = 16;
    String UNIT = "bytes=";
    // A number of more digits is beyond any content.
    Pattern FORM = Pattern.compile("(\\d{1,18})-(\\d{1,18})?|-(\\d{1,18})");

    /// From one place to the one before another.
    record Span(long from, long to) {
        long bytes() {
            return to - from;
        }
    }

    record All() implements ByteRanges {}

    /// In the order of the content.
    record Parts(List<Span> spans) implements ByteRanges {
        public Parts {
            spans = List.copyOf(spans);
        }
    }

    /// There is nothing at any of these places.
    record Nothing() implements ByteRanges {}

    static ByteRanges of(String header, long bytes) {
        if (!header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return new All();
        }
        List<Span> spans = new ArrayList<>();
        String[] asked = header.substring(UNIT.length()).split(",", RANGES_MAX + 1);
        if (asked.length > RANGES_MAX) {
            return new All();
        }
        for (String each : asked) {
            Matcher form = FORM.matcher(each.strip());
            if (!form.matches() || isBackwards(form)) {
                return new All();
            }
            span(form, bytes).ifPresent(spans::add);
        }
        return spans.isEmpty() ? new Nothing() : new Parts(joined(spans));
    }

    private static boolean isBackwards(Matcher form) {
        return form.group(2) != null
                && Long.parseLong(form.group(2)) < Long.parseLong(form.group(1));
    }

    private static Optional<Span> span(Matcher form, long bytes) {
        long from;
        long to;
        if (form.group(1) == null) {
            from = Math.max(0, bytes - Long.parseLong(form.group(3)));
            to = bytes;
        } else {
            from = Long.parseLong(form.group(1));
            to = form.group(2) == null ? bytes : Math.min(bytes, Long.parseLong(form.group(2)) + 1);
        }
        return from < to ? Optional.of(new Span(from, to)) : Optional.empty();
    }

    private static List<Span> joined(List<Span> spans) {
        List<Span> joined = new ArrayList<>();
        for (Span span : spans.stream().sorted(Comparator.comparingLong(Span::from)).toList()) {
            if (!joined.isEmpty() && span.from() <= joined.getLast().to()) {
                Span last = joined.removeLast();
                joined.add(new Span(last.from(), Math.max(last.to(), span.to())));
            } else {
                joined.add(span);
            }
        }
        return joined;
    }
}
