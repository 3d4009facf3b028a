package org.elohim.node.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// A number of bytes, written as people write it: `10MB`, `1.5 GB`, `64KiB`.
///
/// Invariants: never negative; the text printed is read back as the same number.
///
/// MB is a million bytes and MiB is 2^20, as on the label of a disk.
public record ByteSize(long bytes) implements Comparable<ByteSize> {
    static final String FORMS =
            "a number of bytes, or text such as \"10MB\" or \"1.5 GiB\""
                    + " (kB MB GB TB count in thousands, KiB MiB GiB TiB in 1024)";

    private record Unit(String name, long bytes) {}

    // The biggest first, and thousands before 1024: the first that divides is printed.
    private static final List<Unit> UNITS =
            List.of(
                    new Unit("TB", 1_000_000_000_000L),
                    new Unit("GB", 1_000_000_000L),
                    new Unit("MB", 1_000_000L),
                    new Unit("kB", 1_000L),
                    new Unit("TiB", 1L << 40),
                    new Unit("GiB", 1L << 30),
                    new Unit("MiB", 1L << 20),
                    new Unit("KiB", 1L << 10),
                    new Unit("B", 1));
    // More digits than any size needs, few enough that no text costs us time.
    private static final Pattern TEXT =
            Pattern.compile("([0-9]{1,19}(?:\\.[0-9]{1,12})?) ?([A-Za-z]{0,3})");

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes=" + bytes);
        }
    }

    /// Reads any of the forms above.
    ///
    /// @throws IllegalArgumentException where the text is no size, saying why
    public static ByteSize parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("not a size");
        }
        String unitName = match.group(2).isEmpty() ? "B" : match.group(2);
        Unit unit =
                UNITS.stream()
                        .filter(known -> known.name().equalsIgnoreCase(unitName))
                        .findFirst()
                        .orElseThrow(
                                () -> new IllegalArgumentException("unknown unit " + unitName));
        BigDecimal exact =
                new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(unit.bytes()));
        if (exact.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("not a whole number of bytes");
        }
        if (exact.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("too large");
        }
        return new ByteSize(exact.longValueExact());
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    @Override
    public String toString() {
        for (Unit unit : UNITS) {
            if (bytes >= unit.bytes() && bytes % unit.bytes() == 0) {
                return String.format(Locale.ROOT, "%d%s", bytes / unit.bytes(), unit.name());
            }
        }
        return "0B";
    }
}
