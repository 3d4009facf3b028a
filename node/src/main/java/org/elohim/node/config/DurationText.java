package org.elohim.node.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/// Durations as people write them: `250ms`, `10s`, `5m`, `2h`.
///
/// Invariants: the text printed is read back as the same duration.
public final class DurationText {
    static final String FORMS = "a whole number with a unit: 250ms, 10s, 5m or 2h";

    private static final Map<String, Duration> UNITS =
            Map.of(
                    "ms", Duration.ofMillis(1),
                    "s", Duration.ofSeconds(1),
                    "m", Duration.ofMinutes(1),
                    "h", Duration.ofHours(1));
    // Fifteen digits of hours stay within a Duration.
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,15}) ?(ms|s|m|h)");

    private DurationText() {}

    /// Reads any of the forms above.
    ///
    /// @throws IllegalArgumentException where the text is no duration
    public static Duration parse(String text) {
        var match = TEXT.matcher(text);
        Duration unit = match.matches() ? UNITS.get(match.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("not a duration: " + FORMS);
        }
        return unit.multipliedBy(Long.parseLong(match.group(1)));
    }

    /// The text of a duration, which must be whole milliseconds.
    public static String of(Duration duration) {
        if (duration.isNegative() || duration.toNanosPart() % 1_000_000 != 0) {
            throw new IllegalArgumentException("duration=" + duration);
        }
        if (duration.toNanosPart() != 0) {
            return duration.toMillis() + "ms";
        }
        long seconds = duration.toSeconds();
        if (seconds % 3600 == 0 && seconds > 0) {
            return seconds / 3600 + "h";
        }
        return seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
